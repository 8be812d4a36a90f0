"""One order on all real parts, over HTTP only: asked for, approved by a mailed link, shipped, activated, in use."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.site import PHONE, Site

STEPS = ("received", "approval_needed", "approved_by", "approved", "reserved", "submitting", "placed", "shipped")


@dataclass(frozen=True, kw_only=True)
class Journey:
    """What was seen of the order that went all the way."""

    order: dict[str, Any]
    timeline: list[dict[str, Any]]
    approval_id: str
    secrets: tuple[str, ...]


@pytest.fixture(scope="module")
async def journey(site: Site) -> AsyncIterator[Journey]:
    async with await site.client("Jordan") as jordan:
        placed = await jordan.post("/api/v1/orders", json=PHONE)
        assert placed.status_code == 201, placed.text
        number = placed.json()["number"]
        signed = await site.link(number)
        decided = await site.follow_link(signed, decision="approve", comment="Fine with me.")
        assert decided.status_code == 303, decided.text
        await site.reached(jordan, number, "AWAITING_ACTIVATION")
        activated = await jordan.post(f"/api/v1/orders/{number}/activate", json={})
        assert activated.status_code in {200, 202}, activated.text
        order = await site.reached(jordan, number, "COMPLETED")
        timeline = (await jordan.get(f"/api/v1/orders/{number}/timeline")).json()
        yield Journey(
            order=order,
            timeline=timeline,
            approval_id=order["approvals"][0]["id"],
            secrets=(signed, signed.rpartition(".")[2], jordan.headers["Authorization"].removeprefix("Bearer ")),
        )


async def test_the_line_is_in_use_under_the_number_and_device_of_the_carrier(site: Site, journey: Journey) -> None:
    (ordered,) = await site.at_carrier(journey.order["id"])
    (item,) = ordered["items"]
    async with await site.client("Priya") as admin:
        line = (await admin.get(f"/api/v1/lines/{item['MDN']}")).json()
        listed = (await admin.get("/api/v1/lines", params={"q": item["MDN"]})).json()["items"]
    assert [one["id"] for one in listed] == [line["id"]]
    assert (line["status"], line["holder"]["name"]) == ("active", "Jordan Blake")
    assert (line["mdn"], line["device"]["imei"]) == (item["MDN"], item["IMEI"])


def test_every_step_is_in_the_timeline_once_and_in_order(journey: Journey) -> None:
    events = [entry["event"] for entry in journey.timeline]
    assert [event for event in events if event in STEPS] == list(STEPS)
    assert events[-1] == "completed"
    assert [entry["seq"] for entry in journey.timeline] == list(range(1, len(events) + 1))


async def test_admins_see_entries_mails_messages_and_the_workflow_in_one_history(site: Site, journey: Journey) -> None:
    async with await site.client("Priya") as admin:
        history = (await admin.get(f"/api/v1/orders/{journey.order['number']}/history")).json()
    moments = history["moments"]
    assert {moment["source"] for moment in moments} == {"order", "mail", "message", "engine"}
    assert [moment["seq"] for moment in moments if moment["source"] == "order"] == [
        entry["seq"] for entry in journey.timeline
    ]
    assert history["open_problems"] == 0


async def test_all_mails_of_the_order_are_one_thread(site: Site, journey: Journey) -> None:
    mails = [dict(mail["headers"]) for mail in await site.mails(journey.order["number"])]
    assert len(mails) > len({"received", "approval_needed", "approved", "shipped"})
    assert len({mail["References"] for mail in mails}) == 1
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)


async def test_not_even_the_admin_of_another_company_finds_any_of_it(site: Site, journey: Journey) -> None:
    order, line = f"/api/v1/orders/{journey.order['number']}", journey.order["items"][0]["line_id"]
    actions = {
        f"{order}/cancel": {"reason": "Not mine."},
        f"{order}/info": {"answer": "I know nothing."},
        f"{order}/activate": {},
        f"{order}/retry": {},
        f"{order}/complete": {"evidence": "Never seen it."},
        f"/api/v1/approvals/{journey.approval_id}/decision": {"decision": "approve"},
    }
    paths = (order, f"{order}/timeline", f"{order}/history", f"/api/v1/orders/{journey.order['id']}")
    async with await site.client("Ulla", tenant="globex") as stranger:
        answers = [await stranger.get(path) for path in (*paths, f"/api/v1/lines/{line}")]
        answers += [await stranger.post(path, json=body) for path, body in actions.items()]
    assert {answer.request.url.path: answer.status_code for answer in answers if answer.status_code != 404} == {}
    assert {answer.json()["code"] for answer in answers} == {"NOT_FOUND"}


async def test_no_log_tells_a_link_a_token_or_a_device(demo: Path, site: Site, journey: Journey) -> None:
    (ordered,) = await site.at_carrier(journey.order["id"])
    item = ordered["items"][0]
    secrets = {*journey.secrets, item["IMEI"], item["EID"]}
    logs = [demo / "terminal", *(demo / ".data" / "logs").iterdir()]
    assert len(logs) > len({"api", "worker", "postgres", "temporal", "inbox"})
    assert [(log.name, secret) for log in logs for secret in secrets if secret in log.read_text()] == []
