"""The catalog of the sample company, as different people see it."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import update
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow
from models.db.catalog import products
from models.db.catalog.tables import PriceRow, ProductRow
from models.db.session import Database
from models.product import Product, ProductKind
from tests.fixtures.company import person_named


async def _visible(
    database: Database,
    name: str = "Jordan Blake",
    *,
    kind: ProductKind | None = None,
    carrier: str | None = None,
    account_id: str | None = None,
) -> Mapping[str, Product]:
    person = await person_named(database, name)
    async with database.transaction() as session:
        found = await products.visible_to(session, person, kind=kind, carrier=carrier, account_id=account_id)
    return {product.sku: product for product in found}


async def _set_price(database: Database, number: str, sku: str, price: str) -> str:
    """Give an account its own contract price; returns the account's id."""
    async with database.transaction() as session:
        account = (await session.exec(select(AccountRow).where(col(AccountRow.number) == number))).one()
        session.add(
            PriceRow(tenant="acme", account_id=account.id, sku=sku, one_time=Decimal(price), monthly=Decimal(0))
        )
        return account.id


async def test_executives_see_products_that_employees_do_not(company: Database) -> None:
    employee, executive = await _visible(company), await _visible(company, "Marcus Webb")
    assert set(executive) - set(employee) == {"IPHONE-17-PRO-MAX-512", "GALAXY-S26-ULTRA-512"}
    assert set(employee) < set(executive)


async def test_prices_are_contract_prices(company: Database) -> None:
    phone = (await _visible(company))["IPHONE-17-256"]
    assert (phone.one_time, phone.monthly) == (Decimal("792.00"), Decimal("0.00"))


async def test_list_prices_are_never_shown(company: Database) -> None:
    async with company.transaction() as session:
        rows = (await session.exec(select(ProductRow).where(col(ProductRow.tenant) == "acme"))).all()
    listed = {row.sku: (row.one_time, row.monthly) for row in rows}
    seen = await _visible(company, "Evelyn Park")
    assert seen
    assert all((product.one_time, product.monthly) != listed[sku] for sku, product in seen.items())


async def test_the_nearest_account_upwards_sets_the_price(company: Database) -> None:
    await _set_price(company, "FA-1100", "IPHONE-17-256", "700.00")
    assert (await _visible(company))["IPHONE-17-256"].one_time == Decimal("700.00")
    await _set_price(company, "FA-1110", "IPHONE-17-256", "650.00")
    assert (await _visible(company))["IPHONE-17-256"].one_time == Decimal("650.00")
    assert (await _visible(company, "Theo Marsh"))["IPHONE-17-256"].one_time == Decimal("792.00")


async def test_products_are_priced_for_the_account_that_pays(company: Database) -> None:
    fleet = await _set_price(company, "FA-1210", "IPHONE-17-256", "600.00")
    assert (await _visible(company, account_id=fleet))["IPHONE-17-256"].one_time == Decimal("600.00")


async def test_products_without_a_contract_price_or_no_longer_sold_are_left_out(company: Database) -> None:
    assert not {"IPHONE-15-128", "PIXEL-9-128"} & set(await _visible(company, "Evelyn Park"))


async def test_products_are_filtered_by_kind_and_carrier(company: Database) -> None:
    plans = await _visible(company, kind=ProductKind.PLAN)
    blue = await _visible(company, carrier="bluepeak")
    assert len(plans) == 14
    assert {product.kind for product in plans.values()} == {ProductKind.PLAN}
    assert {product.carrier for product in blue.values()} == {"bluepeak", None}


async def test_products_of_another_tenant_are_not_visible(company: Database) -> None:
    theirs = await _visible(company, "Mina Sato")
    assert {product.carrier for product in theirs.values()} == {"northwind", None}
    async with company.transaction() as session:
        ours = (await session.exec(select(AccountRow.id).where(col(AccountRow.number) == "FA-1000"))).one()
    assert await _visible(company, "Mina Sato", account_id=ours) == {}


async def test_products_by_sku_include_their_default_plan_and_features(company: Database) -> None:
    jordan = await person_named(company, "Jordan Blake")
    async with company.transaction() as session:
        named = await products.by_sku(session, jordan, jordan.account_id or "", ["IPAD-11-128", "NW-UNLIMITED-PLUS"])
    assert set(named) == {"IPAD-11-128", "NW-TABLET", "NW-UNLIMITED-PLUS", "NW-ROAM-NA"}


async def test_products_by_sku_include_invisible_ones(company: Database) -> None:
    jordan = await person_named(company, "Jordan Blake")
    async with company.transaction() as session:
        named = await products.by_sku(session, jordan, jordan.account_id or "", ["IPHONE-17-PRO-MAX-512"])
        assert not named["IPHONE-17-PRO-MAX-512"].visible
        for_everyone = update(ProductRow).where(col(ProductRow.sku) == "IPHONE-17-PRO-MAX-512").values(groups=[])
        await session.exec(for_everyone)
    assert "IPHONE-17-PRO-MAX-512" in await _visible(company)
