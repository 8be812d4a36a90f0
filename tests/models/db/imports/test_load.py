"""5,000 lines of which one in twenty is dirty: each error is named, and a killed import leaves nothing."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, func, select, text

from models.audit import AuditActor
from models.db.imports import runs
from models.db.imports.runs import File, Importer
from models.db.imports.tables import ImportRow
from models.db.inventory.tables import LineRow
from models.db.session import Database, new_id
from models.imports.kind import import_kind
from models.imports.plan import Plan, RowOutcome
from models.order import Channel
from tests.fixtures.demo import DIALTONE, PLAIN

pytestmark = pytest.mark.slow

LINES, EVERY = 5_000, 20
ACTOR = AuditActor(id=None, name="Ada Admin", channel=Channel.PORTAL, address="192.0.2.7")
BY = Importer(actor=ACTOR, guards={})
AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
CARRIERS = ("northwind", "bluepeak")
DIRT = (
    ("3.12555E+09,northwind,287301190,FA-1110,NW-UNLIMITED,,active", "phone_number"),
    ("{number},northwind,287301190,FA-1110,NW-UNLIMITED,nobody@example.com,active", "person"),
    ("{number},northwind,287301190,FA-9999,NW-UNLIMITED,,active", "account"),
    ("{number},northwind,287301190,FA-1110,NW-NOTHING,,active", "plan"),
    ("{number},northwind,287301190,FA-1110,NW-UNLIMITED,,asleep", "status"),
)


def rows() -> Iterator[str]:
    yield "phone_number,carrier,carrier_account,account,plan,person,status"
    for number in range(LINES):
        clean = "{number},northwind,287301190,FA-1110,NW-UNLIMITED,,active"
        line = DIRT[number // EVERY % len(DIRT)][0] if number % EVERY == 0 else clean
        yield line.format(number=f"(206) {200 + number // 10_000}-{number % 10_000:04d}")


def lines_file() -> File:
    content = "\n".join(rows()).encode()
    return File(kind=import_kind("lines"), name="lines.csv", content=content, carriers=CARRIERS)


async def imported(database: Database, file: File) -> tuple[Plan, float]:
    started = time.perf_counter()
    _, planned = await database.run(runs.import_now, "acme", file, by=BY, at=AT)
    return planned, time.perf_counter() - started


async def count_of_lines(database: Database) -> int:
    async with database.read() as session:
        return (
            await session.exec(select(func.count()).select_from(LineRow).where(col(LineRow.tenant) == "acme"))
        ).one()


async def count_of_imports(database: Database) -> int:
    async with database.read() as session:
        return len(await session.all(select(ImportRow.number)))


async def test_five_thousand_lines_are_imported_once(company: Database, capsys: pytest.CaptureFixture[str]) -> None:
    file, before = lines_file(), await count_of_lines(company)
    first, seconds = await imported(company, file)
    second, again = await imported(company, file)
    dirty = [row for row in first.rows if row.outcome is not RowOutcome.NEW]
    with capsys.disabled():
        sys.stdout.write(f"\n{LINES} lines: imported in {seconds:.1f} s, the second time in {again:.1f} s\n")
    assert first.counts[RowOutcome.NEW] == LINES - LINES // EVERY
    assert [row.number for row in dirty] == list(range(2, LINES + 2, EVERY))
    assert [row.wrong[0].column for row in dirty] == [DIRT[one % len(DIRT)][1] for one in range(len(dirty))]
    assert all(row.wrong[0].detail for row in dirty)
    assert second.counts[RowOutcome.UNCHANGED] == LINES - LINES // EVERY
    assert second.counts[RowOutcome.NEW] + second.counts[RowOutcome.CHANGED] == 0
    assert await count_of_lines(company) == before + LINES - LINES // EVERY


async def test_a_killed_import_leaves_nothing_and_can_be_repeated(company: Database, tmp_path: Path) -> None:
    """It is killed while it waits for a row that another transaction holds: its statements have begun."""
    (tmp_path / "lines.csv").write_bytes(lines_file().content)
    before, imported_before = await count_of_lines(company), await count_of_imports(company)
    variables = {"DATABASE_URL": company.url.set(drivername="postgresql").render_as_string(hide_password=False)}
    carrier = {
        "code": "northwind",
        "name": "Northwind",
        "url": "http://127.0.0.1:1",
        "token": "t",
        "webhook_auth": "none",
    }
    variables |= {"DIALTONE_ENVIRONMENT": "development", "DIALTONE_CARRIERS": json.dumps([carrier])}
    environment = {**PLAIN, **variables}
    command = (*DIALTONE, "import", "lines", "lines.csv", "--tenant", "acme")
    start = partial(asyncio.create_subprocess_exec, *command, cwd=tmp_path, env=environment, stdout=PIPE)
    killed = await start()
    async with held_number(company, "+12062004999"):
        await until_it_waits(company)
        killed.kill()
        await killed.communicate()
    assert await count_of_lines(company) == before
    assert await count_of_imports(company) == imported_before
    again = await start()
    output, _ = await again.communicate()
    assert (again.returncode, b" is done. To take it back: " in output.splitlines()[-1]) == (1, True)
    assert await count_of_lines(company) == before + LINES - LINES // EVERY


class _GivenBack(Exception):
    """Ends a transaction without its changes."""


@asynccontextmanager
async def held_number(database: Database, mdn: str) -> AsyncIterator[None]:
    """A line with this number that is never committed: who adds another one waits for it."""
    with suppress(_GivenBack):
        async with database.transaction() as session:
            line = await session.first(select(LineRow).where(col(LineRow.tenant) == "acme").limit(1))
            assert line is not None
            await session.insert(LineRow(**line.model_dump() | {"id": new_id(), "mdn": mdn, "status": "active"}))
            yield
            raise _GivenBack


async def until_it_waits(database: Database) -> None:
    waiting: Any = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%'")
    async with asyncio.timeout(30):
        while True:
            async with database.read() as session:
                if (await session.exec(waiting)).scalar_one():
                    return
            await asyncio.sleep(0.02)
