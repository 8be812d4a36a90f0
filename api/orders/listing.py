"""Orders in a list, and the history of one for everybody who may see it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from api.deps import Access, Services
from api.http.paging import Page, after, cursor_to
from api.http.schemas import Body, View
from api.orders.schemas import AccountView, PersonView, TypeView
from carriers.base import Carrier
from models.db.orders import order_list, order_rows
from models.db.orders.order_list import OrderFilters, OrderListRow
from models.db.orders.tables import EventRow
from models.lifecycle import TMF622_STATES, Status, waits_for
from models.order import ActorKind
from models.order_type import Family

Id = Annotated[str, Field(max_length=64)]
# What Dialtone itself has to do takes seconds, and clocks ring on time; after this somebody should look.
STUCK_AFTER = timedelta(minutes=10)


class OrderQuery(Body):
    """Which orders, and which page of them."""

    type: list[Id] = Field(default_factory=list, max_length=20, description="Codes of order types.")
    status: list[Status] = Field(default_factory=list, max_length=30)
    family: Family | None = None
    account: Id | None = Field(default=None, description="Id of an account; all below it are included.")
    line: Id | None = None
    requester: Id | None = None
    beneficiary: Id | None = None
    carrier: Id | None = Field(default=None, description="Code of a carrier.")
    since: AwareDatetime | None = Field(default=None, description="Placed at or after this moment.")
    until: AwareDatetime | None = Field(default=None, description="Placed before this moment.")
    identifier: Id | None = Field(default=None, description="A number of the order, or one reported of an item, whole.")
    q: Annotated[str, Field(max_length=100, description="Each word must occur in who asks or for whom.")] = ""
    stuck: bool = Field(default=False, description="Only orders that failed, or have not gone on when they should.")
    cursor: Annotated[str | None, Field(max_length=128, description="`next_cursor` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


_SAME_FILTERS = frozenset(
    {"family", "account", "line", "requester", "beneficiary", "carrier", "since", "until", "identifier"}
)


class OrderSummary(View):
    """An order in a list. `waits_for` is who or what must act: approver, requester, carrier and so on."""

    id: str
    number: str
    type: TypeView
    status: str
    tmf622_state: str
    waits_for: str
    seq: int
    requester: PersonView
    beneficiary: PersonView
    account: AccountView
    one_time: Decimal
    monthly: Decimal
    currency: str
    urgency: str
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime


class TimelineEntry(View):
    """One thing that happened. `details` holds what it is about: a reason, a question, a deadline."""

    seq: int
    at: datetime
    event: str
    status: str
    who: str
    who_kind: str
    on_behalf_of: str | None
    channel: str
    details: dict[str, Any]


async def list_orders(services: Services, access: Access, query: OrderQuery) -> Page[OrderSummary]:
    """One page of the orders this person may see, newest first."""
    wanted = OrderFilters(
        type=tuple(query.type),
        status=tuple(query.status),
        stuck_since=services.now() - STUCK_AFTER if query.stuck else None,
        words=query.q,
        **query.model_dump(include=set(_SAME_FILTERS)),
    )
    async with services.database.transaction() as session:
        found = await order_list.list_orders(
            session,
            access.person,
            wanted,
            relations=access.scope,
            before=after(query.cursor),
            limit=query.limit + 1,
        )
    shown, more = found[: query.limit], len(found) > query.limit
    return Page(
        items=[_summary(one) for one in shown],
        next_cursor=cursor_to(shown[-1].row.id) if more else None,
    )


async def timeline(services: Services, access: Access, ref: str, after_seq: int) -> list[TimelineEntry]:
    """What has happened to an order after an entry. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await order_rows.find(session, access.person, ref)
        access.check(found.relations)
        events = await order_rows.timeline(session, found.row.tenant, found.row.id, after=after_seq)
    return [entry_of(event, services.carriers) for event in events]


def _summary(one: OrderListRow) -> OrderSummary:
    row, status = one.row, Status(one.row.status)
    return OrderSummary(
        **{name: getattr(row, name) for name in _SAME},
        type=TypeView(code=row.type_code, title=one.title, family=row.family),
        tmf622_state=TMF622_STATES[status],
        waits_for=waits_for(status),
        requester=PersonView(id=row.requester_id, name=one.requester),
        beneficiary=PersonView(id=row.beneficiary_id, name=one.beneficiary),
        account=AccountView(id=row.account_id, number=one.account_number, name=one.account),
    )


_SAME = (
    *("id", "number", "status", "seq", "one_time", "monthly", "currency", "urgency", "due_at"),
    *("created_at", "updated_at"),
)

# What an entry may show to everybody who sees the order; ids of people and clocks of the engine stay inside.
_SHOWN = frozenset(
    {
        *("round", "stage", "label", "why", "reason", "comment", "question", "answer", "detail", "code"),
        *("expiry", "count", "last", "stage_done", "by", "effective_at", "carrier", "carrier_ref", "item_id"),
        *("needs", "expected_at", "step", "evidence", "action"),
        *("days", "ends_at", "ends_by", "at_limit", "rule"),
    }
)


def entry_of(event: EventRow, carriers: Mapping[str, Carrier]) -> TimelineEntry:
    """An entry as everybody who sees the order may see it."""
    carrier = carriers.get(event.actor_id) if event.actor_kind == ActorKind.CARRIER else None
    return TimelineEntry(
        seq=event.seq,
        at=event.at,
        event=event.event,
        status=event.status,
        who=carrier.name if carrier else event.actor_name,
        who_kind=event.actor_kind,
        on_behalf_of=event.on_behalf_of,
        channel=event.channel,
        details=_details(event.data),
    )


def _details(data: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in data.items() if name in _SHOWN and value is not None}
    names = [one["name"] for one in data.get("approvers", []) if isinstance(one, dict)]
    return shown | ({"approvers": names} if names else {})
