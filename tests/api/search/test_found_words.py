"""What words find follows every change, and is the same for words that few rows have and that many have."""

from typing import Any

import pytest
from sqlmodel import col, select, update

from models.db import word_search
from models.db.inventory.devices import DeviceFilters, list_devices
from models.db.inventory.lines import LineFilters, list_lines
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.order_list import OrderFilters, list_orders
from models.db.orders.tables import OrderRow
from models.db.people import lookup
from models.db.people.directory import list_rows
from models.db.people.tables import PersonRow
from models.db.session import Database, Session, new_id
from models.db.sites.tables import SiteRow
from models.db.word_search import find_words
from models.facts import Person, Relation
from models.search_query import parse_query
from tests.api.api_client import ApiTenant


async def _found(database: Database, word: str) -> set[str]:
    async with database.read() as session:
        orders, lines, devices = await find_words(session, "acme", [word], OrderRow, LineRow, DeviceRow)
    return {*orders, *lines, *devices}


async def test_orders_lines_and_devices_are_found_by_the_words_that_their_parts_have_now(office: ApiTenant) -> None:
    """The row that is changed, how, and what is found by which word afterwards."""
    placed = await office.order()
    order, person = placed["id"], placed["requester"]["id"]
    async with office.database.transaction() as session:
        with_device = select(LineRow).where(col(LineRow.tenant) == "acme", col(LineRow.device_id).is_not(None))
        row = await session.first(with_device.limit(1))
        assert row is not None
        await session.insert(SiteRow(tenant="acme", id=(site := new_id()), name="Dock", account_id=row.account_id))
    line, device = row.id, row.device_id
    no_one, of_person, of_site = (
        {"person_id": who, "site_id": where} for who, where in ((None, None), (person, None), (None, site))
    )
    steps: list[tuple[Any, Any, dict[str, Any], str, set[Any]]] = [
        (DeviceRow, device, no_one, "quax", set()),
        (PersonRow, person, {"name": "Zoë Quax"}, "quax", {order}),
        (LineRow, line, of_person, "quax", {order, line}),
        (DeviceRow, device, of_person, "quax", {order, line, device}),
        (PersonRow, person, {"employee_number": "Z9988"}, "z9988", {order, line, device}),
        (LineRow, line, {"mdn": "+13125559876"}, "5559876", {line}),
        (LineRow, line, {"former_numbers": [{"number": "+13125551234"}]}, "5551234", {line}),
        (DeviceRow, device, {"serial": "ZZTOP-12"}, "zztop12", {device}),
        (DeviceRow, device, {"sku": None, "make": "Qwertz", "model": "Phone"}, "qwertz", {line, device}),
        (LineRow, line, of_site, "quax", {order, device}),
        (DeviceRow, device, of_site, "quax", {order}),
        (SiteRow, site, {"name": "Xylophone"}, "xylophone", {line, device}),
        (OrderRow, order, {"beneficiary_id": None, "beneficiary_site_id": site}, "xylophone", {order, line, device}),
        (LineRow, line, {"device_id": None}, "qwertz", {device}),
    ]
    for table, key, changes, word, expected in steps:
        async with office.database.transaction() as session:
            this = col(table.tenant) == "acme", col(table.id) == key
            await session.affected(update(table).where(*this).values(**changes))
        assert await _found(office.database, word) == expected, (table, changes)


async def _pages(session: Session, person: Person, typed: str, relations: Any, page: dict[str, Any]) -> list[list[str]]:
    """What each of the lists shows."""
    search, after = parse_query(typed), page.get("after")
    seen = {"relations": relations, "limit": page["limit"]}
    lines = await list_lines(session, person, LineFilters(search=search), after=after, **seen)
    devices = await list_devices(session, person, DeviceFilters(search=search), after=after, **seen)
    orders = await list_orders(session, person, OrderFilters(search=search), before=after, **seen)
    people = await list_rows(session, person, words=search.words, **seen)
    return [[one.row.id for one in found] for found in (lines, devices, orders)] + [[row.id for row in people]]


async def test_each_page_of_a_list_has_the_same_however_many_rows_have_the_words(
    office: ApiTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Jordan", "Dana", "Marcus"):
        await office.order(name)
    part = frozenset({Relation.SELF, Relation.MANAGER, Relation.OWNER})
    people = [(lookup.person(await office.row(name)), part) for name in ("Dana", "Grace", "Jordan")]
    people += [(lookup.person(await office.row("Priya")), None)]  # type: ignore[list-item] # sees everything

    async def all_pages() -> list[list[list[str]]]:
        async with office.database.read() as session:
            return [
                await _pages(session, person, typed, relations, page)
                for person, relations in people
                for typed in ("iphone", "dana", "ja", "acme iphone", "webb", "zzz")
                for page in ({"limit": 50}, {"limit": 2}, {"limit": 50, "after": "01KE6JQ300000"})
            ]

    few = await all_pages()
    monkeypatch.setattr(word_search, "MANY", 0)
    assert await all_pages() == few
    assert all(any(pages[kind] for pages in few) for kind in range(4))
