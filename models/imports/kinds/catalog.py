from collections.abc import Iterator
from dataclasses import replace

from models.cell_type import (
    COUNTRIES_OR_ALL,
    MONEY,
    YES_OR_NO,
    by_name,
    name_of_a_thing,
    one_of,
    several,
    text,
    whole_number,
)
from models.imports.kind import Column, ImportKind, Reference, Texts, Wrong
from models.product import ProductKind

_PRODUCT = Reference(kind="catalog", by_key=True)
_PLAN = replace(_PRODUCT, only={"kind": ProductKind.PLAN})
_FEATURE = replace(_PRODUCT, only={"kind": ProductKind.FEATURE})


def _check(texts: Texts) -> Iterator[Wrong]:
    if texts.get("shared_primary") and texts["shared_primary"] == texts.get("sku"):
        yield Wrong(column="shared_primary", detail="A plan doesn't share its own data.")


CATALOG = ImportKind(
    code="catalog",
    title="Catalog",
    noun="product",
    about="Devices, plans, features and accessories. People see a product once it has a contract price.",
    table="product",
    key=("sku",),
    check=_check,
    columns=(
        Column(
            name="sku",
            help="Code of the product.",
            type=name_of_a_thing(64),
            required=True,
            example="IPHONE-17-256",
        ),
        Column(
            name="kind",
            help="`device`, `plan`, `feature` or `accessory`.",
            type=one_of(*ProductKind),
            required=True,
            example="device",
        ),
        Column(name="name", help="Name that people read.", type=text(), required=True, example="iPhone 17 256 GB"),
        Column(
            name="carrier",
            help="Code of the carrier that sells it; empty if it fits every carrier.",
            type=name_of_a_thing(),
            refers=Reference(kind="carriers", by_key=True),
            example="northwind",
        ),
        Column(name="one_time", help="List price.", type=MONEY, default=0, example="829.99"),
        Column(name="monthly", help="List price per month.", type=MONEY, default=0, example="0.00"),
        Column(
            name="fits",
            help="SKUs of the products it goes with: of a plan its devices, of a feature its plans; empty for all.",
            type=several(name_of_a_thing(64)),
            default=(),
            refers=_PRODUCT,
            several=True,
            example="IPHONE-17-256",
        ),
        Column(
            name="groups",
            help="Groups that see it; empty for everyone.",
            type=several(text(64)),
            default=(),
            example="executives",
        ),
        Column(
            name="in_policy",
            help="Whether the purchasing policy allows it.",
            type=YES_OR_NO,
            default=True,
            example="yes",
        ),
        Column(name="active", help="Whether it is still sold.", type=YES_OR_NO, default=True, example="yes"),
        Column(
            name="offerings",
            help="The carriers' own IDs of it, by carrier.",
            type=by_name(text(100)),
            example="northwind=PO-NW-UNLIMITED",
        ),
        Column(
            name="tac",
            field="attributes.tac",
            help="Of a device: the first 8 digits of its IMEIs, as text.",
            type=name_of_a_thing(8),
            example="35910111",
        ),
        Column(name="brand", field="attributes.brand", help="Of a device.", type=text(64), example="Apple"),
        Column(name="model", field="attributes.model", help="Of a device.", type=text(64), example="iPhone 17"),
        Column(name="storage", field="attributes.storage", help="Of a device.", type=text(64), example="256 GB"),
        Column(name="color", field="attributes.color", help="Of a device.", type=text(64), example="Black"),
        Column(
            name="form",
            field="attributes.form",
            help="Of a device, such as `phone`, `tablet` or `hotspot`.",
            type=text(64),
            example="phone",
        ),
        Column(
            name="sim_types",
            field="attributes.sim_types",
            help="Of a device: `eSIM`, `pSIM` or both, the usual one first.",
            type=several(one_of("eSIM", "pSIM")),
            example="eSIM | pSIM",
        ),
        Column(
            name="default_plan",
            field="attributes.default_plan",
            help="Of a device: SKU of its plan, where the usual one of the carrier doesn't fit.",
            type=name_of_a_thing(64),
            refers=_PLAN,
            example="IPHONE-17-256",
        ),
        Column(
            name="data_gb",
            field="attributes.data_gb",
            help="Of a plan: gigabytes per month, 0 for any amount.",
            type=whole_number(0, 100_000),
            example="10",
        ),
        Column(
            name="voice",
            field="attributes.voice",
            help="Of a plan: whether it has calls.",
            type=YES_OR_NO,
            example="yes",
        ),
        Column(
            name="requires",
            field="attributes.requires",
            help="SKUs of the features that come with it.",
            type=several(name_of_a_thing(64)),
            refers=_FEATURE,
            several=True,
            example="IPHONE-17-256",
        ),
        Column(
            name="roaming",
            field="attributes.roaming",
            help="Of a feature: the countries where it works, by the two letters of ISO 3166, or `all`.",
            type=COUNTRIES_OR_ALL,
            example="CA | MX",
        ),
        Column(
            name="trial",
            field="attributes.trial",
            help="Of a feature: whether it is a trial, which has a last day.",
            type=YES_OR_NO,
            example="no",
        ),
        Column(
            name="conflicts",
            field="attributes.conflicts",
            help="SKUs of the features that it can't be on together with.",
            type=several(name_of_a_thing(64)),
            refers=_FEATURE,
            several=True,
            example="IPHONE-17-256",
        ),
        Column(
            name="pool_minimum",
            help="Of a shared plan: how many lines of a billing account have to have it.",
            type=whole_number(2, 100_000),
            example="3",
        ),
        Column(
            name="shared_primary",
            help="Of a plan that uses the data of another one: SKU of that plan.",
            type=name_of_a_thing(64),
            refers=_PLAN,
            example="NW-SHARE-50",
        ),
    ),
)
