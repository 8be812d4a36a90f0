"""Ordering in the portal: forms out of types, drafts, the price before it is sent, and one order for one draft."""

import asyncio
import re

import httpx2
import pytest

from tests.api.api_client import Office
from workflows.order_type_registry import order_types_by_code

PAGE = {"Accept": "text/html"}
NEW = "/order/NEW_SERVICE_DEVICE"
PHONE = {
    "items": "1",
    "items.0.device": "IPHONE-17-256",
    "answers.recurring_charges": "yes",
    "answers.use_policy": "yes",
    "reason": "My phone is four years old.",
}


async def _get(client: httpx2.AsyncClient, path: str) -> httpx2.Response:
    return await client.get(path, headers=PAGE, follow_redirects=True)


async def _post(client: httpx2.AsyncClient, path: str, **said: str) -> httpx2.Response:
    return await client.post(path, data=said, headers=PAGE)


def _hidden(page: httpx2.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
async def test_every_type_has_a_form_that_costs_few_statements(office: Office, code: str) -> None:
    async with await office.client("Dana") as client, office.statements() as seen:
        page = await client.get(f"/order/{code}", headers=PAGE)
    assert page.status_code == 200, page.text
    assert order_types_by_code()[code].title in page.text
    queries = [one for one in seen if one.lstrip().startswith(("SELECT", "WITH"))]
    assert len(queries) <= 8, [len(queries), *queries]


async def test_a_form_says_what_it_would_cost_and_who_decides_before_it_is_sent(office: Office) -> None:
    async with await office.client("Jordan") as client:
        page = await _post(client, f"{NEW}/sheet", **PHONE)
        assert (await client.get("/api/v1/orders")).json()["items"] == []
    assert "$65.00" in page.text
    assert "Dana Ortiz is the manager of Jordan Blake." in page.text
    assert "Everything is answered." in page.text
    assert "<html" not in page.text


async def test_what_is_filled_in_is_kept_and_found_on_every_page(office: Office) -> None:
    async with await office.client("Jordan") as client:
        answer = await _post(client, NEW, **PHONE, do="save")
        assert (answer.status_code, answer.headers["location"]) == (303, NEW)
        form = await _get(client, NEW)
        home = await _get(client, "/")
    assert re.search(r'value="IPHONE-17-256" selected', form.text)
    assert "My phone is four years old." in form.text
    assert "Order in progress" in home.text
    async with await office.client("Dana") as other:
        assert "Order in progress" not in (await _get(other, "/")).text


async def test_a_discarded_order_is_gone(office: Office) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE)
        assert (await _post(client, f"{NEW}/discard")).status_code == 303
        assert 'IPHONE-17-256" selected' not in (await _get(client, NEW)).text


async def test_an_incomplete_order_is_sent_back_with_what_is_missing(office: Office) -> None:
    async with await office.client("Jordan") as client:
        answer = await _post(client, NEW, items="1", do="review")
        page = await _get(client, answer.headers["location"])
    assert page.url.path == NEW
    assert "Device is missing." in page.text
    assert "There are problems" in page.text


async def test_looking_at_a_form_keeps_nothing(office: Office) -> None:
    async with await office.client("Jordan") as client:
        await _get(client, NEW)
        assert "Order in progress" not in (await _get(client, "/")).text


async def test_one_draft_becomes_one_order_however_often_it_is_sent(office: Office) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE, do="review")
        review = await _get(client, f"{NEW}/review")
        sent = {"draft": _hidden(review, "draft"), "seen": _hidden(review, "seen")}
        answers = await asyncio.gather(*(_post(client, f"{NEW}/place", **sent) for _ in range(5)))
        placed = (await client.get("/api/v1/orders")).json()["items"]
        assert "Order in progress" not in (await _get(client, "/")).text
    assert "Field Sales (FA-1110)" in review.text
    assert "My phone is four years old." in review.text
    assert len(placed) == 1
    assert {answer.headers["location"] for answer in answers} == {f"/orders/{placed[0]['id']}"}
    assert set(office.dispatcher.delivered) == {placed[0]["id"]}


async def test_an_order_whose_price_has_changed_is_checked_at_again(office: Office) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE)
        review = await _get(client, f"{NEW}/review")
        answer = await _post(client, f"{NEW}/place", draft=_hidden(review, "draft"), seen="of another price")
        assert (await client.get("/api/v1/orders")).json()["items"] == []
        again = await _get(client, answer.headers["location"])
    assert "The order or its price has changed" in again.text


async def test_lines_are_added_as_copies_and_taken_away(office: Office) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE, do="add")
        two = await _get(client, NEW)
        assert two.text.count('value="IPHONE-17-256" selected') == 2
        await _post(client, NEW, **PHONE | {"items": "2", "items.1.device": "GALAXY-S26"}, do="remove:0")
        one = await _get(client, NEW)
    assert 'name="items" value="1"' in one.text
    assert 'value="IPHONE-17-256" selected' not in one.text


async def test_only_what_goes_with_the_device_is_offered(office: Office) -> None:
    async with await office.client("Jordan") as client:
        page = await _post(client, f"{NEW}/sheet", **PHONE)
        catalog = (await client.get("/api/v1/catalog?kind=accessory")).json()
    fitting = {one["sku"] for one in catalog if not one["fits"] or "IPHONE-17-256" in one["fits"]}
    offered = set(re.findall(r'name="items.0.accessories" value="([^"]+)"', page.text))
    assert offered == fitting < {one["sku"] for one in catalog}


async def test_a_line_is_chosen_from_its_own_page(office: Office) -> None:
    async with await office.client("Dana") as client:
        line = (await client.get("/api/v1/lines")).json()["items"][0]
        page = await _get(client, f"/order/SERVICE_SUSPEND?line={line['id']}")
    assert f'value="{line["id"]}" selected' in page.text or f'value="{line["id"]}" checked' in page.text


async def test_an_unknown_kind_of_order_is_not_found(office: Office) -> None:
    async with await office.client("Jordan") as client:
        assert (await _get(client, "/order/TELEPATHY")).status_code == 404
        assert (await _post(client, "/order/TELEPATHY", **PHONE)).status_code == 404
