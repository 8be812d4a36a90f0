"""People are found by their names in whatever accents, apostrophes, case, width and order."""

import pytest
from sqlmodel import col, update

from models.db.people.tables import PersonRow
from tests.api.api_client import ApiTenant
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


async def rename(office: ApiTenant, name: str) -> str:
    """Give Jordan this name; returns Jordan's id."""
    row = await office.row("Jordan")
    async with office.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == row.id).values(name=name))
    return row.id


@pytest.mark.parametrize(("name", "typed"), SPELLINGS)
async def test_the_person_their_line_and_their_orders_are_found(office: ApiTenant, name: str, typed: str) -> None:
    placed = await office.order()
    person_id = await rename(office, name)
    async with await office.client("Priya") as client:
        found = (await client.get("/api/v1/search", params={"q": typed})).json()
        orders = (await client.get("/api/v1/orders", params={"q": typed})).json()["items"]
        page = (await client.get("/admin/orders", params={"q": typed}, headers=HTML)).text
    assert [one["id"] for one in found["people"]] == [person_id]
    assert {one["holder"]["id"] for one in found["lines"]} <= {person_id}
    assert [one["number"] for one in found["orders"]] == [one["number"] for one in orders] == [placed["number"]]
    assert f'href="/admin/orders/{placed["number"]}"' in page


async def test_other_names_are_not_found(office: ApiTenant) -> None:
    await rename(office, "José Núñez")
    async with await office.client("Priya") as client:
        assert (await client.get("/api/v1/search", params={"q": "nuno"})).json()["people"] == []
