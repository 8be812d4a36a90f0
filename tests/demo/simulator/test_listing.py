"""Pages, filters and attribute selection, through the list of orders."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from demo.simulator import listing
from demo.simulator.app import create_app
from tests.demo.simulator.simulator_client import Client, connect, settings, suspension


async def place_three(client: Client) -> None:
    for number in (1, 2, 3):
        await client.place(suspension(), externalId=f"E{number}", category="phones")


async def test_a_page_has_the_total_count(client: Client) -> None:
    await place_three(client)
    answer = await client.http.get("/productOrder", params={"offset": 1, "limit": 1})
    assert [order["externalId"] for order in answer.json()] == ["E2"]
    assert (answer.status_code, answer.headers["X-Total-Count"], answer.headers["X-Result-Count"]) == (200, "3", "1")


async def test_a_page_after_the_end_is_empty(client: Client) -> None:
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
    query = {"externalId": "E3", "category": "tablets"}
    assert (await client.http.get("/productOrder", params=query)).json() == []


async def test_repeated_filters_are_alternatives(client: Client) -> None:
    await place_three(client)
    answer = await client.http.get("/productOrder?externalId=E1&externalId=E2")
    assert len(answer.json()) == 2


async def test_fields_selects_attributes_besides_id_and_href(client: Client) -> None:
    order = await client.place(suspension(), externalId="E1")
    for path in ("/productOrder", f"/productOrder/{order['id']}"):
        shown = (await client.http.get(path, params={"fields": "state, externalId"})).json()
        assert set(shown[0] if isinstance(shown, list) else shown) == {"id", "href", "state", "externalId"}


def link_queries(answer: httpx2.Response) -> dict[str, dict[str, str]]:
    """The query of each link to another page."""
    links = {rel: link["url"] for rel, link in answer.links.items() if rel is not None}
    return {rel: dict(parse_qsl(urlsplit(url).query)) for rel, url in links.items()}


@pytest.mark.parametrize(
    ("offset", "limit", "pages"),
    [
        (0, 1, {"first": 0, "next": 1, "last": 4}),
        (2, 2, {"first": 0, "prev": 0, "next": 4, "last": 4}),
        (1, 2, {"first": 0, "prev": 0, "next": 3, "last": 4}),
        (4, 2, {"first": 0, "prev": 2, "last": 4}),
        (9, 2, {"first": 0, "prev": 3, "last": 4}),
        (0, 5, {}),
        (0, 9, {}),
    ],
)
async def test_a_page_links_to_the_other_pages(client: Client, offset: int, limit: int, pages: dict[str, int]) -> None:
    for _ in range(5):
        await client.place(suspension(), category="phones")
    query: dict[str, str | int] = {"category": "phones", "offset": offset, "limit": limit}
    answer = await client.http.get("/productOrder", params=query)
    common = {"category": "phones", "limit": str(limit)}
    assert link_queries(answer) == {rel: {**common, "offset": str(start)} for rel, start in pages.items()}


async def test_the_links_lead_through_the_whole_list_oldest_first(client: Client) -> None:
    placed = [(await client.place(suspension()))["id"] for _ in range(5)]
    answer = await client.http.get("/productOrder", params={"limit": 2, "fields": "id"})
    found = [order["id"] for order in answer.json()]
    while "next" in answer.links:
        answer = await client.http.get(answer.links["next"]["url"])
        found += [order["id"] for order in answer.json()]
    assert found == placed


async def test_the_page_size_is_limited(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "LONGEST_PAGE", 2)
    await place_three(client)
    for query in ("", "?limit=50"):
        answer = await client.http.get(f"/productOrder{query}")
        assert (len(answer.json()), answer.headers["X-Total-Count"]) == (2, "3")
        assert link_queries(answer)["next"] == {"offset": "2", "limit": "2"}


async def test_a_list_keeps_its_order_after_a_restart(tmp_path: Path) -> None:
    stored = settings(data_directory=tmp_path)
    async with connect(create_app(stored)) as client:
        placed = [(await client.place(suspension()))["id"] for _ in range(5)]
    async with connect(create_app(stored)) as client:
        assert [order["id"] for order in (await client.http.get("/productOrder")).json()] == placed


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=", "offset=-1", "offset=1.5", "limit=²", "limit=1" + "0" * 5000]
)
async def test_an_invalid_query_is_rejected(client: Client, query: str) -> None:
    answer = await client.http.get(f"/productOrder?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalidRequest"
