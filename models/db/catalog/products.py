"""What can be bought, at the contract price of the account that pays. List prices stay in their table."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, or_, select

from models.db.accounts import account_tree
from models.db.catalog.tables import PriceRow, ProductRow
from models.db.session import Session
from models.facts import Person, Product, ProductKind


async def visible_to(
    session: Session,
    person: Person,
    *,
    account_id: str | None = None,
    kind: ProductKind | None = None,
    carrier: str | None = None,
) -> tuple[Product, ...]:
    """What a person may choose from, by kind, carrier and name; priced for `account_id`, else their account.

    Products of no carrier go with each. What the account has no contract price for is not for sale.
    """
    query = _offers(person.tenant, account_id or person.account_id)
    if kind is not None:
        query = query.where(col(ProductRow.kind) == kind)
    if carrier is not None:
        query = query.where(or_(col(ProductRow.carrier).is_(None), col(ProductRow.carrier) == carrier))
    columns = (col(ProductRow.kind), col(ProductRow.carrier), col(ProductRow.name), col(ProductRow.sku))
    offered = await session.exec(query.order_by(*columns))
    products = (product(row, one_time, monthly, person.groups) for row, one_time, monthly in offered.all())
    return tuple(product for product in products if product.visible)


async def by_sku(session: Session, person: Person, account_id: str, skus: Collection[str]) -> dict[str, Product]:
    """What the account may buy of these SKUs and of the plans and features that come with them, visible or not."""
    named = (col(ProductRow.tenant) == person.tenant, col(ProductRow.sku).in_(skus))
    attributes = col(ProductRow.attributes)
    plans = select(attributes["default_plan"].as_string()).where(*named)
    features = select(func.jsonb_array_elements_text(attributes["requires"])).where(*named)
    wanted = or_(*(col(ProductRow.sku).in_(some) for some in (skus, plans, features)))
    offered = await session.exec(_offers(person.tenant, account_id).where(wanted))
    return {row.sku: product(row, one_time, monthly, person.groups) for row, one_time, monthly in offered.all()}


def product(row: ProductRow, one_time: Decimal, monthly: Decimal, groups: frozenset[str]) -> Product:
    """A catalog entry as the rules see it, at a contract price, for somebody in these groups."""
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
        visible=not row.groups or not groups.isdisjoint(row.groups),
        in_policy=row.in_policy,
    )


def _offers(tenant: str, account_id: str | None) -> Any:
    """Active products with the contract price of the nearest account upwards that has one."""
    line = account_tree.lineage(tenant, account_id or "")
    nearest = (
        select(col(PriceRow.sku), col(PriceRow.one_time), col(PriceRow.monthly))
        .join(line, col(PriceRow.account_id) == line.c.id)
        .where(col(PriceRow.tenant) == tenant)
        .ext(distinct_on(col(PriceRow.sku)))
        .order_by(col(PriceRow.sku), line.c.distance)
        .subquery("nearest")
    )
    return (
        select(ProductRow, nearest.c.one_time, nearest.c.monthly)
        .join(nearest, col(ProductRow.sku) == nearest.c.sku)
        .where(col(ProductRow.tenant) == tenant, col(ProductRow.active))
    )
