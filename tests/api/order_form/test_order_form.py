"""The order form: fields of every type, drafts, the quote, and one order for each draft."""

import asyncio
import re
from urllib.parse import quote

import httpx2
import pytest

from models import questions
from models.formatting import phone_number
from policies import eligibility
from tests.api.api_client import ApiTenant
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


async def _post(client: httpx2.AsyncClient, path: str, **fields: str) -> httpx2.Response:
    return await client.post(path, data=fields, headers=PAGE)


def _hidden(page: httpx2.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
async def test_the_form_of_every_type_sends_few_statements(office: ApiTenant, code: str) -> None:
    """And one more for each optional fact that a check needs, for what was accepted before, for kits and for sites."""
    kind = order_types_by_code()[code]
    more = len(eligibility.needs(kind)) + bool(questions.with_text() & set(kind.codes))
    more += ("accessories" in kind.codes) + ("ship_to" in kind.codes)
    async with await office.client("Dana") as client, office.statements() as seen:
        page = await client.get(f"/order/{code}", headers=PAGE)
    assert page.status_code == 200, page.text
    assert kind.texts.title in page.text
    queries = [one for one in seen if one.lstrip().startswith(("SELECT", "WITH"))]
    assert len(queries) <= 8 + more, [len(queries), *queries]


async def test_a_form_shows_its_price_and_approvers_before_it_is_submitted(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        page = await _post(client, f"{NEW}/update", **PHONE)
        assert (await client.get("/api/v1/orders")).json()["items"] == []
    assert "$65.00" in page.text
    assert "Dana Ortiz is Jordan Blake&#39;s manager." in page.text
    assert "Ready to submit" in page.text
    assert "<html" not in page.text


async def test_a_draft_is_saved_and_shown_on_every_page(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        answer = await _post(client, NEW, **PHONE, do="save")
        assert (answer.status_code, answer.headers["location"]) == (303, NEW)
        form = await _get(client, NEW)
        home = await _get(client, "/")
    assert re.search(r'value="IPHONE-17-256" selected', form.text)
    assert "My phone is four years old." in form.text
    assert "Draft: New line and device" in home.text
    async with await office.client("Dana") as other:
        assert "Draft: " not in (await _get(other, "/")).text


async def test_a_discarded_draft_is_deleted(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE)
        assert (await _post(client, f"{NEW}/discard")).status_code == 303
        assert 'IPHONE-17-256" selected' not in (await _get(client, NEW)).text


async def test_an_incomplete_order_returns_to_the_form_with_its_errors(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        answer = await _post(client, NEW, items="1", do="review")
        page = await _get(client, answer.headers["location"])
    assert page.url.path == NEW
    assert "Device is required." in page.text
    assert "Fix these problems:" in page.text


async def test_opening_a_form_saves_nothing(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        await _get(client, NEW)
        assert "Draft: " not in (await _get(client, "/")).text


async def test_a_draft_submitted_several_times_becomes_one_order(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE, do="review")
        review = await _get(client, f"{NEW}/review")
        fields = {"draft": _hidden(review, "draft"), "reviewed": _hidden(review, "reviewed")}
        answers = await asyncio.gather(*(_post(client, f"{NEW}/submit", **fields) for _ in range(5)))
        placed = (await client.get("/api/v1/orders")).json()["items"]
        assert "Draft: " not in (await _get(client, "/")).text
    assert "Field Sales (FA-1110)" in review.text
    assert "My phone is four years old." in review.text
    assert len(placed) == 1
    assert {answer.headers["location"] for answer in answers} == {f"/orders/{placed[0]['id']}"}
    assert set(office.dispatcher.delivered) == {placed[0]["id"]}


async def test_an_order_whose_price_changed_is_reviewed_again(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE)
        review = await _get(client, f"{NEW}/review")
        answer = await _post(client, f"{NEW}/submit", draft=_hidden(review, "draft"), reviewed="another price")
        assert (await client.get("/api/v1/orders")).json()["items"] == []
        again = await _get(client, answer.headers["location"])
    assert "The price or details changed." in again.text


async def test_lines_are_added_as_copies_and_removed(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE, do="add")
        two = await _get(client, NEW)
        assert two.text.count('value="IPHONE-17-256" selected') == 2
        await _post(client, NEW, **PHONE | {"items": "2", "items.1.device": "GALAXY-S26"}, do="remove:0")
        one = await _get(client, NEW)
    assert 'name="items" value="1"' in one.text
    assert 'value="IPHONE-17-256" selected' not in one.text


async def test_only_compatible_accessories_are_offered(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        page = await _post(client, f"{NEW}/update", **PHONE)
        catalog = (await client.get("/api/v1/catalog?kind=accessory")).json()
    fitting = {one["sku"] for one in catalog if not one["fits"] or "IPHONE-17-256" in one["fits"]}
    offered = set(re.findall(r'name="items.0.accessories" value="([^"]+)"', page.text))
    assert offered == fitting < {one["sku"] for one in catalog}


async def test_a_line_can_be_chosen_by_link(office: ApiTenant) -> None:
    async with await office.client("Dana") as client:
        line = (await client.get("/api/v1/lines")).json()["items"][0]
        page = await _get(client, f"/order/SERVICE_SUSPEND?line={line['id']}")
    assert f'value="{line["id"]}" selected' in page.text or f'value="{line["id"]}" checked' in page.text


async def test_a_line_that_a_link_names_by_its_number_is_offered_once_and_chosen(office: ApiTenant) -> None:
    async with await office.client("Dana") as client:
        line = (await client.get("/api/v1/lines")).json()["items"][0]
        number = phone_number(line["mdn"])
        pages = [
            (await _get(client, f"/order/SERVICE_SUSPEND?line={quote(spelled)}")).text
            for spelled in (line["mdn"], line["mdn"].removeprefix("+1"), number)
        ]
    for page in pages:
        assert f'value="{line["id"]}" selected' in page or f'value="{line["id"]}" checked' in page
        assert (page.count(f'value="{line["id"]}"'), page.count(f">{number}")) == (1, 1)


async def test_an_unknown_order_type_is_not_found(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        assert (await _get(client, "/order/TELEPATHY")).status_code == 404
        assert (await _post(client, "/order/TELEPATHY", **PHONE)).status_code == 404


@pytest.mark.parametrize(("code", "title"), [("NEW_SERVICE_DEVICE", "Device and plan"), ("SERVICE_SUSPEND", "Line")])
async def test_an_item_is_titled_by_the_questions_that_name_it(office: ApiTenant, code: str, title: str) -> None:
    async with await office.client("Dana") as client:
        page = await _get(client, f"/order/{code}")
    assert f'<h2 id="item-0">{title}</h2>' in page.text
