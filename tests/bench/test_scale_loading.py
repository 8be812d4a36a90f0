"""The loaded company has what its size says, and identifiers that Dialtone reads."""

from typing import Any

from sqlalchemy import text

from bench.scale.loading import TENANT, People, Size, load_company
from demo.postgres_server import DatabaseServer
from models.db.session import Database
from models.identifiers import parse_iccid, parse_imei, parse_mdn
from tests.fixtures.database import cloned

_COUNTS = " UNION ALL ".join(
    f"SELECT '{table}', count(*) FROM \"{table}\" WHERE tenant = '{TENANT}'"
    for table in ("line", "person", "order", "account", "site")
)
_IDENTIFIERS = f"""
SELECT mdn, imei, iccid FROM line JOIN device ON device.id = device_id JOIN sim ON sim.id = sim_id
WHERE line.tenant = '{TENANT}'
"""
_REPORTS = "SELECT manager_id, count(*) FROM person GROUP BY manager_id"


async def test_a_company_of_any_size_is_loaded(postgres: DatabaseServer, template: str) -> None:
    size = Size.of(2_000)
    async with cloned(postgres, template) as database:
        await load_company(database.url.render_as_string(hide_password=False), size)
        counts = dict(await rows(database, _COUNTS))
        identifiers = await rows(database, _IDENTIFIERS)
        reports = dict(await rows(database, _REPORTS))
    assert counts == {"line": 2_000, "person": 200, "order": 400, "account": 20, "site": 10}
    assert len(identifiers) > 1_700
    for mdn, imei, iccid in identifiers:
        assert (parse_mdn(mdn), parse_imei(imei), parse_iccid(iccid)) == (mdn, imei, iccid)
    people = People.of(size)
    assert reports[people.manager] == 8
    assert people.employee not in reports


async def rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    async with database.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(sql))]
