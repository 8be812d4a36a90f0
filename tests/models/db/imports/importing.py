"""Files that tests import into a tenant of their own."""

from datetime import UTC, datetime

from models.audit import AuditActor
from models.db.imports import imports, runs
from models.db.imports.runs import File, Importer
from models.db.imports.tables import ImportedRow, ImportRow
from models.db.session import Database
from models.imports.kind import import_kind
from models.order import Channel

TENANT, CARRIERS = "initech", ("northwind", "bluepeak")
ACTOR = AuditActor(id=None, name="Ada Admin", channel=Channel.PORTAL, address="192.0.2.7")
BY = Importer(actor=ACTOR, guards={})
AT = datetime(2026, 11, 30, 9, tzinfo=UTC)


def file(kind: str, text: str | bytes) -> File:
    content = text if isinstance(text, bytes) else text.encode()
    return File(kind=import_kind(kind), name=f"{kind}.csv", content=content, carriers=CARRIERS)


async def imported(database: Database, kind: str, text: str | bytes) -> ImportRow:
    checked = await database.run(runs.check, TENANT, file(kind, text), by=BY, at=AT)
    row, is_fresh = await database.run(
        runs.apply, TENANT, checked.number, digest=checked.digest, carriers=CARRIERS, by=BY, at=AT
    )
    assert is_fresh
    return row


async def rows_of(database: Database, number: int) -> list[ImportedRow]:
    async with database.read() as session:
        return await imports.rows(session, TENANT, number, limit=None)


def counted(row: ImportRow) -> dict[str, int]:
    return {outcome: count for outcome, count in row.counts.items() if count}
