"""People are found by their names, email addresses and employee numbers, in any spelling."""

import pytest
from sqlalchemy import text

from tests.api.api_client import ApiTenant

pytestmark = pytest.mark.fault("31")


async def test_a_person_is_found_by_name_email_and_employee_number_in_any_spelling(office: ApiTenant) -> None:
    jordan = await office.row("Jordan")
    order = await office.order()
    number = jordan.employee_number
    async with await office.browser("Priya") as client:
        for typed in ("BLAKE jordan", "Jordán", jordan.email, jordan.email.upper(), number, f"{number} blake"):
            found = (await client.get("/api/v1/people", params={"q": typed})).json()
            assert [one["id"] for one in found] == [jordan.id], typed
            listed = (await client.get("/api/v1/orders", params={"q": typed})).json()["items"]
            assert [one["id"] for one in listed] == [order["id"]], typed


async def test_the_search_follows_a_change_of_the_person(office: ApiTenant) -> None:
    async with office.database.engine.begin() as connection:
        renamed = "UPDATE person SET name = 'José Núñez', email = 'jn@acme.example.com' WHERE name = 'Jordan Blake'"
        await connection.execute(text(renamed))
    async with await office.browser("Priya") as client:
        counts = [
            len((await client.get("/api/v1/people", params={"q": typed})).json())
            for typed in ("jose nunez", "jn@acme", "jordan blake")
        ]
    assert counts == [1, 1, 0]
