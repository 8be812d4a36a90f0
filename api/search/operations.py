"""Searches everything the caller has access to, by an identifier or by words."""

from collections.abc import Collection, Sequence

from api.accounts.operations import search_accounts
from api.deps import Access, Services
from api.inventory import operations as inventory
from api.inventory.schemas import DeviceQuery, LineQuery
from api.orders.order_filters import OrderQuery
from api.orders.order_list import list_orders
from api.orders.schemas import PersonView
from api.search.schemas import SearchResults
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import OrderRow
from models.db.people import directory
from models.db.people.tables import PersonRow
from models.db.word_search import find_words
from models.search_query import parse_query
from policies.access import Right

_TABLES = (OrderRow, LineRow, DeviceRow, PersonRow)
LIMIT = 10
MIN_LENGTH = 2


async def search(services: Services, access: Access, text: str) -> SearchResults:
    """Search each type with the right for this type."""
    query = parse_query(text)
    of_orders, of_lines, of_devices, of_people = await _find_words(services, access, query.words)
    filters = {"q": text, "limit": LIMIT}
    orders = await list_orders(
        services, access.for_right(Right.ORDER_READ), OrderQuery(**filters), with_words=of_orders
    )
    lines = await inventory.list_lines(
        services, access.for_right(Right.LINE_READ), LineQuery(**filters), with_words=of_lines
    )
    devices = await inventory.list_devices(
        services, access.for_right(Right.DEVICE_READ), DeviceQuery(**filters), with_words=of_devices
    )
    accounts = await search_accounts(services, access, query, LIMIT + 1)
    people = await _people(services, access.for_right(Right.PERSON_READ), query.words, of_people) if of_people else []
    return SearchResults(
        interpreted_as=query.interpreted_as,
        orders=orders.items,
        lines=lines.items,
        devices=devices.items,
        accounts=accounts[:LIMIT],
        people=people[:LIMIT],
        more=any(page.next_cursor for page in (orders, lines, devices)) or max(len(accounts), len(people)) > LIMIT,
    )


async def _find_words(services: Services, access: Access, words: Collection[str]) -> list[list[str]]:
    """Those of all tables in one statement; none without words."""
    if not words:
        return [[] for _ in _TABLES]
    async with services.database.read() as session:
        return await find_words(session, access.person.tenant, words, *_TABLES)


async def _people(services: Services, access: Access, words: Collection[str], found: Sequence[str]) -> list[PersonView]:
    """One more than LIMIT, if there are as many."""
    async with services.database.read() as session:
        people = await directory.list_people(
            session, access.person, words=words, found=found, relations=access.scope, limit=LIMIT + 1
        )
    return [PersonView.model_validate(person) for person in people]
