"""Portal pages: who can open them, what they show, and how many statements they send."""

import re
from datetime import UTC, datetime

import httpx2
import pytest
from sqlalchemy import update

from models.db.approvals.tables import ApprovalRow
from models.db.inventory.tables import LineRow
from models.db.orders.tables import OrderRow
from models.events.approval import APPROVED_BY
from models.lifecycle import Status
from outbox.dispatcher import DeliveryResult
from tests.api.api_client import ApiTenant

PAGE = {"Accept": "text/html"}


async def _open(office: ApiTenant, name: str, path: str) -> httpx2.Response:
    async with await office.client(name) as client:
        return await client.get(path, headers=PAGE)


async def _line(office: ApiTenant, name: str = "Dana") -> dict[str, str]:
    async with await office.client(name) as client:
        line: dict[str, str] = (await client.get("/api/v1/lines")).json()["items"][0]
    return line


@pytest.mark.parametrize(
    ("path", "title"),
    [
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
        ("/approvals", "Approvals"),
        ("/announcements", "Announcements"),
    ],
)
async def test_a_page_sends_few_statements(office: ApiTenant, path: str, title: str) -> None:
    await office.order()
    async with await office.client("Priya") as client, office.statements() as seen:
        page = await client.get(path, headers=PAGE)
    assert page.status_code == 200, page.text
    assert f"<title>{title} " in page.text
    assert len([one for one in seen if one.lstrip().startswith(("SELECT", "WITH"))]) <= 9, seen


async def test_a_line_page_shows_its_details_with_few_statements(office: ApiTenant) -> None:
    line = await _line(office)
    async with await office.client("Dana") as client, office.statements() as seen:
        page = await client.get(f"/lines/{line['id']}", headers=PAGE)
    assert "Dana Ortiz" in page.text
    assert "ICCID" in page.text
    assert len([one for one in seen if one.lstrip().startswith(("SELECT", "WITH"))]) <= 11, seen


async def test_a_device_page_shows_no_sku(office: ApiTenant) -> None:
    async with await office.client("Dana") as client:
        device = (await client.get("/api/v1/devices")).json()["items"][0]
    page = await _open(office, "Dana", f"/devices/{device['id']}")
    assert device["name"] in page.text
    assert device["sku"] not in page.text


async def test_a_line_page_shows_features_by_name(office: ApiTenant) -> None:
    line = await _line(office)
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, ("acme", line["id"]))).features = ["NW-PTT"]
    page = await _open(office, "Dana", f"/lines/{line['id']}")
    assert "<dd>Push to Talk</dd>" in page.text


async def test_a_line_shows_the_carrier_s_subscriber_record_if_it_has_one(office: ApiTenant) -> None:
    line = await _line(office)
    path = f"/lines/{line['id']}"
    labels = ("Name at carrier", "Label at carrier", "Service address")
    page = await _open(office, "Dana", path)
    assert not any(label in page.text for label in labels)
    address = {"line1": "1 Main St", "city": "Chicago", "state": "IL", "postal_code": "60601"}
    subscriber = {"subscriber_name": "D ORTIZ", "labels": "CC 4711", "service_address": address}
    async with office.database.transaction() as session:
        row = await session.get_one(LineRow, ("acme", line["id"]))
        for name, value in subscriber.items():
            setattr(row, name, value)
    page = await _open(office, "Dana", path)
    for label, value in zip(labels, ("D ORTIZ", "CC 4711", "1 Main St, Chicago, IL, 60601"), strict=True):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in page.text
    async with await office.client("Dana") as client:
        assert subscriber.items() <= (await client.get(f"/api/v1{path}")).json().items()


async def test_numbers_are_masked_without_the_right_to_see_them(office: ApiTenant) -> None:
    line = await _line(office)
    page = await _open(office, "Wendy", f"/lines/{line['id']}")
    assert "•" in page.text
    assert line["mdn"][2:5] not in re.sub(r"<[^>]+>", "", page.text)


@pytest.mark.parametrize(("name", "role"), [("Theo", "Vendor desk agent"), ("Priya", "Admin")])
async def test_the_menu_names_the_person_s_roles(office: ApiTenant, name: str, role: str) -> None:
    page = await _open(office, name, "/")
    assert f"Acme Logistics · {role}</p>" in page.text


async def test_every_status_in_the_filter_has_a_name_of_its_own(office: ApiTenant) -> None:
    page = await _open(office, "Priya", "/admin/orders")
    options = re.findall(r"<option[^>]*>([^<]+)</option>", page.text.split('name="status"')[1].split("</select>")[0])
    assert len(options) == len(set(options))


async def test_another_person_s_line_is_not_found(office: ApiTenant) -> None:
    line = await _line(office)
    page = await _open(office, "Jordan", f"/lines/{line['id']}")
    assert page.status_code == 404
    assert "text/html" in page.headers["content-type"]


async def test_the_next_page_of_a_list_starts_after_the_previous_one(office: ApiTenant) -> None:
    first = await _open(office, "Priya", "/lines?status=active")
    next_page = re.search(r'href="(\?[^"]*cursor=[^"]+)"', first.text)
    assert next_page is not None
    second = await _open(office, "Priya", f"/lines{next_page[1].replace('&amp;', '&')}")
    numbers = [set(re.findall(r'href="/lines/(\w{26})"', page.text)) for page in (first, second)]
    assert len(numbers[1]) == 20
    assert numbers[0].isdisjoint(numbers[1])
    assert 'name="status" value="active"' in second.text


