"""What a carrier reports about its lines in a file, and how that can differ from the inventory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from models.cell_type import ICCID, PHONE_NUMBER, CellType, name_of_a_thing, number_as_text, one_of, several
from models.identifiers import ICCID_DIGITS, read_imei
from models.imports.kind import Column, ImportKind
from models.inventory import AT_CARRIER, InventoryState, LineStatus
from models.order import ItemUpdate

ACTIVE, SUSPENDED, DISCONNECTED = "active", "suspended", "disconnected"
_COMPARED_STATUSES = (LineStatus.ACTIVE, LineStatus.SUSPENDED)

# A line without features is not one whose features the report doesn't say.
_FEATURES = replace(several(name_of_a_thing(64)), write=lambda values: " | ".join(values) or "none")


class DifferenceKind(StrEnum):
    """What differs. CARRIER_ONLY: the carrier has a line that the company doesn't. OURS_ONLY: the reverse."""

    CARRIER_ONLY = "carrier_only"
    OURS_ONLY = "ours_only"
    STATUS = "status"
    ACCOUNT = "account"
    PLAN = "plan"
    FEATURES = "features"
    NUMBER = "number"
    SIM = "sim"
    DEVICE = "device"


# The columns of a file of lines by which an import takes over what a carrier has.
IMPORTED_AS: Mapping[DifferenceKind, str] = MappingProxyType(
    {
        DifferenceKind.STATUS: "status",
        DifferenceKind.ACCOUNT: "carrier_account",
        DifferenceKind.PLAN: "plan",
        DifferenceKind.FEATURES: "features",
        DifferenceKind.SIM: "sim",
        DifferenceKind.DEVICE: "device",
    }
)


class DifferenceSource(StrEnum):
    """What has shown it: the company's comparison with a REPORT, or an EVENT that no order of the company caused."""

    REPORT = "report"
    EVENT = "event"


@dataclass(frozen=True, kw_only=True)
class ToldOfLine:
    """What a carrier says of one thing about a line, beside what the inventory has.

    `last_day` is that of a line that it disconnects, if it tells.
    """

    kind: DifferenceKind
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    differs: bool
    last_day: date | None = None


def told_of(has: InventoryState, says: ItemUpdate) -> Iterator[ToldOfLine]:
    """What an item says of a line that the company has in use, compared where both can be known."""
    line, told = has.required_line, says.identifiers
    if line.status in _COMPARED_STATUSES and says.line_status:
        last_day = says.final_on if says.line_status == DISCONNECTED else None
        yield replace(_told(DifferenceKind.STATUS, line.status, says.line_status), last_day=last_day)
    if says.plan:
        yield _told(DifferenceKind.PLAN, line.plan, says.plan)
    if told.mdn:
        yield _told(DifferenceKind.NUMBER, line.mdn, told.mdn)
    if told.iccid:
        iccid = has.sim.iccid if has.sim else None
        is_same = iccid is not None and iccid[:ICCID_DIGITS] == told.iccid[:ICCID_DIGITS]
        yield _told(DifferenceKind.SIM, iccid, told.iccid, is_same=is_same)
    if told.imei:
        imeis = {has.device.imei, has.device.imei2} if has.device else set()
        imei = has.device.imei if has.device else None
        yield _told(DifferenceKind.DEVICE, imei, told.imei, is_same=told.imei in imeis)


def _told(kind: DifferenceKind, ours: str | None, theirs: str, *, is_same: bool | None = None) -> ToldOfLine:
    differs = ours != theirs if is_same is None else not is_same
    return ToldOfLine(kind=kind, ours=(ours,) if ours else (), theirs=(theirs,), differs=differs)


def kinds_changed(before: InventoryState, after: InventoryState) -> frozenset[DifferenceKind]:
    """In what a carrier and the company can have differed before a change of a line that both have made.

    A line that the carrier no longer has differs in nothing.
    """
    if after.required_line.status not in AT_CARRIER:
        return frozenset(DifferenceKind)
    (had, has) = (_comparable(state) for state in (before, after))
    return frozenset(kind for kind in had if had[kind] != has[kind])


def _comparable(state: InventoryState) -> Mapping[DifferenceKind, object]:
    line, device = state.required_line, state.device
    return {
        DifferenceKind.STATUS: line.status,
        DifferenceKind.PLAN: line.plan,
        DifferenceKind.FEATURES: sorted(line.features),
        DifferenceKind.NUMBER: line.mdn,
        DifferenceKind.SIM: (line.sim_id, state.sim and state.sim.iccid),
        DifferenceKind.DEVICE: (line.device_id, device and (device.imei, device.imei2)),
    }


def _column(name: str, kind: CellType, example: str, says: str, *, required: bool = False) -> Column:
    return Column(name=name, help=says, type=kind, example=example, required=required)


# Read like a file that is imported; the columns that a report lacks, or that are empty in it, are not compared.
CARRIER_REPORT = ImportKind(
    code="carrier_report",
    title="Carrier report",
    noun="line",
    about="The lines that a carrier has, as it reports them.",
    table="reported_line",
    key=("phone_number",),
    columns=(
        _column("account_number", name_of_a_thing(), "287301190", "Number of the billing account.", required=True),
        _column("phone_number", PHONE_NUMBER, "(312) 555-0142", "Phone number.", required=True),
        _column("sim", ICCID, "8901410321111851072", "SIM number (ICCID), as text."),
        _column("device", number_as_text(read_imei), "490154203237518", "Device ID (IMEI), as text."),
        _column("plan", name_of_a_thing(64), "NW-1", "The carrier's ID of the plan, or its SKU."),
        _column(
            "features",
            _FEATURES,
            "NW-F1 | NW-F2",
            "The carrier's IDs of the features, or their SKUs, with | between them; none for a line without any.",
        ),
        _column("status", one_of(ACTIVE, SUSPENDED, DISCONNECTED), ACTIVE, "active, suspended or disconnected."),
    ),
)
