"""What a carrier reports, accepted into the inventory: imported as a file of lines with one cell, and so undone."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from api.deps import Access, Services
from api.imports.guards import GUARDS
from models import csv_file
from models.carrier_report import DifferenceKind
from models.db.imports import runs
from models.db.imports.runs import File, Importer
from models.db.inventory import identifiers, lines
from models.db.reconciliations.tables import DifferenceRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.imports.kinds.lines import LINES

# Statuses are left to orders, which also keep the dates of a suspension.
_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        DifferenceKind.ACCOUNT: "carrier_account",
        DifferenceKind.PLAN: "plan",
        DifferenceKind.FEATURES: "features",
        DifferenceKind.SIM: "sim",
        DifferenceKind.DEVICE: "device",
    }
)


async def stored_names(
    session: Session, tenant: str, rows: Collection[DifferenceRow], skus: Collection[str]
) -> Mapping[str, str]:
    """What the reports name and the company has: the names by which lines have it."""
    accounts = {name for row in rows if row.kind == DifferenceKind.ACCOUNT for name in row.theirs}
    sims = {name for row in rows if row.kind == DifferenceKind.SIM for name in row.theirs}
    devices = {name for row in rows if row.kind == DifferenceKind.DEVICE for name in row.theirs}
    return {
        **{name: name for name in (*accounts, *skus)},
        **await identifiers.of_sims(session, tenant, sims),
        **await identifiers.of_devices(session, tenant, devices),
    }


def can_accept(row: DifferenceRow, names: Collection[str]) -> bool:
    """`names` are those that the company has."""
    return row.closed_at is None and row.kind in _COLUMNS and row.line_id is not None and {*row.theirs} <= {*names}


async def accept(
    session: Session, services: Services, access: Access, row: DifferenceRow, names: Mapping[str, str]
) -> int:
    """Returns the number of the import. Raises ActionNotAllowed if the line can't have it."""
    line = (await lines.find_line(session, access.person, row.line_id or "")).row
    cell = " | ".join(names[name] for name in row.theirs) or "none"
    content = csv_file.write([LINES.first_row, (*LINES.key, _COLUMNS[row.kind]), (line.mdn or "", cell)])
    file = File(
        kind=LINES,
        name=f"Carrier report {row.last_run}",
        content="".join(content).encode(),
        carriers=tuple(services.carriers),
    )
    by, at = Importer(actor=access.audit_actor, guards=GUARDS), services.now()
    done, planned = await runs.import_now(session, row.tenant, file, by=by, at=at)
    for wrong in (one for planned_row in planned.rows for one in planned_row.wrong):
        raise ActionNotAllowed(wrong.detail)
    row.closed_at = at
    return done.number
