"""People are found by an index, wherever they are searched: a large tenant isn't read from end to end."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.db.people import directory, lookup
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

pytestmark = pytest.mark.fault("31")

_PEOPLE = 5000
_FILL = text("""
INSERT INTO person (tenant, id, name, email, employee_number, title, active, roles, groups, owns)
SELECT 'acme', 'P' || n, md5(n::text) || ' ' || md5('family' || n), md5('at' || n) || '@acme.example.com', 'N' || n,
    '', true, '{}', '{}', '{}'
FROM generate_series(1, :people) AS n
""")


async def _by_get(office: ApiTenant, path: str) -> None:
    async with await office.browser("Priya") as client:
        assert (await client.get(path, headers=HTML)).status_code == 200


async def _by_name(office: ApiTenant, name: str) -> None:
    asking = lookup.person(await office.row("Priya"))
    async with office.database.transaction() as session:
        assert len(await directory.named(session, asking, name, relations=None, limit=2)) == 1


# How people are searched.
SEARCHES: list[tuple[Callable[[ApiTenant, str], Awaitable[None]], str]] = [
    (_by_get, "/people?q=jordan%20blake"),
    (_by_get, "/api/v1/people?q=jordan@acme"),
    (_by_get, "/search?q=jordan"),
    (_by_get, "/orders?q=jordan"),
    (_by_get, "/admin/orders?q=jordan"),
    (_by_get, "/lines?q=jordan"),
    (_by_get, "/devices?q=jordan%20iphone"),
    (_by_name, "jordan BLAKE"),
]


@pytest.mark.parametrize(("search", "words"), SEARCHES)
async def test_a_search_for_a_person_uses_the_index(
    office: ApiTenant, search: Callable[[ApiTenant, str], Awaitable[None]], words: str
) -> None:
    async with office.database.engine.begin() as connection:
        await connection.execute(_FILL, {"people": _PEOPLE})
    async with office.database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE person"))
    statements = await _searches(office, search, words)
    async with office.database.engine.connect() as connection:
        assert statements
        assert all(["person_search" in await _plan(connection, *one) for one in statements])
        await connection.execute(text("DROP INDEX person_search"))
        assert all(["Seq Scan on person" in await _plan(connection, *one) for one in statements])


async def _searches(
    office: ApiTenant, search: Callable[[ApiTenant, str], Awaitable[None]], words: str
) -> list[tuple[str, Any]]:
    """The statements of a search that compare folded words with people, each with its parameters."""
    seen: list[tuple[str, Any]] = []

    def record(*call: Any) -> None:
        seen.append(call[2:4])

    event.listen(office.database.engine.sync_engine, "before_cursor_execute", record)
    await search(office, words)
    event.remove(office.database.engine.sync_engine, "before_cursor_execute", record)
    return [one for one in seen if "FROM person" in one[0] and "search_form(" in one[0]]


async def _plan(connection: AsyncConnection, statement: str, parameters: Any) -> str:
    rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return "\n".join(row[0] for row in rows)


async def test_a_person_is_found_by_name_email_and_employee_number_in_any_spelling(office: ApiTenant) -> None:
    jordan = await office.row("Jordan")
    order = await office.order()
    number = jordan.employee_number
    async with await office.browser("Priya") as client:
        for typed in ("BLAKE jordan", "Jordán", jordan.email, jordan.email.upper(), number, f"{number} blake"):
            found = (await client.get("/api/v1/people", params={"q": typed})).json()
            assert [one["id"] for one in found] == [jordan.id], typed
            listed = (await client.get("/api/v1/orders", params={"q": typed})).json()["items"]
            assert [one["id"] for one in listed] == [order["id"]], typed


async def test_the_search_follows_a_change_of_the_person(office: ApiTenant) -> None:
    async with office.database.engine.begin() as connection:
        renamed = "UPDATE person SET name = 'José Núñez', email = 'jn@acme.example.com' WHERE name = 'Jordan Blake'"
        await connection.execute(text(renamed))
    async with await office.browser("Priya") as client:
        counts = [
            len((await client.get("/api/v1/people", params={"q": typed})).json())
            for typed in ("jose nunez", "jn@acme", "jordan blake")
        ]
    assert counts == [1, 1, 0]
