"""Every route for every person, of the own and of another tenant, compared with the table of rights.

The routes come from the application and the expected statuses from `policies.access.GRANTS`. Only one row for each
route is written by hand (`rows.py`); a route without a row fails here.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.dependencies.models import Dependant

from api.deps import Needs
from policies.access import Right
from policies.scopes import TokenScope, scope_allows
from tests.api.matrix.requests import FORBIDDEN, NOT_FOUND, ROUTES, expected, has_no_owner, send
from tests.api.matrix.rows import OPEN_TO_ALL, ROWS, Row
from tests.api.matrix.subjects import Client, Company

SIGN_IN = frozenset({401})
SITE_OBJECTS = frozenset({"line", "device", "order"})


def _needs(dependant: Dependant) -> Iterator[Right]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Needs):
            yield dependency.call.right
        yield from _needs(dependency)


@pytest.mark.fault("52")
def test_a_token_that_can_only_read_changes_nothing() -> None:
    readable = {name for name, row in ROWS.items() if scope_allows(row.route_right or row.right, {TokenScope.READ})}
    assert [name for name in readable if not name.startswith("GET ")] == []


def _other_tenant(company: Company, row: Row) -> list[Client]:
    """Everyone, or for a list, which is the same for both tenants, the people with the fewest and the most rights."""
    same_for_all = row.other_tenant is None and has_no_owner(row)
    return [one for one in company.other_tenant if not same_for_all or one.part in {"employee", "admin"}]


def test_every_route_has_one_row() -> None:
    assert set(ROUTES) == set(ROWS) | set(OPEN_TO_ALL), "add the route to tests/api/matrix/rows.py"
    assert not set(ROWS) & set(OPEN_TO_ALL)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_route_declares_the_right_of_its_row(route: str) -> None:
    declared = list(_needs(ROUTES[route].dependant))
    row = ROWS.get(route)
    assert declared == ([row.route_right or row.right] if row else [])


@pytest.mark.parametrize("route", sorted(ROWS))
async def test_a_route_works_for_exactly_the_people_with_the_right(company: Company, route: str) -> None:
    assert await _wrong(company, route, ROWS[route]) == []


@pytest.mark.parametrize(
    "route", sorted(route for route, row in ROWS.items() if route.startswith("GET") and row.on in SITE_OBJECTS)
)
async def test_what_a_site_has_is_seen_as_if_its_contact_had_it(company: Company, route: str) -> None:
    of_site = replace(company, ids={**company.ids, **company.site_ids})
    assert await _wrong(of_site, route, ROWS[route]) == []


async def _wrong(company: Company, route: str, row: Row) -> list[tuple[str, str, int, list[int]]]:
    """The people who get another status than the table of rights requires, with both."""
    wrong = []
    for own, clients in ((True, company.own_tenant), (False, _other_tenant(company, row))):
        for client in clients:
            wanted = expected(row, client, own=own)
            status = await send(company, client.http, route, row)
            if status not in wanted:
                wrong.append((client.part, "own" if own else "other tenant", status, sorted(wanted)))
    if await send(company, company.anonymous, route, row) != min(SIGN_IN):
        wrong.append(("anonymous", "", 0, sorted(SIGN_IN)))
    return wrong


@pytest.mark.parametrize("route", sorted(ROWS))
def test_a_row_distinguishes_people_with_and_without_the_right(route: str, company: Company) -> None:
    """A request that fails for everyone would prove nothing."""
    row = ROWS[route]
    assert any(expected(row, client, own=True) == row.statuses for client in company.own_tenant)
    assert row.statuses.isdisjoint(FORBIDDEN | NOT_FOUND)


def test_the_matrix_prints_its_size(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    own, other = len(company.own_tenant), len(company.other_tenant)
    requests = sum(own + len(_other_tenant(company, row)) + 1 for row in ROWS.values())
    people = f"{own} people of the tenant, up to {other} of another, and anonymous"
    with capsys.disabled():
        sys.stdout.write(f"\nmatrix: {len(ROWS)} routes x {people} = {requests} requests; {len(OPEN_TO_ALL)} open\n")
    assert requests > 2000
