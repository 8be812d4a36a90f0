"""Searches everything the caller has access to, by an identifier or by words."""

from collections.abc import Collection

from api.accounts.operations import search_accounts
from api.deps import Access, Services
from api.inventory import operations as inventory
from api.inventory.schemas import DeviceQuery, LineQuery
from api.orders.order_filters import OrderQuery
from api.orders.order_list import list_orders
from api.orders.schemas import PersonView
from api.search.schemas import SearchResults
from models.db.people import directory
from models.search_query import parse_query
from policies.access import Right

LIMIT = 10
MIN_LENGTH = 2


async def search(services: Services, access: Access, text: str) -> SearchResults:
    """Search each type with the right for this type."""
    query = parse_query(text)
    filters = {"q": text, "limit": LIMIT}
    orders = await list_orders(services, access.for_right(Right.ORDER_READ), OrderQuery(**filters))
    lines = await inventory.list_lines(services, access.for_right(Right.LINE_READ), LineQuery(**filters))
    devices = await inventory.list_devices(services, access.for_right(Right.DEVICE_READ), DeviceQuery(**filters))
    accounts = await search_accounts(services, access, query, LIMIT + 1)
    people = await _people(services, access.for_right(Right.PERSON_READ), query.words) if query.words else []
    return SearchResults(
        interpreted_as=query.interpreted_as,
        orders=orders.items,
        lines=lines.items,
        devices=devices.items,
        accounts=accounts[:LIMIT],
        people=people[:LIMIT],
        more=any(page.next_cursor for page in (orders, lines, devices)) or max(len(accounts), len(people)) > LIMIT,
    )


async def _people(services: Services, access: Access, words: Collection[str]) -> list[PersonView]:
    """One more than LIMIT, if there are as many."""
    async with services.database.read() as session:
        found = await directory.list_people(
            session, access.person, words=words, relations=access.scope, limit=LIMIT + 1
        )
    return [PersonView.model_validate(person) for person in found]
