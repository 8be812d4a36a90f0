"""The catalog as different people see it: their choice, their prices."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import update
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow
from models.db.catalog import products
from models.db.catalog.tables import PriceRow, ProductRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Database
from models.facts import Person, Product, ProductKind


async def _person(database: Database, name: str) -> Person:
    async with database.transaction() as session:
        return lookup.person((await session.exec(select(PersonRow).where(col(PersonRow.name) == name))).one())


async def _seen(
    database: Database,
    name: str = "Jordan Blake",
    *,
    kind: ProductKind | None = None,
    carrier: str | None = None,
    account_id: str | None = None,
) -> Mapping[str, Product]:
    person = await _person(database, name)
    async with database.transaction() as session:
        found = await products.visible_to(session, person, kind=kind, carrier=carrier, account_id=account_id)
    return {product.sku: product for product in found}


async def _agree(database: Database, number: str, sku: str, price: str) -> str:
    """Give one account a price of its own; returns the account's id."""
    async with database.transaction() as session:
        account = (await session.exec(select(AccountRow).where(col(AccountRow.number) == number))).one()
        session.add(
            PriceRow(tenant="acme", account_id=account.id, sku=sku, one_time=Decimal(price), monthly=Decimal(0))
        )
        return account.id


async def test_two_people_see_two_catalogs(company: Database) -> None:
    employee, executive = await _seen(company), await _seen(company, "Marcus Webb")
    assert set(executive) - set(employee) == {"IPHONE-17-PRO-MAX-512", "GALAXY-S26-ULTRA-512"}
    assert set(employee) < set(executive)


async def test_prices_are_the_companys_not_the_list(company: Database) -> None:
    phone = (await _seen(company))["IPHONE-17-256"]
    assert (phone.one_time, phone.monthly) == (Decimal("792.00"), Decimal("0.00"))


async def test_no_list_price_appears_anywhere(company: Database) -> None:
    async with company.transaction() as session:
        rows = (await session.exec(select(ProductRow).where(col(ProductRow.tenant) == "acme"))).all()
    listed = {row.sku: (row.one_time, row.monthly) for row in rows}
    seen = await _seen(company, "Evelyn Park")
    assert seen
    assert all((product.one_time, product.monthly) != listed[sku] for sku, product in seen.items())


async def test_the_nearest_account_upwards_sets_the_price(company: Database) -> None:
    await _agree(company, "FA-1100", "IPHONE-17-256", "700.00")
    assert (await _seen(company))["IPHONE-17-256"].one_time == Decimal("700.00")
    await _agree(company, "FA-1110", "IPHONE-17-256", "650.00")
    assert (await _seen(company))["IPHONE-17-256"].one_time == Decimal("650.00")
    assert (await _seen(company, "Theo Marsh"))["IPHONE-17-256"].one_time == Decimal("792.00")


async def test_the_account_that_pays_may_be_another(company: Database) -> None:
    fleet = await _agree(company, "FA-1210", "IPHONE-17-256", "600.00")
    assert (await _seen(company, account_id=fleet))["IPHONE-17-256"].one_time == Decimal("600.00")


async def test_what_has_no_contract_price_or_is_no_longer_sold_is_not_there(company: Database) -> None:
    assert not {"IPHONE-15-128", "PIXEL-9-128"} & set(await _seen(company, "Evelyn Park"))


async def test_the_list_narrows_by_kind_and_carrier(company: Database) -> None:
    plans = await _seen(company, kind=ProductKind.PLAN)
    blue = await _seen(company, carrier="bluepeak")
    assert len(plans) == 12
    assert {product.kind for product in plans.values()} == {ProductKind.PLAN}
    assert {product.carrier for product in blue.values()} == {"bluepeak", None}


async def test_a_tenant_sells_to_its_own_people_only(company: Database) -> None:
    theirs = await _seen(company, "Mina Sato")
    assert {product.carrier for product in theirs.values()} == {"northwind", None}
    async with company.transaction() as session:
        ours = (await session.exec(select(AccountRow.id).where(col(AccountRow.number) == "FA-1000"))).one()
    assert await _seen(company, "Mina Sato", account_id=ours) == {}


async def test_named_products_bring_the_plan_and_features_that_come_with_them(company: Database) -> None:
    jordan = await _person(company, "Jordan Blake")
    async with company.transaction() as session:
        named = await products.by_sku(session, jordan, jordan.account_id or "", ["IPAD-11-128", "NW-UNLIMITED-PLUS"])
    assert set(named) == {"IPAD-11-128", "NW-TABLET", "NW-UNLIMITED-PLUS", "NW-ROAM-NA"}


async def test_what_one_may_not_see_is_marked_not_left_out(company: Database) -> None:
    jordan = await _person(company, "Jordan Blake")
    async with company.transaction() as session:
        named = await products.by_sku(session, jordan, jordan.account_id or "", ["IPHONE-17-PRO-MAX-512"])
        assert not named["IPHONE-17-PRO-MAX-512"].visible
        everybody = update(ProductRow).where(col(ProductRow.sku) == "IPHONE-17-PRO-MAX-512").values(groups=[])
        await session.exec(everybody)
    assert "IPHONE-17-PRO-MAX-512" in await _seen(company)
