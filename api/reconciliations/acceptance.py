"""What a carrier reports, accepted into the inventory: imported as a file of lines with one cell, and so undone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from api.deps import Access, Services
from api.imports.guards import GUARDS
from models import csv_file, formatting
from models.carrier_report import DISCONNECTED, IMPORTED_AS, DifferenceKind
from models.db.catalog import policy_versions
from models.db.catalog.tables import ProductRow
from models.db.imports import runs
from models.db.imports.runs import File, Importer
from models.db.inventory import identifiers, lines
from models.db.inventory.identifiers import KnownThing
from models.db.locks import locks
from models.db.reconciliations.tables import DifferenceRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.imports.kinds.lines import LINES
from models.order_type import ThingKind
from policies.deadlines import local_day

GONE = "This no longer differs."
_IS_CHANGING = "The line is being changed. You can update the inventory once that is done."
_THINGS: Mapping[str, str] = MappingProxyType({DifferenceKind.SIM: "SIM", DifferenceKind.DEVICE: "device"})
_WHAT_TO_DO: Mapping[str, str] = MappingProxyType(
    {
        DifferenceKind.CARRIER_ONLY: "Import the line, or ask the carrier to end it.",
        DifferenceKind.OURS_ONLY: "Ask the carrier. The line stays as it is.",
        DifferenceKind.NUMBER: "Ask the carrier to change the number back. Imports and orders can't take it over.",
        DifferenceKind.PLAN: "Import the product with the carrier's ID of it, or ask the carrier.",
        DifferenceKind.FEATURES: "Import the products with the carrier's IDs of them, or ask the carrier.",
        DifferenceKind.SIM: "Import the SIM, or ask the carrier.",
        DifferenceKind.DEVICE: "Import the device, or ask the carrier.",
    }
)


@dataclass(frozen=True, kw_only=True)
class Takeover:
    """What a line would get; `why_not` says why it can't, and what can be done. None if it can."""

    names: Sequence[str] = ()
    why_not: str | None = None


async def acceptances(
    session: Session, tenant: str, rows: Collection[DifferenceRow], products: Mapping[str, ProductRow], now: datetime
) -> Mapping[str, Takeover]:
    """By the ids of the differences.

    The line can get what the company has and no other line in use does, unless an open order is changing it. A
    line that the carrier ends later stays as it is for now.
    """
    today = local_day(await policy_versions.newest(session, tenant), now)
    line_ids = {row.line_id for row in rows if row.line_id}
    changing = await locks.locked(session, tenant, ThingKind.LINE, line_ids)
    sims = await identifiers.known_sims(session, tenant, _told(rows, DifferenceKind.SIM))
    devices = await identifiers.known_devices(session, tenant, _told(rows, DifferenceKind.DEVICE))

    def known(row: DifferenceRow, told: str) -> KnownThing | None:
        match row.kind:
            case DifferenceKind.SIM:
                return sims.get((row.carrier, told))
            case DifferenceKind.DEVICE:
                return devices.get(told)
            case DifferenceKind.PLAN | DifferenceKind.FEATURES if told not in sold_by(row.carrier, products):
                return None
        return KnownThing(name=told, is_free=True)

    return {row.id: _acceptance(row, changing, today, [known(row, told) for told in row.theirs]) for row in rows}


def _acceptance(
    row: DifferenceRow, changing: Collection[str], today: date, found: Sequence[KnownThing | None]
) -> Takeover:
    things = [one for one in found if one is not None]
    if row.closed_at is not None:
        return Takeover(why_not=GONE)
    if row.line_id in changing:
        return Takeover(why_not=_IS_CHANGING)
    if row.last_day is not None and row.last_day > today:
        day = formatting.day(row.last_day)
        return Takeover(why_not=f"The line has service through {day}. You can update the inventory from then on.")
    if row.kind not in IMPORTED_AS or len(things) < len(found):
        return Takeover(why_not=_WHAT_TO_DO[row.kind])
    if not all(one.is_free for one in things):
        return Takeover(why_not=f"Another line has this {_THINGS[row.kind]}. Correct that line first.")
    return Takeover(names=[one.name for one in things])


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
    day = local_day(await policy_versions.newest(session, row.tenant), row.event_at or row.first_seen_at)
    cells = {LINES.key[0]: line.mdn or "", IMPORTED_AS[DifferenceKind(row.kind)]: " | ".join(names) or "none"}
    if row.kind == DifferenceKind.STATUS:
        cells |= {
            "suspended_for": "",
            "disconnected_on": f"{row.last_day or day}" if DISCONNECTED in row.theirs else "",
        }
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
