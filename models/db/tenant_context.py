"""What every page shows of a tenant."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.db.catalog.tables import PolicyRow
from models.db.orders.tables import DRAFT_LIFETIME, DraftRow
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
        """The person's draft for this order type."""
        return next((draft for draft in self.drafts if draft.type_code == type_code), None)


async def load(session: Session, person: Person, at: datetime) -> TenantContext:
    """The tenant's name, the time zone of its current policy, and the person's unexpired drafts."""
    time_zone = (
        select(col(PolicyRow.document)["time_zone"].as_string())
        .where(col(PolicyRow.tenant) == col(TenantRow.id))
        .order_by(col(PolicyRow.version).desc())
        .limit(1)
        .scalar_subquery()
    )
    unexpired = (
        (col(DraftRow.tenant) == col(TenantRow.id))
        & (col(DraftRow.person_id) == person.id)
        & (col(DraftRow.updated_at) >= at - DRAFT_LIFETIME)
    )
    query: Any = (
        select(col(TenantRow.name), time_zone, DraftRow)
        .outerjoin(DraftRow, unexpired)
        .where(col(TenantRow.id) == person.tenant)
        .order_by(col(DraftRow.updated_at).desc())
    )
    rows = await session.all(query)
    name, zone, _ = rows[0]
    return TenantContext(
        name=name, time_zone=zone or Policy().time_zone, drafts=tuple(draft for *_, draft in rows if draft)
    )
