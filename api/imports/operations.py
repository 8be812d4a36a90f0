"""Imports of files: check what a file would do, apply that, undo it; and exports in the same format."""

from collections.abc import Iterator

from api.deps import Access, Services
from api.imports.guards import GUARDS
from api.imports.schemas import ImportQuery, ImportRowQuery, ImportRowView, ImportView
from models import csv_file
from models.db.imports import imports, runs
from models.db.imports.runs import File, Importer
from models.errors import ImportStale, NotFound
from models.imports.kind import ImportKind, import_kinds


def kind_of(code: str) -> ImportKind:
    """Raises NotFound."""
    kind = import_kinds().get(code)
    if kind is None:
        raise NotFound("There is no such kind of file.", field="kind")
    return kind


async def list_imports(services: Services, access: Access, query: ImportQuery) -> list[ImportView]:
    """Newest first."""
    async with services.database.read() as session:
        rows = await imports.newest(session, access.person.tenant, before=query.before, limit=query.limit)
    return [ImportView.of(row) for row in rows]


async def get(services: Services, access: Access, number: int) -> ImportView:
    """Raises NotFound."""
    async with services.database.read() as session:
        return ImportView.of(await imports.get(session, access.person.tenant, number))


async def rows(services: Services, access: Access, number: int, query: ImportRowQuery) -> list[ImportRowView]:
    """In the order of the file. Raises NotFound."""
    tenant, outcomes = access.person.tenant, [query.outcome] if query.outcome else []
    async with services.database.read() as session:
        row = await imports.get(session, tenant, number)
        found = await imports.rows(session, tenant, number, outcomes=outcomes, after=query.after, limit=query.limit)
    return [ImportRowView.of(one, import_kinds()[row.kind].header) for one in found]


async def check(services: Services, access: Access, kind: ImportKind, file_name: str, content: bytes) -> ImportView:
    """What a file would do, under a number. Raises InvalidRequest for one that can't be read."""
    file = File(kind=kind, name=file_name, content=content, carriers=tuple(services.carriers))
    run, tenant = services.database.run_long, access.person.tenant
    return ImportView.of(await run(runs.check, tenant, file, by=_importer(access), at=services.now()))


async def apply(services: Services, access: Access, number: int, digest: str) -> ImportView:
    """Import the rows that are right. Raises ImportStale if that is no longer what `digest` stands for.

    A file can give people roles, so it takes a recent second factor.
    """
    access.require_step_up()
    row, is_fresh = await services.database.run_long(
        runs.apply,
        access.person.tenant,
        number,
        digest=digest,
        carriers=tuple(services.carriers),
        by=_importer(access),
        at=services.now(),
    )
    if not is_fresh:
        raise ImportStale(
            "The company has changed since you checked this file. Look at what it would do now, and apply it again.",
            facts={"import": str(number), "digest": row.digest},
        )
    return ImportView.of(row)


async def undo(services: Services, access: Access, number: int) -> ImportView:
    """Raises NotFound and ActionNotAllowed."""
    access.require_step_up()
    run, tenant = services.database.run_long, access.person.tenant
    return ImportView.of(await run(runs.undo, tenant, number, by=_importer(access), at=services.now()))


def _importer(access: Access) -> Importer:
    return Importer(actor=access.audit_actor, guards=GUARDS)


def example(kind: ImportKind) -> Iterator[str]:
    """The lines of a file with one thing."""
    return csv_file.write((kind.first_row, kind.header, kind.example))


async def export(services: Services, access: Access, kind: ImportKind) -> Iterator[str]:
    """The lines of a file with all things of a kind, whole identifiers and addresses included; this is recorded."""
    access.require_step_up()
    run, tenant = services.database.run_long, access.person.tenant
    return await run(runs.export, tenant, kind, by=access.audit_actor, at=services.now())
