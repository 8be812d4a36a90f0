"""What a carrier reports about its lines in a file, and how that can differ from the inventory."""

from dataclasses import replace
from enum import StrEnum

from models.cell_type import ICCID, PHONE_NUMBER, CellType, name_of_a_thing, number_as_text, one_of, several
from models.identifiers import read_imei
from models.imports.kind import Column, ImportKind

ACTIVE, SUSPENDED, DISCONNECTED = "active", "suspended", "disconnected"

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
    SIM = "sim"
    DEVICE = "device"


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
