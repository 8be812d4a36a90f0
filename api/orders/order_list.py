"""Lists of orders, and the events of one order as everyone who can see it may see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.http.schemas import RequestModel, ResponseModel
from api.orders.schemas import AccountView, OrderSummary, PersonView, TypeView
from models import formatting
from models.db.orders import order_list, order_rows
from models.db.orders.order_list import STUCK_AFTER, OrderFilters, OrderListRow
from models.db.orders.tables import EventRow
from models.lifecycle import TMF622_STATES, Status, waits_for
from models.order import ActorKind
from models.order_type import Family
from policies.access import Right

Id = Annotated[str, Field(max_length=64)]


class OrderQuery(RequestModel):
    """Filters and page of a list of orders."""

    type: list[Id] = Field(default_factory=list, max_length=20, description="Codes of order types.")
    status: list[Status] = Field(default_factory=list, max_length=30)
    family: Family | None = None
    account: Id | None = Field(default=None, description="ID of an account; includes its sub-accounts.")
    line: Id | None = None
    requester: Id | None = None
    beneficiary: Id | None = None
    carrier: Id | None = Field(default=None, description="Code of a carrier.")
    since: AwareDatetime | None = Field(default=None, description="Ordered at or after this time.")
    until: AwareDatetime | None = Field(default=None, description="Ordered before this time.")
    identifier: Id | None = Field(
        default=None, description="The order's number or external number, or an identifier of one of its items."
    )
    q: Annotated[str, Field(max_length=100, description="Words in the name of the requester or beneficiary.")] = ""
    stuck: bool = Field(default=False, description="Only orders that failed or are overdue.")
    cursor: Annotated[str | None, Field(max_length=128, description="`next_cursor` of the previous page.")] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


_FILTERS_AS_GIVEN = {
    *("family", "account", "line", "requester", "beneficiary", "carrier", "since", "until", "identifier")
}


class TimelineEntry(ResponseModel):
    """One event of an order. `details` holds its data: a reason, a question, a due date."""

    seq: int
    at: datetime
    event: str
    status: str
    who: str
    who_kind: str
    on_behalf_of: str | None
    channel: str
    details: dict[str, Any]


async def list_orders(services: Services, access: Access, query: OrderQuery) -> CursorPage[OrderSummary]:
    """One page of the orders this person can see, newest first."""
    filters = OrderFilters(
        type=tuple(query.type),
        status=tuple(query.status),
        stuck_since=services.now() - STUCK_AFTER if query.stuck else None,
        words=query.q,
        **query.model_dump(include=_FILTERS_AS_GIVEN),
    )
    async with services.database.transaction() as session:
        rows = await order_list.list_orders(
            session,
            access.person,
            filters,
            relations=access.scope,
            before=decode_cursor(query.cursor),
            limit=query.limit + 1,
        )
    return cut_page([_summary(row, access) for row in rows], query.limit)


async def timeline(services: Services, access: Access, ref: str, after_seq: int) -> list[TimelineEntry]:
    """The events of an order after `after_seq`. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await order_rows.find(session, access.person, ref)
        access.check(found.relations)
        events = await order_rows.timeline(session, found.row.tenant, found.row.id, after=after_seq)
    return [entry_of(event, services.carrier_names) for event in events]


def _summary(found: OrderListRow, access: Access) -> OrderSummary:
    row, status = found.row, Status(found.row.status)
    return OrderSummary(
        **{name: getattr(row, name) for name in _SUMMARY_COLUMNS},
        type=TypeView(code=row.type_code, title=found.type_title, family=row.family),
        title=formatting.order_title(row.title, masked=not access.may(Right.ORDER_IDENTIFIERS, found.relations)),
        tmf622_state=TMF622_STATES[status],
        waits_for=waits_for(status),
        requester=PersonView(id=row.requester_id, name=found.requester),
        beneficiary=PersonView(id=row.beneficiary_id, name=found.beneficiary),
        account=AccountView(id=row.account_id, number=found.account_number, name=found.account),
    )


_SUMMARY_COLUMNS = (
    *("id", "number", "status", "seq", "one_time", "monthly", "currency", "urgency", "due_at"),
    *("created_at", "updated_at"),
)

# The event data that everyone who sees the order may see; IDs of people and timers stay internal.
_PUBLIC_DETAILS = frozenset(
    {
        *("round", "stage", "label", "why", "reason", "comment", "question", "answer", "detail", "code"),
        *("expiry", "count", "last", "stage_done", "by", "effective_at", "carrier", "carrier_ref", "item_id"),
        *("needs", "expected_at", "step", "evidence", "action"),
        *("days", "ends_at", "ends_by", "at_limit", "rule"),
    }
)


def entry_of(event: EventRow, carrier_names: Mapping[str, str]) -> TimelineEntry:
    return TimelineEntry(
        seq=event.seq,
        at=event.at,
        event=event.event,
        status=event.status,
        who=carrier_names.get(event.actor_id, event.actor_name)
        if event.actor_kind == ActorKind.CARRIER
        else event.actor_name,
        who_kind=event.actor_kind,
        on_behalf_of=event.on_behalf_of,
        channel=event.channel,
        details=_details(event.data),
    )


def _details(data: Mapping[str, Any]) -> dict[str, Any]:
    details = {name: value for name, value in data.items() if name in _PUBLIC_DETAILS and value is not None}
    names = [approver["name"] for approver in data.get("approvers", []) if isinstance(approver, dict)]
    return details | ({"approvers": names} if names else {})
