"""Commands on an order: the message for its workflow, and the response."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.events.approval import APPROVED_BY
from models.events.ending import WITHDRAWN
from models.events.fulfillment import ACTIVATION_NEEDED, VENDOR_INFO_REQUIRED
from models.lifecycle import ItemState, Status
from models.order import ItemSnapshot
from outbox.dispatcher import DeliveryResult
from tests import factories
from tests.api.api_client import ApiTenant, code
from tests.api.signed_out_browser import HTML

REJECTED = DeliveryResult(state="rejected", code="TOO_LATE_TO_CANCEL", detail="It has shipped.")


async def _post(office: ApiTenant, order: dict[str, Any], path: str, name: str = "Jordan", **call: Any) -> Any:
    async with await office.client(name) as client:
        return await client.post(f"/api/v1/orders/{order['number']}/{path}", **({"json": {}} | call))


async def _payload(office: ApiTenant) -> dict[str, Any]:
    return (await office.message(office.dispatcher.delivered[-1])).payload


async def test_an_action_is_delivered_to_the_workflow_and_its_result_returned(office: ApiTenant) -> None:
    order = await office.order()
    answer = await _post(office, order, "cancel", json={"reason": "Ordered by mistake."})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["seq"]) == ("done", 9)
    assert answer.headers["location"] == f"/api/v1/orders/{order['number']}?seq=9"
    row = await office.message(answer.json()["action_id"])
    assert (row.kind, row.name, row.workflow_id) == ("update", "cancel", f"order:acme:{order['id']}")
    assert row.payload["reason"] == "Ordered by mistake."
    assert row.payload["actor"]["name"] == "Jordan Blake"


async def test_a_rejection_by_the_workflow_is_returned_with_its_code(office: ApiTenant) -> None:
    order = await office.order()
    office.dispatcher.answer = REJECTED
    answer = await _post(office, order, "cancel")
    assert code(answer) == (409, "TOO_LATE_TO_CANCEL")
    assert answer.json()["detail"] == "It has shipped."


async def test_without_a_result_in_time_the_action_is_accepted(office: ApiTenant) -> None:
    order = await office.order()
    office.dispatcher.answer = DeliveryResult(state="waiting")
    answer = await _post(office, order, "cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")


async def test_a_repeated_key_is_the_same_action(office: ApiTenant) -> None:
    order = await office.order()
    call: dict[str, Any] = {"json": {"reason": "Twice."}, "headers": {"Idempotency-Key": "k"}}
    first, second = [await _post(office, order, "cancel", **call) for _ in range(2)]
    assert first.json()["action_id"] == second.json()["action_id"]
    other = await _post(office, order, "cancel", **(call | {"json": {"reason": "Else."}}))
    assert code(other) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_an_outdated_etag_is_rejected(office: ApiTenant) -> None:
    order = await office.order()
    await office.request_approval(order, "Dana")
    answer = await _post(office, order, "cancel", headers={"If-Match": f'W/"{order["id"]}.1"'})
    assert code(answer) == (412, "EDIT_CONFLICT")
    answer = await _post(office, order, "cancel", headers={"If-Match": f'W/"{order["id"]}.2"'})
    assert answer.status_code == 200


async def test_a_closed_order_rejects_every_action(office: ApiTenant) -> None:
    order = await office.order()
    await office.write_event(order, WITHDRAWN, Status.WITHDRAWN, reason="Done.")
    assert code(await _post(office, order, "cancel")) == (409, "ORDER_CLOSED")


@pytest.mark.covers("EID_INVALID")
async def test_an_activation_checks_the_item_and_its_identifiers(office: ApiTenant) -> None:
    order = await office.order()
    snapshot = ItemSnapshot(item_id=order["items"][0]["id"], state=ItemState.AWAITING_ACTIVATION)
    await office.write_event(order, ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, items=(snapshot,))
    answers = {"imei": "490154203237519", "iccid": "1", "eid": "89", "plan": "1"}
    wrong = await _post(office, order, "activate", json={"answers": answers})
    assert {error["field"]: error["code"] for error in wrong.json()["errors"]} == {
        "answers.imei": "ANSWER_INVALID",
        "answers.iccid": "ICCID_INVALID",
        "answers.eid": "EID_INVALID",
        "answers.plan": "UNKNOWN_ANSWER",
    }
    assert code(await _post(office, order, "activate", json={"item": 2})) == (422, "INVALID_REQUEST")
    await _post(office, order, "activate", json={"answers": {"imei": "49-015420-323751-8"}})
    payload = await _payload(office)
    assert (payload["item_id"], payload["answers"]) == (snapshot.item_id, [["imei", "490154203237518"]])


async def test_only_what_the_carrier_asks_for_can_be_corrected(office: ApiTenant) -> None:
    """The plan is left out: what the order costs has been approved."""
    order = await office.order()
    snapshot = ItemSnapshot(item_id=order["items"][0]["id"], state=ItemState.INFO_REQUIRED)
    asked = {"item_id": snapshot.item_id, "needs": ["service_zip", "plan"]}
    await office.write_event(order, VENDOR_INFO_REQUIRED, Status.VENDOR_INFO_REQUIRED, items=(snapshot,), **asked)
    given = {"service_zip": "606", "color": "red", "plan": "PLAN-1", "sim_type": "pSIM"}
    wrong = await _post(office, order, "info", json={"fields": given})
    codes = {error["field"]: error["code"] for error in wrong.json()["errors"]}
    unknown = {f"fields.{code}": "UNKNOWN_ANSWER" for code in ("color", "plan", "sim_type")}
    assert codes == {"fields.service_zip": "ANSWER_INVALID"} | unknown
    await _post(office, order, "info", json={"answer": "Moved.", "fields": {"service_zip": "60607"}})
    assert (await _payload(office))["fields"] == [["service_zip", "60607"]]


async def test_an_approval_is_reassigned_only_to_an_active_approver(office: ApiTenant) -> None:
    order = await office.order()
    await office.request_approval(order, "Dana")
    marcus, rosa, dana = [await office.row(name) for name in ("Marcus", "Rosa", "Dana")]
    assert code(await _post(office, order, "reassign", "Dana", json={"to_id": rosa.id})) == (422, "INVALID_REQUEST")
    answer = await _post(office, order, "reassign", "Dana", json={"to_id": marcus.id, "reason": "On leave."})
    assert answer.status_code == 200
    payload = await _payload(office)
    assert (payload["from_id"], payload["to"]["name"]) == (dana.id, "Marcus Webb")


async def test_a_start_date_begins_when_the_office_opens(office: ApiTenant) -> None:
    order, day = await office.order(), factories.today() + timedelta(days=30)
    await _post(office, order, "reschedule", json={"effective_at": day.isoformat()})
    opens = datetime.combine(day, time(9), ZoneInfo("America/Chicago"))
    assert datetime.fromisoformat((await _payload(office))["effective_at"]) == opens


_NO_START = (
    lambda today: today - timedelta(days=2),
    lambda today: today + timedelta(days=92),
    lambda _: date.min,
    lambda _: date.max,
    lambda _: "2400-01-01T00:00:00Z",
    lambda _: "0001-01-01T00:00:00+14:00",
    lambda _: "9999-12-31T23:59:59-14:00",
)


@pytest.mark.fault("52")
@pytest.mark.parametrize("of", _NO_START)
async def test_a_start_date_is_moved_only_to_where_an_order_could_start(
    office: ApiTenant, of: Callable[[date], date | str]
) -> None:
    order, wanted = await office.order(), str(of(factories.today()))
    answer = await _post(office, order, "reschedule", json={"effective_at": wanted})
    assert code(answer) == (422, "INVALID_REQUEST")
    assert "effective_at" in answer.text
    async with await office.browser("Jordan") as browser:
        page = await browser.post(f"/orders/{order['number']}/reschedule", data={"effective_at": wanted})
    assert page.status_code == 422
    assert len(office.dispatcher.delivered) == 1  # the order's start


# --- approvals -------------------------------------------------------------------


async def _decide(office: ApiTenant, approval_id: str, name: str = "Dana", **body: str) -> Any:
    async with await office.client(name) as client:
        return await client.post(f"/api/v1/approvals/{approval_id}/decision", json=body)


async def test_pending_approvals_are_listed_with_their_cost(office: ApiTenant) -> None:
    await office.request_approval(await office.order(), "Dana")
    async with await office.client("Dana") as client:
        (waiting,) = (await client.get("/api/v1/approvals")).json()["items"]
    assert (waiting["beneficiary"]["name"], waiting["term_total"]) == ("Jordan Blake", "1560.00")
    async with await office.client("Helen") as client:
        assert (await client.get("/api/v1/approvals")).json()["items"] == []


async def test_pending_approvals_come_in_pages_with_the_first_due_first(office: ApiTenant) -> None:
    orders = [await office.order(name) for name in 4 * ["Jordan"] + 3 * ["Marcus"]]
    for order in orders:
        await office.request_approval(order, "Dana")
    pages, cursor = list[str](), ""
    async with await office.client("Dana") as client:
        while cursor is not None:
            page = (await client.get(f"/api/v1/approvals?limit=3{cursor and f'&cursor={cursor}'}")).json()
            assert len(page["items"]) in {1, 3}
            pages += [one["order"] for one in page["items"]]
            cursor = page["next_cursor"]
        listed = (await client.get("/approvals?limit=3", headers=HTML)).text
        home = (await client.get("/", headers=HTML)).text
    assert sorted(pages) == sorted(order["number"] for order in orders)
    assert listed.count('href="/approvals/') == 3
    assert 'rel="next"' in listed
    assert home.count('href="/approvals/') == 5
    assert '<a href="/approvals">All approvals</a>' in home


@pytest.mark.parametrize(
    ("decision", "field"), [("approve", "comment"), ("reject", "comment"), ("request_info", "text")]
)
async def test_a_decision_counts_for_its_round_and_stage(office: ApiTenant, decision: str, field: str) -> None:
    (approval_id,) = await office.request_approval(await office.order(), "Dana")
    answer = await _decide(office, approval_id, decision=decision, comment="Hm.")
    assert answer.status_code == 200
    row = await office.message(answer.json()["action_id"])
    assert (row.name, row.payload["round"], row.payload["stage"], row.payload[field]) == (decision, 1, 1, "Hm.")


async def test_only_the_approver_decides(office: ApiTenant) -> None:
    (approval_id,) = await office.request_approval(await office.order(), "Dana")
    for name in ("Jordan", "Priya", "Grace"):
        assert code(await _decide(office, approval_id, name, decision="approve")) == (404, "NOT_FOUND")


async def test_a_decided_approval_names_its_decision(office: ApiTenant) -> None:
    order = await office.order()
    (approval_id,) = await office.request_approval(order, "Dana")
    dana = await office.row("Dana")
    data = {"round": 1, "stage": 1, "approver_id": dana.id, "comment": "", "stage_done": True}
    await office.write_event(order, APPROVED_BY, Status.AWAITING_APPROVAL, **data)
    answer = await _decide(office, approval_id, decision="approve")
    assert code(answer) == (409, "ALREADY_DECIDED")
    assert "approved this on" in answer.json()["detail"]


async def test_a_read_waits_for_the_requested_event(office: ApiTenant) -> None:
    order = await office.order()
    async with await office.client("Jordan") as client:
        early = await client.get(f"/api/v1/orders/{order['number']}?seq=5")
        assert early.json()["seq"] == 1
        await office.request_approval(order, "Dana")
        assert (await client.get(f"/api/v1/orders/{order['number']}?seq=2")).json()["seq"] == 2
