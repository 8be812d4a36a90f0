"""The policy of a tenant as the rows of a file, one for each setting."""

from collections.abc import Mapping
from dataclasses import replace

from models.db.catalog import policy_versions
from models.db.session import Session
from models.imports.kind import ImportKind, Key, Texts
from models.imports.plan import CellChange


async def load(session: Session, tenant: str, kind: ImportKind) -> Mapping[Key, Texts]:
    policy = await policy_versions.newest(session, tenant)
    setting, value = kind.columns
    found: dict[Key, Texts] = {}
    for name in setting.type.values:
        texts = {setting.name: name}
        found[name,] = {**texts, value.name: value.write(getattr(policy, name), texts)}
    return found


async def save(
    session: Session, tenant: str, kind: ImportKind, changes: Mapping[Key, Mapping[str, CellChange]], *, by: str
) -> None:
    """Put the next version of the policy into effect."""
    setting, value = kind.columns
    changed = {
        name: value.parse(cells[value.name].after, {setting.name: name})
        for (name,), cells in changes.items()
        if value.name in cells
    }
    if changed:
        policy = replace(await policy_versions.newest(session, tenant), **changed)
        await policy_versions.add(session, tenant, policy, at=await session.now(), by=by)
