"""What a carrier reports, accepted into the inventory: imported as a file of lines with one cell, and so undone."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from api.deps import Access, Services
from api.imports.guards import GUARDS
from models import csv_file
from models.carrier_report import DISCONNECTED, IMPORTED_AS, DifferenceKind
from models.db.catalog import policy_versions
from models.db.catalog.tables import ProductRow
from models.db.imports import runs
from models.db.imports.runs import File, Importer
from models.db.inventory import identifiers, lines
from models.db.locks import locks
from models.db.reconciliations.tables import DifferenceRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.imports.kinds.lines import LINES
from models.order_type import ThingKind
from policies.deadlines import local_day


async def acceptable(
    session: Session, tenant: str, rows: Collection[DifferenceRow], products: Mapping[str, ProductRow]
) -> Mapping[str, Sequence[str]]:
    """What the lines would get, by the ids of the differences that can be accepted.

    The company has it, no other line in use does, and no open order is changing the line.
    """
    open_rows = [row for row in rows if row.closed_at is None and row.kind in IMPORTED_AS and row.line_id]
    changing = await locks.locked(session, tenant, ThingKind.LINE, {row.line_id or "" for row in open_rows})
    sims = await identifiers.free_sims(session, tenant, _told(open_rows, DifferenceKind.SIM))
    devices = await identifiers.free_devices(session, tenant, _told(open_rows, DifferenceKind.DEVICE))

    def names(row: DifferenceRow) -> Iterator[str | None]:
        for told in row.theirs:
            match row.kind:
                case DifferenceKind.SIM:
                    yield sims.get((row.carrier, told))
                case DifferenceKind.DEVICE:
                    yield devices.get(told)
                case DifferenceKind.STATUS | DifferenceKind.ACCOUNT:
                    yield told
                case _:
                    yield told if told in sold_by(row.carrier, products) else None

    found = {row.id: list(names(row)) for row in open_rows if row.line_id not in changing}
    return {key: [name for name in some if name] for key, some in found.items() if None not in some}


def sold_by(carrier: str, products: Mapping[str, ProductRow]) -> frozenset[str]:
    """The SKUs of those of the products that a line of this carrier can have."""
    return frozenset(sku for sku, product in products.items() if product.carrier in {carrier, None})


def _told(rows: Collection[DifferenceRow], kind: DifferenceKind) -> frozenset[str]:
    return frozenset(name for row in rows if row.kind == kind for name in row.theirs)


async def accept(
    session: Session, services: Services, access: Access, row: DifferenceRow, names: Collection[str]
) -> int:
    """Returns the number of the import. Raises ActionNotAllowed if the line can't have it."""
    line = (await lines.find_line(session, access.person, row.line_id or "")).row
    day = local_day(await policy_versions.newest(session, row.tenant), row.event_at or row.first_seen_at).isoformat()
    cells = {LINES.key[0]: line.mdn or "", IMPORTED_AS[DifferenceKind(row.kind)]: " | ".join(names) or "none"}
    if row.kind == DifferenceKind.STATUS:
        cells |= {"suspended_for": "", "disconnected_on": day if DISCONNECTED in row.theirs else ""}
    content = csv_file.write([LINES.first_row, tuple(cells), tuple(cells.values())])
    file = File(
        kind=LINES,
        name=f"Carrier report {row.last_run}" if row.last_run else f"Carrier event of {day}",
        content="".join(content).encode(),
        carriers=tuple(services.carriers),
    )
    by, at = Importer(actor=access.audit_actor, guards=GUARDS), services.now()
    done, planned = await runs.import_now(session, row.tenant, file, by=by, at=at)
    for wrong in (one for planned_row in planned.rows for one in planned_row.wrong):
        raise ActionNotAllowed(wrong.detail)
    return done.number
