"""Pages, filters and attribute selection, through the list of orders."""

import pytest

from tests.demo.simulator.kit import Client, plan


async def place_three(client: Client) -> None:
    for number in (1, 2, 3):
        await client.place(plan(), externalId=f"E{number}", category="phones")


async def test_a_page_says_how_many_there_are(client: Client) -> None:
    await place_three(client)
    answer = await client.http.get("/productOrder", params={"offset": 1, "limit": 1})
    assert [order["externalId"] for order in answer.json()] == ["E2"]
    assert (answer.headers["X-Total-Count"], answer.headers["X-Result-Count"]) == ("3", "1")


async def test_a_page_behind_the_end_is_empty(client: Client) -> None:
    await place_three(client)
    answer = await client.http.get("/productOrder", params={"offset": 9})
    assert answer.json() == []
    assert answer.headers["X-Total-Count"] == "3"


async def test_an_order_is_found_by_its_external_id(client: Client) -> None:
    await place_three(client)
    answer = await client.http.get("/productOrder", params={"externalId": "E3"})
    assert [order["externalId"] for order in answer.json()] == ["E3"]
    assert answer.headers["X-Total-Count"] == "1"


async def test_filters_are_combined(client: Client) -> None:
    await place_three(client)
    wanted = {"externalId": "E3", "category": "tablets"}
    assert (await client.http.get("/productOrder", params=wanted)).json() == []


async def test_repeated_filters_are_alternatives(client: Client) -> None:
    await place_three(client)
    answer = await client.http.get("/productOrder?externalId=E1&externalId=E2")
    assert len(answer.json()) == 2


async def test_only_the_attributes_asked_for_are_shown_besides_id_and_href(client: Client) -> None:
    order = await client.place(plan(), externalId="E1")
    for path in ("/productOrder", f"/productOrder/{order['id']}"):
        shown = (await client.http.get(path, params={"fields": "state, externalId"})).json()
        assert set(shown[0] if isinstance(shown, list) else shown) == {"id", "href", "state", "externalId"}


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "offset=-1", "colour=red", "limit=²"])
async def test_a_query_that_makes_no_sense_is_refused(client: Client, query: str) -> None:
    answer = await client.http.get(f"/productOrder?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalidRequest"
