"""People are found by their names in whatever accents, apostrophes, case, width and order."""

import pytest
from sqlmodel import col, update

from models.db.inventory.tables import LineRow
from models.db.people.tables import PersonRow
from tests.api.api_client import ApiTenant
from tests.api.orders.test_line_orders import line_of
from tests.api.signed_out_browser import HTML

SPELLINGS = [
    ("José Núñez", "nunez"),
    ("José Núñez", "NÚÑEZ jose"),
    ("José Núñez", "Jose\u0301 Nun\u0303ez"),
    ("Siobhán O'Brien", "O\u2019Brien"),
    ("Siobhán O\u2019Brien", "o'brien"),
    ("Siobhán O'Brien", "obrien siobhan"),
    ("Anne-Marie Weiß", "annemarie weiss"),
    ("Bjørn Łukasz", "bjorn lukasz"),
    ("\uff39uki Tanaka", "yuki"),
    ("Юлия Ж.", "юлия"),
]
pytestmark = pytest.mark.fault("31")


async def rename(office: ApiTenant, person_id: str, name: str) -> None:
    async with office.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == person_id).values(name=name))


async def test_the_person_their_line_and_their_orders_are_found(office: ApiTenant) -> None:
    number = (await office.order())["number"]
    person_id = (await office.row("Jordan")).id
    line = await line_of(office, "Aaron")
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, (line.tenant, line.id))).person_id = person_id
    async with await office.client("Priya") as client:
        for name, typed in SPELLINGS:
            await rename(office, person_id, name)
            found = (await client.get("/api/v1/search", params={"q": typed})).json()
            orders = (await client.get("/api/v1/orders", params={"q": typed})).json()["items"]
            page = (await client.get("/admin/orders", params={"q": typed}, headers=HTML)).text
            assert [one["id"] for one in found["people"]] == [person_id], typed
            assert {one["holder"]["id"] for one in found["lines"]} == {person_id}, typed
            assert [one["number"] for one in found["orders"]] == [one["number"] for one in orders] == [number], typed
            assert f'href="/admin/orders/{number}"' in page, typed


async def test_other_names_are_not_found(office: ApiTenant) -> None:
    await rename(office, (await office.row("Jordan")).id, "José Núñez")
    async with await office.client("Priya") as client:
        assert (await client.get("/api/v1/search", params={"q": "nuno"})).json()["people"] == []
