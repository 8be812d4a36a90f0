"""Every route, everybody, own and other tenant, compared with the table of rights.

Everything is generated: the routes from the application, what each answer has to be from `policies.access.TABLE`. What
is written by hand is one row for each route (`rows.py`); a route without one fails here.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api import deps
from api.app import ELSEWHERE, V1
from api.attention import temporal_problems
from api.deps import Needs
from demo.postgres_server import Server
from policies.access import TABLE, Right, is_allowed
from policies.scopes import EVERYTHING, scope_allows
from tests.api.matrix.rows import OPEN_TO_ALL, ROWS, Row
from tests.api.matrix.subjects import TIES, Asker, Scene, opened, remembered
from tests.fixtures.database import cloned

SIGN_IN, FORBIDDEN, NOT_FOUND = frozenset({401}), frozenset({403}), frozenset({404})


def _routes() -> Iterator[tuple[str, APIRoute]]:
    for module in (*V1, *ELSEWHERE):
        prefix = "/api/v1" if module in V1 else ""
        for route in module.router.routes:
            if isinstance(route, APIRoute):
                for method in (route.methods or set()) - {"HEAD"}:
                    yield f"{method} {prefix}{route.path}", route


def _needs(dependant: Dependant) -> Iterator[Right]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Needs):
            yield dependency.call.right
        yield from _needs(dependency)


ROUTES = dict(_routes())


def expected(row: Row, asker: Asker, *, own: bool) -> frozenset[int]:
    """The statuses the table of rights asks for."""
    scopes = EVERYTHING if asker.token else None
    door = row.door or row.right
    if not is_allowed(asker.person, door, TABLE[door].relations) or not scope_allows(door, scopes):
        return FORBIDDEN
    if row.on is None or row.on == "type":  # a list shows what one may see; an order type belongs to everybody
        return row.answers if own or row.elsewhere is None else row.elsewhere
    ties = asker.ties & TIES.get(row.on, frozenset())
    if not own or not is_allowed(asker.person, row.right.reading, ties):
        return NOT_FOUND
    if is_allowed(asker.person, row.right, ties) and scope_allows(row.right, scopes):
        return row.answers
    return NOT_FOUND if row.hidden else FORBIDDEN


def _strangers(scene: Scene, row: Row) -> list[Asker]:
    """Of another tenant: everybody, or where no single thing is asked for those who may least and most there."""
    alike = row.elsewhere is None and (row.on is None or row.on == "type")
    return [one for one in scene.theirs if not alike or one.part in {"employee", "admin"}]


@pytest.fixture(scope="module")
async def scene(postgres: Server, company_template: str) -> AsyncIterator[Scene]:
    with pytest.MonkeyPatch.context() as patch:
        for finding in ("_of_session", "_of_token"):
            patch.setattr(deps, finding, remembered(getattr(deps, finding)))
        async with cloned(postgres, company_template) as database, opened(database) as scene:
            yield scene


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers for Temporal here, which need not be waited for."""
    monkeypatch.setattr(temporal_problems, "PATIENCE", timedelta(milliseconds=1))


async def ask(scene: Scene, client: Any, route: str, row: Row) -> int:
    """Send the row's request, and forget what came of it."""
    method, path = route.split(" ")
    thing = scene.things[row.on] if row.on else ""
    filled = path.split("{")[0] + thing + path.rpartition("}")[2] if "{" in path else path
    sent: dict[str, Any] = {}
    for name, document in (("json", row.json), ("data", row.form)):
        if document is not None:
            sent[name] = {key: _filled(value, scene) for key, value in document.items()}
    async with scene.database.forget():
        answer = await client.request(method, filled + row.query, **sent)
    return int(answer.status_code)


def _filled(value: Any, scene: Scene) -> Any:
    return scene.things[value.strip("{}")] if isinstance(value, str) and value.startswith("{") else value


def test_every_route_has_its_row_and_no_row_is_left_over() -> None:
    assert set(ROUTES) == set(ROWS) | set(OPEN_TO_ALL), "name the route in tests/api/matrix/rows.py"
    assert not set(ROWS) & set(OPEN_TO_ALL)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_route_asks_for_the_right_of_its_row(route: str) -> None:
    asked = list(_needs(ROUTES[route].dependant))
    row = ROWS.get(route)
    assert asked == ([row.door or row.right] if row else [])


@pytest.mark.parametrize("route", sorted(ROWS))
async def test_a_door_opens_for_those_the_table_names_and_for_nobody_else(scene: Scene, route: str) -> None:
    row = ROWS[route]
    wrong = []
    for own, askers in ((True, scene.ours), (False, _strangers(scene, row))):
        for asker in askers:
            wanted = expected(row, asker, own=own)
            got = await ask(scene, asker.client, route, row)
            if got not in wanted:
                wrong.append((asker.part, "own" if own else "other tenant", got, sorted(wanted)))
    if await ask(scene, scene.nobody, route, row) != min(SIGN_IN):
        wrong.append(("nobody", "", 0, sorted(SIGN_IN)))
    assert wrong == []


@pytest.mark.parametrize("route", sorted(ROWS))
def test_a_row_can_tell_those_who_may_from_those_who_may_not(route: str, scene: Scene) -> None:
    """A request that nobody is let in with, or that everybody fails alike, would prove nothing."""
    row = ROWS[route]
    assert any(expected(row, asker, own=True) == row.answers for asker in scene.ours)
    assert row.answers.isdisjoint(FORBIDDEN | NOT_FOUND)


def test_the_matrix_tells_its_size(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = len(scene.ours), len(scene.theirs)
    answers = sum(ours + len(_strangers(scene, row)) + 1 for row in ROWS.values())
    who = f"{ours} of the tenant, up to {theirs} of another and nobody"
    with capsys.disabled():
        sys.stdout.write(f"\nmatrix: {len(ROWS)} routes x {who} = {answers} answers; {len(OPEN_TO_ALL)} open to all\n")
    assert answers > 2000