async def test_account_pages_are_for_account_owners(office: ApiTenant) -> None:
    assert (await _open(office, "Jordan", "/accounts")).status_code == 403
    assert (await _open(office, "Jordan", "/accounts/FA-1110")).status_code in {403, 404}


async def test_the_menu_shows_roles_by_name(office: ApiTenant) -> None:
    assert " · Account owner</p>" in (await _open(office, "Grace", "/")).text


async def test_the_navigation_links_only_to_allowed_pages(office: ApiTenant) -> None:
    home = await _open(office, "Jordan", "/")
    assert 'href="/lines"' in home.text
    assert 'href="/accounts"' not in home.text


async def test_a_request_is_approved_on_its_page(office: ApiTenant) -> None:
    (approval,) = await office.request_approval(await office.order(), "Dana")
    async with await office.client("Dana") as client:
        assert f"/approvals/{approval}" in (await client.get("/approvals", headers=PAGE)).text
        page = await client.get(f"/approvals/{approval}", headers=PAGE)
        answer = await client.post(
            f"/approvals/{approval}", data={"decision": "approve", "comment": "Fine."}, headers=PAGE
        )
    assert "iPhone 17 256 GB" in page.text
    assert "$65.00" in page.text
    assert (answer.status_code, answer.headers["location"]) == (303, f"/approvals/{approval}")
    message = await office.message(office.dispatcher.delivered[-1])
    assert (message.name, message.payload["comment"], message.payload["stage"]) == ("approve", "Fine.", 1)


@pytest.mark.fault("46")
async def test_a_decision_that_takes_a_second_factor_asks_for_a_code_and_returns(office: ApiTenant) -> None:
    order = await office.order()
    (approval,) = await office.request_approval(order, "Dana")
    async with office.database.transaction() as session:
        row = await session.get_one(OrderRow, ("acme", order["id"]))
        row.type = row.type | {"step_up": True}
    path, decision = f"/approvals/{approval}", {"decision": "approve"}
    async with await office.browser("Dana", stepped_up=False) as browser:
        headers = PAGE | {"Referer": f"{browser.base_url}{path}"}
        asked = await browser.post(path, data=decision, headers=headers)
    async with await office.browser("Dana") as browser:
        done = await browser.post(path, data=decision, headers=PAGE)
    assert asked.headers["location"] == f"/step-up?next={path}"
    assert done.headers["location"] == path
    _, *decided = office.dispatcher.delivered  # the first started the order
    assert len(decided) == 1


async def test_a_rejected_decision_keeps_what_was_typed(office: ApiTenant) -> None:
    (approval,) = await office.request_approval(await office.order(), "Dana")
    rejected = DeliveryResult(
        state="rejected", code="TEXT_REQUIRED", detail="Enter a reason. The requester will see it."
    )
    office.dispatcher.answer = rejected
    async with await office.client("Dana") as client:
        page = await client.post(
            f"/approvals/{approval}", data={"decision": "reject", "comment": " Too dear."}, headers=PAGE
        )
    assert page.status_code == 422
    assert str(rejected.detail) in page.text
    assert "Too dear." in page.text


async def test_a_decision_at_nine_in_the_evening_keeps_its_local_day(office: ApiTenant) -> None:
    order = await office.order()
    (approval,) = await office.request_approval(order, "Dana")
    dana = await office.row("Dana")
    data = {"round": 1, "stage": 1, "approver_id": dana.id, "comment": "", "stage_done": True}
    await office.write_event(order, APPROVED_BY, Status.AWAITING_APPROVAL, **data)
    async with office.database.transaction() as session:
        nine_pm_central = datetime(2026, 12, 5, 3, 0, tzinfo=UTC)
        await session.exec(update(ApprovalRow).values(decided_at=nine_pm_central))
    page = await _open(office, "Dana", f"/approvals/{approval}")
    assert " approved this on Fri, Dec 4, 2026." in page.text


async def test_the_request_list_explains_flags_in_sentences(office: ApiTenant) -> None:
    order = await office.order()
    await office.request_approval(order, "Dana")
    async with office.database.transaction() as session:
        await session.exec(update(OrderRow).values(flags=["OVER_DEVICE_CAP"]))
    page = await _open(office, "Dana", "/approvals")
    assert "Out of policy: the device costs more than the policy&#39;s limit for devices." in page.text


async def test_only_the_approver_sees_a_request(office: ApiTenant) -> None:
    (approval,) = await office.request_approval(await office.order(), "Dana")
    for name in ("Jordan", "Priya", "Marcus"):
        assert (await _open(office, name, f"/approvals/{approval}")).status_code == 404


async def test_an_announcement_is_posted_and_shown(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        data = {"title": "New carrier", "text": "BluePeak from Monday on."}
        assert (await client.post("/announcements", data=data, headers=PAGE)).status_code == 303
        rejected = await client.post("/announcements", data={"title": "", "text": "x"}, headers=PAGE)
    assert rejected.status_code == 422
    assert "Enter a title" in rejected.text
    assert "BluePeak from Monday on." in (await _open(office, "Jordan", "/announcements")).text
