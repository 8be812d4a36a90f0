"""What every page shows of a tenant."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import ScalarSelect, func, literal_column
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlmodel import col, select

from models.db import visibility
from models.db.catalog.tables import PolicyRow
from models.db.clauses import matches
from models.db.orders.tables import DRAFT_LIFETIME, DraftRow, EventRow, OrderRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.db.tasks import tasks
from models.db.visibility import ANYONE
from models.events.protection import HOLDER_NOTIFIED
from models.facts import Person, Policy
from models.formatting import support_contact

# As in the index `order_event_notified`: a plan can use it only if these stand in the SQL and are no parameters.
_IS_NOTICE = col(EventRow.event) == literal_column(f"'{HOLDER_NOTIFIED.code}'")
_NOTIFIED = col(EventRow.data).op("->", return_type=JSONB())(literal_column("'notified'"))


@dataclass(frozen=True, kw_only=True)
class LineNotice:
    """An open order that is about to change lines with these phone numbers."""

    number: str
    type_code: str
    requester_id: str
    requester: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TenantContext:
    """A tenant as one of its people sees it.

    `support` is whom its people turn to with questions, `branding_line` what its pages end with; both can be empty.
    `drafts` are that person's, the latest first; `notices` are what the person was notified of and is not over yet.
    `open_tasks` counts the tasks for that person or a role of theirs, up to `tasks.MAX_COUNT`.
    """

    name: str
    support: str
    branding_line: str
    time_zone: str
    drafts: tuple[DraftRow, ...]
    notices: tuple[LineNotice, ...]
    open_tasks: int

    def draft(self, type_code: str) -> DraftRow | None:
        """The person's draft for this order type."""
        return next((draft for draft in self.drafts if draft.type_code == type_code), None)


def _notices() -> ScalarSelect[Any]:
    """The notices to the person as a JSON list, the latest first; NULL if there are none."""
    columns = {
        "number": OrderRow.number,
        "type_code": OrderRow.type_code,
        "requester_id": OrderRow.requester_id,
        "requester": PersonRow.name,
        "lines": _NOTIFIED.op("->", return_type=JSONB())(ANYONE.id),
    }
    notice = func.jsonb_build_object(*chain.from_iterable(columns.items()))
    return (
        select(func.jsonb_agg(aggregate_order_by(notice, col(EventRow.at).desc())))
        .select_from(EventRow)
        .join(OrderRow, matches(OrderRow.id, EventRow.order_id))
        .join(PersonRow, matches(PersonRow.id, OrderRow.requester_id))
        .where(
            col(EventRow.tenant) == ANYONE.tenant,
            _IS_NOTICE,
            _NOTIFIED.op("?")(ANYONE.id),
            col(OrderRow.closed_at).is_(None),
        )
        .scalar_subquery()
    )


_time_zone = (
    select(col(PolicyRow.document)["time_zone"].as_string())
    .where(col(PolicyRow.tenant) == col(TenantRow.id))
    .order_by(col(PolicyRow.version).desc())
    .limit(1)
    .scalar_subquery()
)
_unexpired = (
    (col(DraftRow.tenant) == col(TenantRow.id))
    & (col(DraftRow.person_id) == ANYONE.id)
    & (col(DraftRow.updated_at) >= param("drafts_since"))
)
# One row for each draft.
_CONTEXT = Statement[Any](
    select(TenantRow, _time_zone, _notices())
    .add_columns(tasks.count_for(ANYONE), DraftRow)
    .outerjoin(DraftRow, _unexpired)
    .where(col(TenantRow.id) == ANYONE.tenant)
    .order_by(col(DraftRow.updated_at).desc()),
    *(TenantRow, None, None, None, DraftRow),
)


async def load(session: Session, person: Person, at: datetime) -> TenantContext:
    """The tenant's name, the time zone of its current policy, and the person's unexpired drafts, notices and tasks."""
    rows = await session.all(_CONTEXT, drafts_since=at - DRAFT_LIFETIME, **visibility.values_for_task(person))
    tenant, zone, notices, open_tasks, _ = rows[0]
    return TenantContext(
        name=tenant.name,
        support=support_contact(tenant.support_name, tenant.support_phone),
        branding_line=tenant.branding_line or "",
        time_zone=zone or Policy().time_zone,
        drafts=tuple(draft for *_, draft in rows if draft),
        notices=tuple(LineNotice(**notice | {"lines": tuple(notice["lines"])}) for notice in notices or ()),
        open_tasks=open_tasks,
    )
