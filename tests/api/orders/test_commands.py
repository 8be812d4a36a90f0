"""Doing something to an order: what is said to its workflow, and what the caller hears."""

from typing import Any

import pytest

from models.lifecycle import Event, ItemState, Status
from models.order import ItemSnapshot
from outbox.dispatcher import Delivery
from tests.api.api_client import Office, code

REFUSED = Delivery(state="refused", code="TOO_LATE_TO_CANCEL", detail="It has shipped.")


async def _act(office: Office, order: dict[str, Any], path: str, name: str = "Jordan", **call: Any) -> Any:
    async with await office.client(name) as client:
        return await client.post(f"/api/v1/orders/{order['number']}/{path}", **({"json": {}} | call))


async def _said(office: Office) -> dict[str, Any]:
    return (await office.message(office.dispatcher.delivered[-1])).payload


async def test_an_action_is_said_to_the_workflow_and_its_answer_returned(office: Office) -> None:
    order = await office.order()
    answer = await _act(office, order, "cancel", json={"reason": "Ordered by mistake."})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["seq"]) == ("done", 9)
    assert answer.headers["location"] == f"/api/v1/orders/{order['number']}?seq=9"
    row = await office.message(answer.json()["action_id"])
    assert (row.kind, row.name, row.workflow_id) == ("update", "cancel", f"order:acme:{order['id']}")
    assert row.payload["reason"] == "Ordered by mistake."
    assert row.payload["actor"]["name"] == "Jordan Blake"


async def test_a_refusal_of_the_workflow_is_told_with_its_code(office: Office) -> None:
    order = await office.order()
    office.dispatcher.answer = REFUSED
    answer = await _act(office, order, "cancel")
    assert code(answer) == (409, "TOO_LATE_TO_CANCEL")
    assert answer.json()["detail"] == "It has shipped."


async def test_without_an_answer_in_time_the_action_is_accepted(office: Office) -> None:
    order = await office.order()
    office.dispatcher.answer = Delivery(state="waiting")
    answer = await _act(office, order, "cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")


async def test_the_same_key_is_the_same_action(office: Office) -> None:
    order = await office.order()
    call: dict[str, Any] = {"json": {"reason": "Twice."}, "headers": {"Idempotency-Key": "k"}}
    first, second = [await _act(office, order, "cancel", **call) for _ in range(2)]
    assert first.json()["action_id"] == second.json()["action_id"]
    other = await _act(office, order, "cancel", **(call | {"json": {"reason": "Else."}}))
    assert code(other) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_an_order_that_was_read_too_long_ago_is_not_touched(office: Office) -> None:
    order = await office.order()
    await office.ask(order, "Dana")
    answer = await _act(office, order, "cancel", headers={"If-Match": f'W/"{order["id"]}.1"'})
    assert code(answer) == (412, "EDIT_CONFLICT")
    answer = await _act(office, order, "cancel", headers={"If-Match": f'W/"{order["id"]}.2"'})
    assert answer.status_code == 200


async def test_nothing_can_be_done_to_an_order_that_has_ended(office: Office) -> None:
    order = await office.order()
    await office.happen(order, Event.WITHDRAWN, Status.WITHDRAWN, reason="Done.")
    assert code(await _act(office, order, "cancel")) == (409, "ORDER_CLOSED")


async def test_an_activation_names_the_item_and_checks_its_identifiers(office: Office) -> None:
    order = await office.order()
    mark = ItemSnapshot(item_id=order["items"][0]["id"], state=ItemState.AWAITING_ACTIVATION)
    await office.happen(order, Event.ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, items=(mark,))
    wrong = await _act(office, order, "activate", json={"imei": "490154203237519", "iccid": "1"})
    assert {error["field"] for error in wrong.json()["errors"]} == {"imei", "iccid"}
    assert code(await _act(office, order, "activate", json={"item": 2})) == (422, "INVALID_REQUEST")
    await _act(office, order, "activate", json={"imei": "49-015420-323751-8"})
    said = await _said(office)
    assert (said["item_id"], said["imei"], said["iccid"]) == (mark.item_id, "490154203237518", None)


