from collections import Counter

from sqlmodel import col, select

from demo.company import carrier_products
from demo.simulator.personality import BLUEPEAK
from demo.simulator.sold_products import SoldProduct, SoldProducts
from demo.simulator.store import Store
from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.session import Database
from models.inventory import LineStatus


async def test_the_carriers_know_every_line_that_is_not_given_up(company: Database) -> None:
    known = await carrier_products(company)
    async with company.transaction() as session:
        lines = await session.all(select(LineRow))
    kept = [line for line in lines if line.status != LineStatus.TERMINATED]
    assert Counter(line.carrier for line in kept) == {carrier: len(products) for carrier, products in known.items()}
    ids = {line.mdn: (line.carrier_product_id, line.status in ENDED_LINE_STATUSES) for line in kept}
    products = [one for of_carrier in known.values() for one in of_carrier]
    assert {one["characteristics"]["MDN"]: (one["id"], not one.get("active", True)) for one in products} == ids
    assert len({product_id for product_id, _ in ids.values()}) == len(kept) < len(lines)


async def test_the_carrier_has_given_up_the_number_that_is_disconnected_longest(
    company: Database,
) -> None:
    products = [SoldProduct(**one) for one in (await carrier_products(company))[BLUEPEAK.code]]
    sold = SoldProducts(Store(None), BLUEPEAK.recover_days)
    sold.seed(products)
    async with company.transaction() as session:
        ended = select(LineRow).where(col(LineRow.disconnected_on).is_not(None))
        lines = await session.all(ended.order_by(col(LineRow.disconnected_on).desc()))
    assert [sold.keeps_number(line.mdn or "") for line in lines] == [True, True, False]


async def test_every_line_is_charged_to_an_account_of_its_carrier(company: Database) -> None:
    async with company.transaction() as session:
        charged = {(line.tenant, line.carrier, line.carrier_account) for line in await session.all(select(LineRow))}
    assert charged == {
        ("acme", "northwind", "287301190"),
        ("acme", "bluepeak", "9400118820"),
        ("acme", "bluepeak", "9400118838"),
        ("globex", "northwind", "287309925"),
    }
