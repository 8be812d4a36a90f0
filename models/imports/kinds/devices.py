from collections.abc import Iterator

from models.cell_type import DAY, ESN, IMEI, MEID, MOMENT, name_of_a_thing, one_of, text
from models.imports.kind import Column, ImportKind, Reference, Texts, Wrong
from models.inventory import DeviceLock, DeviceStatus, Ownership
from models.product import ProductKind
from models.returns import DeviceCondition


def _check(texts: Texts) -> Iterator[Wrong]:
    if not texts.get("sku") and not (texts.get("make") and texts.get("model")):
        yield Wrong(column="sku", detail="Enter a SKU of the catalog, or make and model.")
    if texts.get("person") and texts.get("site"):
        yield Wrong(column="site", detail="A device is with a person or at a site, not both.")


DEVICES = ImportKind(
    code="devices",
    title="Devices",
    noun="device",
    about="Phones, tablets and other devices, in use and in stock.",
    table="device",
    key=("imei", "meid", "serial"),
    any_key=True,
    also_known_by=("imei2", "esn"),
    after=("accounts", "people", "sites", "catalog"),
    ended=(DeviceStatus.RETIRED, DeviceStatus.VOID),
    orders="device",
    check=_check,
    columns=(
        Column(name="imei", help="Device ID (IMEI), as text.", type=IMEI, unique="IMEI", example="359101110000018"),
        Column(
            name="imei2",
            help="IMEI of the second SIM slot.",
            type=IMEI,
            unique="IMEI",
            example="359101110000026",
        ),
        Column(name="meid", help="MEID of an older device.", type=MEID, unique="MEID", example="A00000009296F2"),
        Column(name="esn", help="ESN of an older device.", type=ESN, unique="ESN", example="807B2E31"),
        Column(
            name="serial",
            help="Serial number; it names a device without IMEI and MEID.",
            type=name_of_a_thing(64),
            unique="serial number",
            example="F2LXG7K9Q1GC",
        ),
        Column(
            name="sku",
            help="Its product of the catalog; empty for a device that is not for sale.",
            type=name_of_a_thing(64),
            refers=Reference(kind="catalog", by_key=True, only={"kind": ProductKind.DEVICE}),
            example="IPHONE-17-256",
        ),
        Column(name="make", help="Maker, if it is not of the catalog.", type=text(64), example="Apple"),
        Column(name="model", help="Model, if it is not of the catalog.", type=text(100), example="iPhone 12"),
        Column(
            name="account",
            field="account_id",
            help="Number of the account that it belongs to.",
            type=name_of_a_thing(),
            refers=Reference(kind="accounts"),
            required=True,
            example="FA-1110",
        ),
        Column(
            name="person",
            field="person_id",
            help="Employee number or email address of who has it.",
            type=text(254),
            refers=Reference(kind="people"),
            example="A1012",
        ),
        Column(
            name="site",
            field="site_id",
            help="Name of the site where it is.",
            type=text(),
            refers=Reference(kind="sites"),
            example="Milwaukee front desk",
        ),
        Column(
            name="status",
            help="Its status. Only orders make a device `unconfirmed`.",
            type=one_of(*(status for status in DeviceStatus if status is not DeviceStatus.VOID)),
            default=DeviceStatus.IN_STOCK.value,
            only_orders=frozenset({DeviceStatus.UNCONFIRMED}),
            stock=DeviceStatus.IN_STOCK.value,
            example="active",
        ),
        Column(
            name="ownership",
            help="Whose it is.",
            type=one_of(*Ownership),
            default=Ownership.COMPANY.value,
            example="company",
        ),
        Column(name="condition", help="Its condition.", type=one_of(*DeviceCondition), example="working"),
        Column(name="purchased_on", help="When it was bought.", type=DAY, example="2025-03-14"),
        Column(name="warranty_until", help="Last day of its warranty.", type=DAY, example="2027-03-13"),
        Column(
            name="lock",
            help="Whether it works with the SIMs of one carrier only.",
            type=one_of(*DeviceLock),
            default=DeviceLock.UNKNOWN.value,
            example="unlocked",
        ),
        Column(name="location", help="Where it lies, such as a shelf.", type=text(), example="Shelf B4"),
        Column(
            name="block_listed_at",
            help="Since when carriers block it.",
            type=MOMENT,
            example="2026-01-05T14:00:00+00:00",
        ),
    ),
)
