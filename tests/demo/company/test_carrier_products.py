from collections import Counter

from sqlmodel import select

from demo.company import carrier_products
from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.session import Database


async def test_the_carriers_know_every_line_in_use_and_no_other(company: Database) -> None:
    known = await carrier_products(company)
    async with company.transaction() as session:
        lines = await session.all(select(LineRow))
    in_use = [line for line in lines if line.status not in ENDED_LINE_STATUSES]
    assert Counter(line.carrier for line in in_use) == {carrier: len(products) for carrier, products in known.items()}
    ids = {line.mdn: line.carrier_product_id for line in in_use}
    products = [one for of_carrier in known.values() for one in of_carrier]
    assert {one["characteristics"]["MDN"]: one["id"] for one in products} == ids
    assert len(set(ids.values())) == len(in_use) < len(lines)


async def test_every_line_is_charged_to_an_account_of_its_carrier(company: Database) -> None:
    async with company.transaction() as session:
        charged = {(line.tenant, line.carrier, line.carrier_account) for line in await session.all(select(LineRow))}
    assert charged == {
        ("acme", "northwind", "287301190"),
        ("acme", "bluepeak", "9400118820"),
        ("acme", "bluepeak", "9400118838"),
        ("globex", "northwind", "287309925"),
    }
