"""Kits of a file have products that are sold, and that go together, like those of the page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace

from api.kits.operations import wrong_products
from models.audit import AuditActor
from models.db.catalog import products
from models.db.imports.guards import ThingChange
from models.db.kits import kits
from models.db.session import Session
from models.imports.kind import Key, Texts, Wrong

_NAMES = ("device", "plan", "features", "accessories")


class KitGuard:
    async def lock(self, session: Session, tenant: str) -> None:
        await kits.lock(session, tenant)

    async def refusals(
        self,
        session: Session,
        tenant: str,
        changes: Sequence[ThingChange],
        *,
        by: AuditActor,  # noqa: ARG002 - it doesn't matter here
    ) -> Mapping[Key, Wrong]:
        changed = [one for one in changes if one.after and one.differs(*_NAMES)]
        known = {row.sku: row for row in await products.sold(session, tenant)} if changed else {}
        errors = {one.key: next(wrong_products(_products(one.after), known), None) for one in changed}
        return {key: Wrong(column=one.field or "", detail=one.detail) for key, one in errors.items() if one}

    async def follow_up(
        self, session: Session, tenant: str, changes: Sequence[ThingChange], *,
        by: AuditActor, at: datetime, reason: str,
    ) -> None:  # fmt: skip
        """The import itself is recorded."""


def _products(texts: Texts) -> SimpleNamespace:
    several = {name: [sku for sku in texts.get(name, "").split(" | ") if sku] for name in _NAMES[2:]}
    return SimpleNamespace(device=texts["device"], plan=texts["plan"], **several)
