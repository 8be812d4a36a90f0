"""What every page of a tenant shows a person: its name, the time of day there, and the orders the person has begun."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.db.catalog.tables import PolicyRow
from models.db.orders.drafts import KEPT_FOR
from models.db.orders.tables import DraftRow
from models.db.people.tables import TenantRow
from models.db.session import Session
from models.facts import Person, Policy


@dataclass(frozen=True, kw_only=True)
class TenantContext:
    """A tenant as one of its people sees it; `drafts` are that person's, the latest first."""

    name: str
    time_zone: str
    drafts: tuple[DraftRow, ...]

    def draft(self, type_code: str) -> DraftRow | None:
        """The order of this type that the person has begun, if there is one."""
        return next((one for one in self.drafts if one.type_code == type_code), None)


async def tenant_name(session: Session, tenant: str) -> str:
    """The name of a tenant that exists."""
    return (await session.get_one(TenantRow, tenant)).name


async def tenant_context(session: Session, person: Person, at: datetime) -> TenantContext:
    """The tenant's name, the time zone of the policy in force, and what the person has begun to order."""
    zone = (
        select(col(PolicyRow.document)["time_zone"].as_string())
        .where(col(PolicyRow.tenant) == col(TenantRow.id))
        .order_by(col(PolicyRow.version).desc())
        .limit(1)
        .scalar_subquery()
    )
    begun = (
        (col(DraftRow.tenant) == col(TenantRow.id))
        & (col(DraftRow.person_id) == person.id)
        & (col(DraftRow.updated_at) >= at - KEPT_FOR)
    )
    query: Any = (
        select(col(TenantRow.name), zone, DraftRow)
        .outerjoin(DraftRow, begun)
        .where(col(TenantRow.id) == person.tenant)
        .order_by(col(DraftRow.updated_at).desc())
    )
    rows = (await session.exec(query)).all()
    name, time_zone, _ = rows[0]
    return TenantContext(
        name=name, time_zone=time_zone or Policy().time_zone, drafts=tuple(draft for *_, draft in rows if draft)
    )