async def test_an_answer_may_correct_what_was_ordered_but_nothing_else(office: Office) -> None:
    order = await office.order()
    wrong = await _act(office, order, "info", json={"fields": {"service_zip": "606", "color": "red"}})
    assert {error["field"] for error in wrong.json()["errors"]} == {"service_zip", "color"}
    await _act(office, order, "info", json={"answer": "Moved.", "fields": {"service_zip": "60607"}})
    assert (await _said(office))["fields"] == [["service_zip", "60607"]]


async def test_a_request_is_handed_over_to_somebody_active(office: Office) -> None:
    order = await office.order()
    await office.ask(order, "Dana")
    marcus, rosa, dana = [await office.row(name) for name in ("Marcus", "Rosa", "Dana")]
    assert code(await _act(office, order, "reassign", "Dana", json={"to_id": rosa.id})) == (422, "INVALID_REQUEST")
    answer = await _act(office, order, "reassign", "Dana", json={"to_id": marcus.id, "reason": "On leave."})
    assert answer.status_code == 200
    said = await _said(office)
    assert (said["from_id"], said["to"]["name"]) == (dana.id, "Marcus Webb")


async def test_a_day_to_take_effect_begins_when_the_office_opens(office: Office) -> None:
    order = await office.order()
    await _act(office, order, "reschedule", json={"effective_at": "2099-07-01"})
    assert (await _said(office))["effective_at"] == "2099-07-01T14:00:00Z"


async def test_an_operator_says_what_was_done_by_hand(office: Office) -> None:
    order = await office.order()
    assert code(await _act(office, order, "complete", "Theo")) == (422, "INVALID_REQUEST")
    await _act(office, order, "complete", "Theo", json={"evidence": "Ticket 4711"})
    assert (await _said(office))["evidence"] == "Ticket 4711"


# --- deciding --------------------------------------------------------------------


async def _decide(office: Office, approval_id: str, name: str = "Dana", **body: str) -> Any:
    async with await office.client(name) as client:
        return await client.post(f"/api/v1/approvals/{approval_id}/decision", json=body)


async def test_an_inbox_shows_what_waits_and_what_it_costs(office: Office) -> None:
    await office.ask(await office.order(), "Dana")
    async with await office.client("Dana") as client:
        (waiting,) = (await client.get("/api/v1/approvals")).json()
    assert (waiting["beneficiary"], waiting["term_total"]) == ("Jordan Blake", "1560.00")
    async with await office.client("Helen") as client:
        assert (await client.get("/api/v1/approvals")).json() == []


@pytest.mark.parametrize(
    ("decision", "said"), [("approve", "comment"), ("reject", "comment"), ("request_info", "text")]
)
async def test_a_decision_is_good_for_the_step_that_was_asked_for(office: Office, decision: str, said: str) -> None:
    (approval_id,) = await office.ask(await office.order(), "Dana")
    answer = await _decide(office, approval_id, decision=decision, comment="Hm.")
    assert answer.status_code == 200
    row = await office.message(answer.json()["action_id"])
    assert (row.name, row.payload["round"], row.payload["stage"], row.payload[said]) == (decision, 1, 1, "Hm.")


async def test_only_the_one_who_is_asked_decides(office: Office) -> None:
    (approval_id,) = await office.ask(await office.order(), "Dana")
    for name in ("Jordan", "Priya", "Grace"):
        assert code(await _decide(office, approval_id, name, decision="approve")) == (404, "NOT_FOUND")


async def test_a_decision_that_was_made_is_told(office: Office) -> None:
    order = await office.order()
    (approval_id,) = await office.ask(order, "Dana")
    dana = await office.row("Dana")
    data = {"round": 1, "stage": 1, "approver_id": dana.id, "comment": "", "stage_done": True}
    await office.happen(order, Event.APPROVED_BY, Status.AWAITING_APPROVAL, **data)
    answer = await _decide(office, approval_id, decision="approve")
    assert code(answer) == (409, "ALREADY_DECIDED")
    assert "approved this on" in answer.json()["detail"]


async def test_a_reader_waits_for_the_entry_of_the_own_action(office: Office) -> None:
    order = await office.order()
    async with await office.client("Jordan") as client:
        early = await client.get(f"/api/v1/orders/{order['number']}?seq=5")
        assert early.json()["seq"] == 1
        await office.ask(order, "Dana")
        assert (await client.get(f"/api/v1/orders/{order['number']}?seq=2")).json()["seq"] == 2
