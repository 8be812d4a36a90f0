"""Products at the contract price of the account that pays; list prices stay in their table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, TEXT, ColumnElement, String, any_, func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, or_, select

from models.db.catalog.tables import PriceRow, ProductRow
from models.db.hierarchy import accounts_above
from models.db.session import Session
from models.db.statement import Statement, param
from models.errors import NotFound
from models.facts import Person
from models.product import Product, ProductKind

_TENANT = param("tenant")
# What each statement about offers selects.
_OFFER = (ProductRow, None, None)


def _is_one_of(name: str) -> ColumnElement[bool]:
    """A ProductRow has one of the SKUs of this parameter."""
    return col(ProductRow.sku) == any_(param(name, ARRAY(TEXT)))


def _is_if_given(column: Any, name: str) -> ColumnElement[bool]:
    """The column has the value of this parameter, if there is one."""
    return or_(param(name, String).is_(None), col(column) == param(name, String))


def _offers() -> Any:
    """Products with the contract price of the nearest account, upwards from this one, that has a price.

    They are active, or in `held`.
    """
    above = accounts_above(_TENANT, param("account_id"))
    nearest = (
        select(col(PriceRow.sku), col(PriceRow.one_time), col(PriceRow.monthly))
        .join(above, col(PriceRow.account_id) == above.c.id)
        .where(col(PriceRow.tenant) == _TENANT)
        .ext(distinct_on(col(PriceRow.sku)))
        .order_by(col(PriceRow.sku), above.c.distance)
        .subquery("nearest")
    )
    return (
        select(ProductRow, nearest.c.one_time, nearest.c.monthly)
        .join(nearest, col(ProductRow.sku) == nearest.c.sku)
        .where(col(ProductRow.tenant) == _TENANT, or_(col(ProductRow.active), _is_one_of("held")))
    )


def _with_what_comes() -> ColumnElement[bool]:
    """A ProductRow is one of the `skus`, or the plan or a feature that comes with one of them."""
    named = (col(ProductRow.tenant) == _TENANT, _is_one_of("skus"))
    attributes = col(ProductRow.attributes)
    plans = select(attributes["default_plan"].as_string()).where(*named)
    features = select(func.jsonb_array_elements_text(attributes["requires"])).where(*named)
    return or_(_is_one_of("skus"), col(ProductRow.sku).in_(plans), col(ProductRow.sku).in_(features))


_VISIBLE = Statement[tuple[ProductRow, Decimal, Decimal]](
    _offers()
    .where(
        _is_if_given(ProductRow.kind, "kind"),
        or_(col(ProductRow.carrier).is_(None), _is_if_given(ProductRow.carrier, "carrier")),
    )
    .order_by(col(ProductRow.kind), col(ProductRow.carrier), col(ProductRow.name), col(ProductRow.sku)),
    *_OFFER,
)
_NAMED = Statement[tuple[ProductRow, Decimal, Decimal]](
    _offers().where(or_(_with_what_comes(), _is_one_of("held"))), *_OFFER
)
_NAMES = Statement[tuple[str, str]](
    select(ProductRow.sku, ProductRow.name).where(col(ProductRow.tenant) == _TENANT, _is_one_of("skus"))
)
_AT_CARRIER = Statement[tuple[str, str | None, str | None]](
    select(
        col(ProductRow.sku),
        col(ProductRow.attributes)["tac"].as_string(),
        col(ProductRow.offerings)[param("carrier", String)].as_string(),
    ).where(col(ProductRow.tenant) == _TENANT, _is_one_of("skus"))
)


async def visible_to(
    session: Session,
    person: Person,
    *,
    account_id: str | None = None,
    kind: ProductKind | None = None,
    carrier: str | None = None,
    held: Collection[str] = (),
) -> tuple[Product, ...]:
    """Products the person can choose, by kind, carrier and name; priced for `account_id`, else for their account.

    A product without a carrier fits every carrier. A product without a contract price is left out. The SKUs in `held`
    are included though the person can't choose them (`visible` False).
    """
    offers = await session.all(
        _VISIBLE,
        tenant=person.tenant,
        account_id=account_id or person.account_id or "",
        kind=kind,
        carrier=carrier,
        held=[*held],
    )
    found = (_product(*offer, groups=person.groups) for offer in offers)
    return tuple(product for product in found if product.visible or product.sku in held)


async def by_sku(
    session: Session, person: Person, account_id: str, skus: Collection[str], *, held: Collection[str] = ()
) -> dict[str, Product]:
    """These SKUs, and the plans and features that come with them, as the account can buy them.

    Products the person can't see are included, with `visible` False; so are those in `held`, even if they are no longer
    sold.
    """
    offers = await session.all(_NAMED, tenant=person.tenant, account_id=account_id, skus=[*skus], held=[*held])
    return {offer[0].sku: _product(*offer, groups=person.groups) for offer in offers}


async def is_visible(session: Session, person: Person, sku: str) -> bool:
    """Whether the person can choose a product of the catalog, if it has a price for them. Raises NotFound."""
    query = select(ProductRow).where(col(ProductRow.tenant) == person.tenant, col(ProductRow.sku) == sku)
    row = await session.first(query)
    if row is None:
        raise NotFound
    return _is_visible(row, person.groups)


def _is_visible(row: ProductRow, groups: frozenset[str]) -> bool:
    return row.active and (not row.groups or not groups.isdisjoint(row.groups))


def _product(row: ProductRow, one_time: Decimal, monthly: Decimal, *, groups: frozenset[str]) -> Product:
    return Product(
        sku=row.sku,
        kind=ProductKind(row.kind),
        name=row.name,
        carrier=row.carrier,
        one_time=one_time,
        monthly=monthly,
        currency=row.currency,
        fits=frozenset(row.fits),
        attributes=row.attributes,
        visible=_is_visible(row, groups),
        active=row.active,
        in_policy=row.in_policy,
    )


async def product_names(session: Session, tenant: str, skus: Collection[str]) -> Mapping[str, str]:
    """Product names by SKU."""
    return dict(await session.all(_NAMES, tenant=tenant, skus=[*skus]))


async def known_skus(session: Session, tenant: str, skus: Collection[str]) -> Mapping[str, ProductRow]:
    """Products by SKU, also those that are no longer sold."""
    query = select(ProductRow).where(col(ProductRow.tenant) == tenant, col(ProductRow.sku).in_(skus))
    return {row.sku: row for row in await session.all(query)}


async def sold(session: Session, tenant: str) -> list[ProductRow]:
    """The products that are sold, by carrier and name."""
    query = select(ProductRow).where(col(ProductRow.tenant) == tenant, col(ProductRow.active))
    return await session.all(query.order_by(col(ProductRow.carrier), col(ProductRow.name)))


@dataclass(frozen=True, kw_only=True)
class ProductAtCarrier:
    """What a carrier knows a product by: a device by its type allocation code (the first 8 digits of the IMEI)."""

    tac: str | None
    offering: str | None


async def at_carrier(session: Session, tenant: str, carrier: str, skus: Collection[str]) -> dict[str, ProductAtCarrier]:
    """These products by SKU, as the carrier knows them."""
    rows = await session.all(_AT_CARRIER, tenant=tenant, carrier=carrier, skus=[*skus])
    return {sku: ProductAtCarrier(tac=tac, offering=offering) for sku, tac, offering in rows}
