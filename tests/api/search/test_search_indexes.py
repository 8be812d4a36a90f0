"""What is searched is found by an index, at every door: a large tenant isn't read from end to end."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.db.people import directory, lookup
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

pytestmark = pytest.mark.fault("31")

_ROWS = 5000
_PEOPLE = """
INSERT INTO person (tenant, id, name, email, employee_number, title, active, roles, groups, owns)
SELECT 'acme', 'P' || n, md5(n::text) || ' ' || md5('family' || n), md5('at' || n) || '@acme.example.com', 'N' || n,
    '', true, '{}', '{}', '{}'
FROM generate_series(1, :rows) AS n
"""
# Copies of one row, each of another person.
_COPIES = """
INSERT INTO {table} SELECT (jsonb_populate_record(one, jsonb_build_object({changes}))).*
FROM {table} AS one, generate_series(1, :rows) AS n WHERE one.id = (SELECT min(id) FROM {table})
"""
_CHANGES = {
    "line": "'id', 'L' || n, 'mdn', NULL, 'device_id', NULL, 'sim_id', NULL, 'person_id', 'P' || n, 'site_id', NULL",
    "device": "'id', 'D' || n, 'imei', n, 'imei2', NULL, 'sku', NULL, 'make', md5('make' || n), 'person_id', 'P' || n",
    '"order"': "'id', 'O' || n, 'number', n, 'requester_id', 'P' || n, 'beneficiary_id', 'P' || n",
}


async def _by_get(office: ApiTenant, path: str) -> None:
    async with await office.browser("Priya") as client:
        assert (await client.get(path, headers=HTML)).status_code == 200


async def _by_name(office: ApiTenant, name: str) -> None:
    asking = lookup.person(await office.row("Priya"))
    async with office.database.transaction() as session:
        assert len(await directory.named(session, asking, name, relations=None, limit=2)) == 1


# How is searched, and in which tables.
SEARCHES: list[tuple[Callable[[ApiTenant, str], Awaitable[None]], str, tuple[str, ...]]] = [
    (_by_get, "/people?q=jordan%20blake", ("person",)),
    (_by_get, "/api/v1/people?q=jordan@acme", ("person",)),
    (_by_get, "/search?q=jordan", ("order", "line", "device", "person")),
    (_by_get, "/search?q=jo", ("order", "line", "device", "person")),
    (_by_get, "/orders?q=jordan", ("order",)),
    (_by_get, "/admin/orders?q=jordan", ("order",)),
    (_by_get, "/lines?q=jordan", ("line",)),
    (_by_get, "/devices?q=jordan%20iphone", ("device",)),
    (_by_name, "jordan BLAKE", ("person",)),
]


@pytest.fixture
async def large(office: ApiTenant) -> ApiTenant:
    """The tenant with many people, and with a line, a device and an order of each."""
    await office.order()
    copies = [_COPIES.format(table=table, changes=changes) for table, changes in _CHANGES.items()]
    async with office.database.engine.begin() as connection:
        for statement in (_PEOPLE, *copies):
            await connection.execute(text(statement), {"rows": _ROWS})
    async with office.database.engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    return office


async def test_a_search_by_words_uses_the_indexes(large: ApiTenant) -> None:
    for search, words, tables in SEARCHES:
        statements = await _searches(large, search, words)
        async with large.database.engine.connect() as connection:
            plans = [await _plan(connection, *one) for one in statements]
        assert set(re.findall(r"Bitmap Index Scan on (\w+)_search", "\n".join(plans))) == set(tables), (words, plans)
        assert not any("Seq Scan" in plan for plan in plans), (words, plans)


async def test_without_an_index_a_search_reads_everything(large: ApiTenant) -> None:
    """So the plans above say something."""
    (statement,) = await _searches(large, _by_get, "/people?q=jordan")
    async with large.database.engine.connect() as connection:
        await connection.execute(text("DROP INDEX person_search"))
        assert "Seq Scan on person" in await _plan(connection, *statement)


async def test_a_search_by_a_number_reads_a_few_rows(large: ApiTenant) -> None:
    for number in ("%2B13125550142", "490154203237518", "89014103211118510720", "7Y4-NN8", "PO 4711"):
        for path in ("/api/v1/lines", "/api/v1/devices", "/api/v1/orders"):
            statements = await _statements(large, _by_get, f"{path}?q={number}", "ARRAY")
            async with large.database.engine.connect() as connection:
                plans = [await _plan(connection, *one) for one in statements]
            assert not any(re.search(r'Seq Scan on (line|device|"order"|order_item|sim)\b', plan) for plan in plans), (
                plans
            )


async def _searches(
    office: ApiTenant, search: Callable[[ApiTenant, str], Awaitable[None]], words: str
) -> list[tuple[str, Any]]:
    """The statements of a search that look for words in an index, each with its parameters."""
    return await _statements(office, search, words, "LIKE '%' || search_key(")


async def _statements(
    office: ApiTenant, search: Callable[[ApiTenant, str], Awaitable[None]], words: str, having: str
) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []

    def record(*call: Any) -> None:
        seen.append(call[2:4])

    event.listen(office.database.engine.sync_engine, "before_cursor_execute", record)
    await search(office, words)
    event.remove(office.database.engine.sync_engine, "before_cursor_execute", record)
    return [one for one in seen if having in one[0]]


async def _plan(connection: AsyncConnection, statement: str, parameters: Any) -> str:
    rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return "\n".join(row[0] for row in rows)
