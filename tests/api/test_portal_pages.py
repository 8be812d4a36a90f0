"""Pages of the portal: they open for whom they should, tell what they should, and cost few statements."""

import re

import httpx2
import pytest

from outbox.dispatcher import Delivery
from tests.api.api_client import Office

PAGE = {"Accept": "text/html"}


async def _open(office: Office, name: str, path: str) -> httpx2.Response:
    async with await office.client(name) as client:
        return await client.get(path, headers=PAGE)


async def _line(office: Office, name: str = "Dana") -> dict[str, str]:
    async with await office.client(name) as client:
        line: dict[str, str] = (await client.get("/api/v1/lines")).json()["items"][0]
    return line


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Home"),
        ("/search", "Search"),
        ("/search?q=sales", "Search: sales"),
        ("/accounts", "Accounts"),
        ("/accounts/FA-1110", "Field Sales"),
        ("/accounts/FA-1110?tab=actions", "Field Sales"),
        ("/accounts/FA-1110?tab=orders", "Field Sales"),
        ("/lines", "Lines"),
        ("/lines?status=active&q=iphone", "Lines"),
        ("/devices", "Devices"),
        ("/devices?status=in_stock", "Stock"),
        ("/inbox", "Approvals"),
        ("/notices", "Notices"),
    ],
)
async def test_a_page_opens_with_few_statements(office: Office, path: str, title: str) -> None:
    await office.order()
    async with await office.client("Priya") as client, office.statements() as seen:
        page = await client.get(path, headers=PAGE)
    assert page.status_code == 200, page.text
    assert f"<title>{title} " in page.text
    assert len([one for one in seen if one.lstrip().startswith(("SELECT", "WITH"))]) <= 8, seen


async def test_a_line_shows_all_that_is_on_it_and_what_can_be_ordered(office: Office) -> None:
    line = await _line(office)
    async with await office.client("Dana") as client, office.statements() as seen:
        page = await client.get(f"/lines/{line['id']}", headers=PAGE)
    assert "Dana Ortiz" in page.text
    assert "ICCID" in page.text
    assert len([one for one in seen if one.lstrip().startswith(("SELECT", "WITH"))]) <= 8, seen


async def test_numbers_are_masked_for_those_who_need_not_know_them(office: Office) -> None:
    line = await _line(office)
    page = await _open(office, "Wendy", f"/lines/{line['id']}")
    assert "•" in page.text
    assert line["mdn"][2:5] not in re.sub(r"<[^>]+>", "", page.text)


async def test_a_line_of_somebody_else_is_not_found(office: Office) -> None:
    line = await _line(office)
    page = await _open(office, "Jordan", f"/lines/{line['id']}")
    assert page.status_code == 404
    assert "text/html" in page.headers["content-type"]


async def test_a_list_goes_on_where_the_page_before_ended(office: Office) -> None:
    first = await _open(office, "Priya", "/lines?status=active")
    older = re.search(r'href="(\?[^"]*cursor=[^"]+)"', first.text)
    assert older is not None
    second = await _open(office, "Priya", f"/lines{older[1].replace('&amp;', '&')}")
    numbers = [set(re.findall(r'href="/lines/(\w{26})"', page.text)) for page in (first, second)]
    assert len(numbers[1]) == 20
    assert numbers[0].isdisjoint(numbers[1])
    assert 'name="status" value="active"' in second.text


async def test_account_pages_are_for_those_who_answer_for_accounts(office: Office) -> None:
    assert (await _open(office, "Jordan", "/accounts")).status_code == 403
    assert (await _open(office, "Jordan", "/accounts/FA-1110")).status_code in {403, 404}


async def test_navigation_leads_only_where_one_may_go(office: Office) -> None:
    home = await _open(office, "Jordan", "/")
    assert 'href="/lines"' in home.text
    assert 'href="/accounts"' not in home.text


async def test_a_request_is_decided_in_the_inbox(office: Office) -> None:
    (approval,) = await office.ask(await office.order(), "Dana")
    async with await office.client("Dana") as client:
        assert f"/inbox/{approval}" in (await client.get("/inbox", headers=PAGE)).text
        page = await client.get(f"/inbox/{approval}", headers=PAGE)
        answer = await client.post(f"/inbox/{approval}", data={"decision": "approve", "comment": "Fine."}, headers=PAGE)
    assert "iPhone 17 256 GB" in page.text
    assert "$65.00" in page.text
    assert (answer.status_code, answer.headers["location"]) == (303, f"/inbox/{approval}")
    message = await office.message(office.dispatcher.delivered[-1])
    assert (message.name, message.payload["comment"], message.payload["stage"]) == ("approve", "Fine.", 1)


async def test_a_refused_decision_keeps_what_was_typed(office: Office) -> None:
    (approval,) = await office.ask(await office.order(), "Dana")
    refusal = Delivery(state="refused", code="REASON_REQUIRED", detail="Please say why: the requester reads it.")
    office.dispatcher.answer = refusal
    async with await office.client("Dana") as client:
        page = await client.post(
            f"/inbox/{approval}", data={"decision": "reject", "comment": " Too dear."}, headers=PAGE
        )
    assert page.status_code == 422
    assert str(refusal.detail) in page.text
    assert "Too dear." in page.text


async def test_only_the_one_who_is_asked_sees_a_request(office: Office) -> None:
    (approval,) = await office.ask(await office.order(), "Dana")
    for name in ("Jordan", "Priya", "Marcus"):
        assert (await _open(office, name, f"/inbox/{approval}")).status_code == 404


async def test_a_notice_is_published_and_shown(office: Office) -> None:
    async with await office.client("Priya") as client:
        data = {"title": "New carrier", "text": "BluePeak from Monday on."}
        assert (await client.post("/notices", data=data, headers=PAGE)).status_code == 303
        refused = await client.post("/notices", data={"title": "", "text": "x"}, headers=PAGE)
    assert refused.status_code == 422
    assert "Please write a title" in refused.text
    assert "BluePeak from Monday on." in (await _open(office, "Jordan", "/notices")).text
