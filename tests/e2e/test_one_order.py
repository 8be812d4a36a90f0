"""One order on all real parts, over HTTP: ordered, approved by an emailed link, shipped, activated, completed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from models.order import FIRST_OUTSIDE_SEQ
from tests.e2e.site import PHONE, Site

STEPS = ("received", "approval_needed", "approved_by", "approved", "reserved", "submitting", "placed", "shipped")


@dataclass(frozen=True, kw_only=True)
class CompletedOrder:
    """The completed order, as read through the API."""

    order: dict[str, Any]
    timeline: list[dict[str, Any]]
    approval_id: str
    secrets: tuple[str, ...]


@pytest.fixture(scope="module")
async def completed(site: Site) -> AsyncIterator[CompletedOrder]:
    async with await site.client("Jordan") as jordan:
        placed = await jordan.post("/api/v1/orders", json=PHONE)
        assert placed.status_code == 201, placed.text
        number = placed.json()["number"]
        signed = await site.link(number)
        decided = await site.follow_link(signed, decision="approve", comment="Fine with me.")
        assert decided.status_code == 303, decided.text
        await site.wait_for_status(jordan, number, "AWAITING_ACTIVATION")
        activated = await jordan.post(f"/api/v1/orders/{number}/activate", json={})
        assert activated.status_code in {200, 202}, activated.text
        order = await site.wait_for_status(jordan, number, "COMPLETED")
        timeline = (await jordan.get(f"/api/v1/orders/{number}/timeline")).json()
        yield CompletedOrder(
            order=order,
            timeline=timeline,
            approval_id=order["approvals"][0]["id"],
            secrets=(signed, signed.rpartition(".")[2], jordan.headers["Authorization"].removeprefix("Bearer ")),
        )


async def test_the_line_is_active_with_the_number_and_device_of_the_carrier(
    site: Site, completed: CompletedOrder
) -> None:
    (carrier_order,) = await site.carrier_orders(completed.order["id"])
    (item,) = carrier_order["items"]
    async with await site.client("Priya") as admin:
        line = (await admin.get(f"/api/v1/lines/{item['MDN']}")).json()
        listed = (await admin.get("/api/v1/lines", params={"q": item["MDN"]})).json()["items"]
    assert [each["id"] for each in listed] == [line["id"]]
    assert (line["status"], line["holder"]["name"]) == ("active", "Jordan Blake")
    assert (line["mdn"], line["device"]["imei"]) == (item["MDN"], item["IMEI"])


def test_the_timeline_has_every_step_once_and_in_order(completed: CompletedOrder) -> None:
    # What the workflow has not written, such as that the phone was delivered, has numbers of its own.
    own = [entry for entry in completed.timeline if entry["seq"] < FIRST_OUTSIDE_SEQ]
    events = [entry["event"] for entry in own]
    assert [event for event in events if event in STEPS] == list(STEPS)
    assert events[-1] == "completed"
    assert [entry["seq"] for entry in own] == list(range(1, len(events) + 1))


async def test_the_history_has_events_emails_messages_and_the_workflow(site: Site, completed: CompletedOrder) -> None:
    async with await site.client("Priya") as admin:
        history = (await admin.get(f"/api/v1/orders/{completed.order['number']}/history")).json()
    items = history["items"]
    assert {item["source"] for item in items} == {"order", "email", "message", "temporal"}
    assert [item["seq"] for item in items if item["source"] == "order"] == [
        entry["seq"] for entry in completed.timeline
    ]
    assert history["open_problems"] == 0


async def test_all_emails_of_the_order_are_one_thread(site: Site, completed: CompletedOrder) -> None:
    emails = [dict(email["headers"]) for email in await site.emails(completed.order["number"])]
    assert len(emails) > len({"received", "approval_needed", "approved", "shipped"})
    assert len({email["References"] for email in emails}) == 1
    assert len({email["Message-ID"] for email in emails}) == len(emails)


async def test_the_admin_of_another_company_can_access_nothing(site: Site, completed: CompletedOrder) -> None:
    order, line = f"/api/v1/orders/{completed.order['number']}", completed.order["items"][0]["line_id"]
    actions = {
        f"{order}/cancel": {"reason": "Not mine."},
        f"{order}/info": {"answer": "I know nothing."},
        f"{order}/activate": {},
        f"/api/v1/tasks/{completed.order['id']}-2/settle": {"choice": "retry"},
        f"/api/v1/approvals/{completed.approval_id}/decision": {"decision": "approve"},
    }
    paths = (order, f"{order}/timeline", f"{order}/history", f"/api/v1/orders/{completed.order['id']}")
    async with await site.client("Ulla", tenant="globex") as other_admin:
        responses = [await other_admin.get(path) for path in (*paths, f"/api/v1/lines/{line}")]
        responses += [await other_admin.post(path, json=body) for path, body in actions.items()]
    assert {each.request.url.path: each.status_code for each in responses if each.status_code != 404} == {}
    assert {each.json()["code"] for each in responses} == {"NOT_FOUND"}


async def test_logs_contain_no_links_tokens_or_device_ids(demo: Path, site: Site, completed: CompletedOrder) -> None:
    (carrier_order,) = await site.carrier_orders(completed.order["id"])
    item = carrier_order["items"][0]
    secrets = {*completed.secrets, item["IMEI"], item["EID"]}
    logs = [demo / "terminal", *(demo / ".data" / "logs").iterdir()]
    assert len(logs) > len({"api", "worker", "postgres", "temporal", "inbox"})
    assert [(log.name, secret) for log in logs for secret in secrets if secret in log.read_text()] == []
