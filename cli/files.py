"""The commands about files of a company: importing, undoing and exporting them."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runtime.command_errors import CommandFailed

if TYPE_CHECKING:
    from models.db.imports.runs import Importer
    from models.db.session import Database
    from models.imports.kind import ImportKind
    from models.imports.plan import Plan
    from models.settings import Settings

_MAX_SHOWN = 50


async def import_file(
    settings: "Settings", tenant: str, code: str, *, name: str, content: bytes, dry_run: bool
) -> bool:
    """Print what the file changes, and change it unless it is a dry run; returns whether rows were left out."""
    from models.db.imports import runs
    from models.db.imports.runs import File
    from models.db.session import utc_now

    carriers = [carrier.code for carrier in settings.carriers]
    async with _database(settings, tenant) as database:
        file = File(kind=_kind(code), name=name, content=content, carriers=carriers)
        if dry_run:
            async with database.read() as session:
                return _print(await runs.plan(session, tenant, file, by=_operator()))
        row, planned = await database.run(runs.import_now, tenant, file, by=_operator(), at=utc_now())
        left_out = _print(planned)
        print(f"Import {row.number} is done. To take it back: dialtone undo-import {row.number} --tenant {tenant}")
        return left_out


async def undo_import(settings: "Settings", number: int, tenant: str) -> None:
    from models.db.imports import runs
    from models.db.session import utc_now

    async with _database(settings, tenant) as database:
        await database.run(runs.undo, tenant, number, by=_operator(), at=utc_now())
    print(f"Import {number} is undone.")


async def export(settings: "Settings", code: str, tenant: str) -> None:
    """Print a file with all things of a kind."""
    from models.db.imports import runs
    from models.db.session import utc_now

    async with _database(settings, tenant) as database:
        kind = _kind(code)
        by = _operator().actor
        sys.stdout.writelines(await database.run(runs.export, tenant, kind, by=by, at=utc_now()))


@asynccontextmanager
async def _database(settings: "Settings", tenant: str) -> AsyncIterator["Database"]:
    from models.db.people import lookup
    from models.errors import PublicError
    from outbox.bootstrap import database_of

    database = database_of(settings)
    try:
        async with database.read() as session:
            if not await lookup.is_tenant(session, tenant):
                raise CommandFailed(f"There is no tenant {tenant}.")
        yield database
    except PublicError as error:
        raise CommandFailed("\n".join([error.detail, *(one.detail for one in error.errors)])) from None
    finally:
        await database.close()


def _kind(code: str) -> "ImportKind":
    from models.imports.kind import import_kinds

    if code not in import_kinds():
        raise CommandFailed(f"There is no kind of file {code}. The kinds are {', '.join(import_kinds())}.")
    return import_kinds()[code]


def _operator() -> "Importer":
    from api.imports.guards import GUARDS
    from models.audit import AuditActor
    from models.db.imports.runs import Importer
    from models.order import Channel

    actor = AuditActor(id=None, name="Operator, by command line", channel=Channel.SYSTEM, address="")
    return Importer(actor=actor, guards=GUARDS)


def _print(plan: "Plan") -> bool:
    from models.imports.plan import IMPORTED, RowOutcome

    shown = [row for row in plan.rows if row.outcome is not RowOutcome.UNCHANGED]
    for row in shown[:_MAX_SHOWN]:
        changes = (f"{name}: {one.before or 'empty'} → {one.after or 'empty'}" for name, one in row.changes.items())
        wrong = (f"{one.column}: {one.detail}" if one.column else one.detail for one in row.wrong)
        details = "; ".join(wrong if row.wrong else changes) if row.outcome is not RowOutcome.NEW else ""
        print(f"Row {row.number}  {row.outcome}  {' '.join(row.key)}  {details}".rstrip())
    if len(shown) > _MAX_SHOWN:
        print(f"and {len(shown) - _MAX_SHOWN} more rows")
    print(", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in plan.counts.items() if count))
    return any(row.outcome not in IMPORTED | {RowOutcome.UNCHANGED} for row in plan.rows)
