"""A person sees the same rows however many people and accounts are below them: only how the rows are found differs."""

from collections.abc import Collection
from typing import Any

import pytest

from models.db import reach, word_search
from models.db.inventory.devices import DeviceFilters, list_devices
from models.db.inventory.lines import LineFilters, list_lines
from models.db.orders.order_list import OrderFilters, list_orders
from models.db.people import lookup
from models.db.people.directory import list_rows
from models.db.session import Database
from models.db.sites import sites
from models.facts import Person, Relation
from models.search_query import SearchQuery, parse_query
from tests.api.api_client import ApiTenant

_LIMITS = [(300, 1_000), (-1, 1_000), (-1, -1)]
_RELATIONS = [
    frozenset(Relation),
    *(frozenset({one}) for one in (Relation.SELF, Relation.MANAGER, Relation.OWNER, Relation.APPROVER)),
]


async def _seen(
    database: Database, person: Person, relations: Collection[Relation], search: SearchQuery
) -> list[set[str]]:
    seen: dict[str, Any] = {"relations": relations, "limit": 500}
    async with database.read() as session:
        lines = await list_lines(session, person, LineFilters(search=search), **seen)
        devices = await list_devices(session, person, DeviceFilters(search=search), **seen)
        orders = await list_orders(session, person, OrderFilters(search=search), before=None, **seen)
        people = await list_rows(session, person, words=(), **seen)
        of_sites = await sites.list_sites(session, person, **seen)
    of_lists = [{one.row.id for one in found} for found in (lines, devices, orders)]
    return [*of_lists, {row.id for row in people}, {row.id for row in of_sites}]


@pytest.mark.parametrize(("searched", "kinds"), [("", range(4)), ("jordan", (2,)), ("iphone", (0, 1))])
async def test_the_size_of_the_reach_changes_nothing_that_is_seen(
    office: ApiTenant, monkeypatch: pytest.MonkeyPatch, searched: str, kinds: Collection[int]
) -> None:
    """Nor does it in a search that more rows match than are found first."""
    monkeypatch.setattr(word_search, "MANY", 0)
    for name in ("Jordan", "Dana", "Marcus"):
        await office.order(name)
    every = list[list[set[str]]]()
    for name in ("Dana", "Grace", "Jordan"):
        person = lookup.person(await office.row(name))
        for relations in _RELATIONS:
            found = []
            for people, known in _LIMITS:
                monkeypatch.setattr(reach, "_MAX_PEOPLE", people)
                monkeypatch.setattr(reach, "_MAX_KNOWN", known)
                found.append(await _seen(office.database, person, relations, parse_query(searched)))
            assert found == [found[0]] * 3, (name, relations)
            every.append(found[0])
    assert all(any(found[kind] for found in every) for kind in kinds)


async def test_only_the_lines_of_a_short_list_are_read(office: ApiTenant) -> None:
    owner = lookup.person(await office.row("Grace"))
    seen: dict[str, Any] = {"relations": frozenset({Relation.OWNER}), "only_if_all": True}
    async with office.database.read() as session:
        count = len(await list_lines(session, owner, relations=seen["relations"], limit=500))
        assert len(await list_lines(session, owner, limit=count, **seen)) == count > 1
        assert await list_lines(session, owner, limit=count - 1, **seen) == []
