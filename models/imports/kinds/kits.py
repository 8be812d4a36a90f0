from models.cell_type import YES_OR_NO, name_of_a_thing, several, text
from models.imports.kind import Column, ImportKind, Reference
from models.product import ProductKind

_SKU = name_of_a_thing(64)


def _product(kind: ProductKind) -> Reference:
    return Reference(kind="catalog", by_key=True, only={"kind": kind})


KITS = ImportKind(
    code="kits",
    title="Kits",
    noun="kit",
    about="What people with a job title usually get together.",
    table="kit",
    key=("name",),
    one_case=True,
    after=("catalog",),
    columns=(
        Column(name="name", help="Name that people read.", type=text(), required=True, example="Field sales"),
        Column(
            name="roles",
            help="Job titles that it is for; empty for all.",
            type=several(text()),
            default=(),
            example="Account Executive | Sales Engineer",
        ),
        Column(
            name="device",
            help="SKU of the device.",
            type=_SKU,
            refers=_product(ProductKind.DEVICE),
            required=True,
            example="IPHONE-17-256",
        ),
        Column(
            name="plan",
            help="SKU of the plan.",
            type=_SKU,
            refers=_product(ProductKind.PLAN),
            required=True,
            example="NW-UNLIMITED",
        ),
        Column(
            name="features",
            help="SKUs of features. An order with the kit asks for the last day of those for roaming or a trial.",
            type=several(_SKU),
            default=(),
            refers=_product(ProductKind.FEATURE),
            several=True,
            example="NW-ROAM-NA",
        ),
        Column(
            name="accessories",
            help="SKUs of accessories.",
            type=several(_SKU),
            default=(),
            refers=_product(ProductKind.ACCESSORY),
            several=True,
            example="CASE-IP17",
        ),
        Column(name="active", help="Whether it can be chosen.", type=YES_OR_NO, default=True, example="yes"),
    ),
)
