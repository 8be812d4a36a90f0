from collections.abc import Iterator

from models.cell_type import DAY, DEVICE_NAME, PHONE_NUMBER, SIM_NAME, YES_OR_NO, name_of_a_thing, one_of, several, text
from models.imports.kind import Column, ImportKind, Reference, Texts, Wrong
from models.inventory import LineStatus, NumberOrigin
from models.product import ProductKind
from models.suspension_reason import REASONS

_ENDED = (LineStatus.VOID, LineStatus.TERMINATED, LineStatus.DISCONNECTED)
_PEOPLE = Reference(kind="people")


def _product(kind: ProductKind) -> Reference:
    return Reference(kind="catalog", by_key=True, only={"kind": kind}, same=("carrier",))


def _check(texts: Texts) -> Iterator[Wrong]:
    if texts.get("person") and texts.get("site"):
        yield Wrong(column="site", detail="A line belongs to a person or to a site, not both.")
    if texts.get("suspended_for") and texts.get("status") != LineStatus.SUSPENDED:
        yield Wrong(column="suspended_for", detail="Only a suspended line has a reason why it is suspended.")
    if texts.get("disconnected_on") and texts.get("status") not in _ENDED:
        yield Wrong(column="disconnected_on", detail="Only a line that has ended has a last day.")


LINES = ImportKind(
    code="lines",
    title="Lines",
    noun="line",
    about="Phone numbers with their users, plans, devices and SIMs. A line that a file doesn't name is never ended.",
    table="line",
    key=("phone_number",),
    after=("accounts", "people", "cost_centers", "carrier_accounts", "sites", "catalog", "devices", "sims"),
    ended=_ENDED,
    orders="line",
    check=_check,
    columns=(
        Column(
            name="phone_number",
            field="mdn",
            help="Phone number (MDN), as text.",
            type=PHONE_NUMBER,
            required=True,
            example="(312) 555-0142",
        ),
        Column(
            name="carrier",
            help="Code of the carrier.",
            type=name_of_a_thing(),
            refers=Reference(kind="carriers", by_key=True),
            required=True,
            example="northwind",
        ),
        Column(
            name="carrier_account",
            help="The carrier's number of the billing account that it charges.",
            type=name_of_a_thing(),
            refers=Reference(kind="carrier_accounts", by_key=True, beside=("carrier",)),
            example="287301190",
        ),
        Column(
            name="carrier_product_id",
            help="The carrier's own ID of the line.",
            type=name_of_a_thing(100),
            example="PRD-1000042",
        ),
        Column(
            name="account",
            field="account_id",
            help="Number of the account that it is charged to.",
            type=name_of_a_thing(),
            refers=Reference(kind="accounts"),
            required=True,
            example="FA-1110",
        ),
        Column(
            name="cost_center",
            help="Code of its cost center.",
            type=name_of_a_thing(),
            refers=Reference(kind="cost_centers", by_key=True),
            example="CC-1110",
        ),
        Column(
            name="person",
            field="person_id",
            help="Employee number or email address of its user.",
            type=text(254),
            refers=_PEOPLE,
            example="A1012",
        ),
        Column(
            name="site",
            field="site_id",
            help="Name of the site that it belongs to.",
            type=text(),
            refers=Reference(kind="sites"),
            example="Milwaukee front desk",
        ),
        Column(
            name="status",
            help="Its status. Only orders make a line `pending`, `porting_in`, `porting_out` or `transferring`.",
            type=one_of(*(status for status in LineStatus if status is not LineStatus.VOID)),
            default=LineStatus.ACTIVE.value,
            only_orders=frozenset(
                {LineStatus.PENDING, LineStatus.PORTING_IN, LineStatus.PORTING_OUT, LineStatus.TRANSFERRING}
            ),
            example="active",
        ),
        Column(
            name="suspended_for",
            help="The reason for the suspension.",
            type=one_of(*(reason.code for reason in REASONS)),
            example="seasonal",
        ),
        Column(
            name="plan",
            help="SKU of its plan.",
            type=name_of_a_thing(64),
            refers=_product(ProductKind.PLAN),
            required=True,
            example="NW-UNLIMITED",
        ),
        Column(
            name="features",
            help="SKUs of its features.",
            type=several(name_of_a_thing(64)),
            default=(),
            refers=_product(ProductKind.FEATURE),
            several=True,
            example="NW-ROAM-NA | NW-PROTECT",
        ),
        Column(
            name="device",
            field="device_id",
            help="IMEI, MEID or serial number of the device on it, as text.",
            type=DEVICE_NAME,
            refers=Reference(kind="devices", in_use=True),
            unique="device",
            example="359101110000018",
        ),
        Column(
            name="sim",
            field="sim_id",
            help="SIM number of the SIM on it, or the ID of the chip of an eSIM without one, as text.",
            type=SIM_NAME,
            refers=Reference(kind="sims", same=("carrier",), in_use=True, ends=True),
            unique="SIM",
            example="8901410321111851072",
        ),
        Column(name="activated_on", help="First day of service.", type=DAY, example="2024-05-02"),
        Column(name="upgrade_on", help="From when it can get a new device.", type=DAY, example="2026-05-02"),
        Column(name="contract_until", help="Last day of its contract.", type=DAY, example="2028-06-30"),
        Column(name="disconnected_on", help="Last day of service.", type=DAY, example="2026-01-05"),
        Column(
            name="number_origin",
            help="`brought_in` if a person had the number before.",
            type=one_of(*NumberOrigin),
            example="assigned",
        ),
        Column(
            name="brought_in_by",
            field="number_brought_by",
            help="Employee number or email address of who had it before.",
            type=text(254),
            refers=_PEOPLE,
            example="A1012",
        ),
        Column(
            name="number_locked",
            help="Whether the carrier keeps the number from moving away.",
            type=YES_OR_NO,
            default=False,
            example="no",
        ),
        Column(
            name="sim_protected",
            help="Whether the carrier keeps the SIM from being replaced.",
            type=YES_OR_NO,
            default=False,
            example="no",
        ),
        Column(
            name="subscriber_name",
            help="Name that the carrier has for it.",
            type=text(100),
            example="Jordan Blake",
        ),
        Column(name="labels", help="Cost center that the carrier has for it.", type=text(100), example="CC-1110"),
    ),
)
