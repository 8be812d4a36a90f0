"""Lists of orders."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.list_filters import check_known, resolve
from api.orders.order_filters import OrderQuery
from api.orders.schemas import AccountView, HolderView, OrderSummary, PersonView, TypeView
from models import formatting
from models.db.orders import order_list
from models.db.orders.order_list import STUCK_AFTER, OrderFilters, OrderListRow
from models.lifecycle import TMF622_STATES, WAITS_FOR, Status
from models.order_type import texts_of
from models.search_query import parse_query
from policies.access import Right
from policies.return_steps import return_step

_LIST = "orders"
_FILTERS_AS_GIVEN = {"family", "carrier", "since", "until", "identifier"}


_SUMMARY_COLUMNS = (
    *("id", "number", "status", "seq", "one_time", "monthly", "monthly_before", "currency", "urgency", "due_at"),
    *("created_at", "updated_at"),
)


async def list_orders(
    services: Services, access: Access, query: OrderQuery, *, with_words: Sequence[str] | None = None
) -> CursorPage[OrderSummary]:
    """One page of the orders this person can see, newest first. `with_words` are those that `q` finds, if known."""
    check_known("type", query.type, services.order_types)
    check_known("carrier", [query.carrier], services.carrier_names)
    before = decode_cursor(query.cursor, _LIST)
    async with services.database.read() as session:
        list_rows = partial(order_list.list_orders, session, access.person, relations=access.scope)

        async def has_row(**one_filter: Any) -> bool:
            return bool(await list_rows(OrderFilters(**one_filter), before=None, limit=1))

        filters = OrderFilters(
            type=tuple(query.type),
            status=tuple(query.status),
            stuck_since=services.now() - STUCK_AFTER if query.stuck else None,
            search=parse_query(query.q),
            found=with_words,
            **query.model_dump(include=_FILTERS_AS_GIVEN),
            **await resolve(session, access, query, has_row),
        )
        rows = await list_rows(filters, before=before, limit=query.limit + 1)
    return cut_page([_summary(row, access, services) for row in rows], query.limit, _LIST)


async def newest_orders(
    services: Services, access: Access, filters: OrderFilters, *, limit: int
) -> CursorPage[OrderSummary]:
    """The newest orders this person can see of what the filters name by the ids that the person has read."""
    async with services.database.read() as session:
        rows = await order_list.list_orders(
            session, access.person, filters, relations=access.scope, before=None, limit=limit + 1
        )
    return cut_page([_summary(row, access, services) for row in rows], limit, _LIST)


def _summary(found: OrderListRow, access: Access, services: Services) -> OrderSummary:
    row, status = found.row, Status(found.row.status)
    texts = texts_of(services.order_types, row.type_code, row.answers)
    going_back = return_step({**row.answers, "next": found.returning})
    return OrderSummary(
        **{name: getattr(row, name) for name in _SUMMARY_COLUMNS},
        type=TypeView(code=row.type_code, title=texts.title, family=row.family),
        title=formatting.order_title(row.title, masked=not access.is_allowed(Right.ORDER_IDENTIFIERS, found.relations)),
        tmf622_state=TMF622_STATES[status],
        waits_for=going_back.who if going_back else WAITS_FOR.get(status, ""),
        requester=PersonView(id=row.requester_id, name=found.requester),
        beneficiary=HolderView.model_validate(found.beneficiary),
        account=AccountView(id=row.account_id, number=found.account_number, name=found.account),
    )
