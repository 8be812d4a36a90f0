"""What a carrier says of an item after it has ended is a task, whose choices act."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.carrier import CarrierActivities, EndDeliveryInput
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.db.session import utc_now
from models.errors import CarrierDeclined
from models.lifecycle import Status
from models.order import CancelResult, Order
from tests import factories
from tests.field.open_order import CANCELED, Field
from tests.workflows.workflow_env import KEYRING

pytestmark = pytest.mark.fault("7")

KNOWN = {"MDN": "+13125550142", "IMEI": "490154203237518", "ICCID": "89014103211118510720"}


async def refused(field: Field, *, items: int = 1) -> Order:
    """An order whose first item the carrier has declined; it has ended if that is its only one."""
    order = await field.order(items=items)
    await field.event(order, "failed")
    if items == 1:
        await field.env.wait_for_status(order, Status.VENDOR_REJECTED)
    else:
        await field.env.wait_for_item_states(order, "declined", "placed")
    return order


async def last_event(field: Field, order: Order) -> EventRow:
    return max(await field.env.rows(EventRow, order), key=lambda row: row.seq)


@pytest.mark.parametrize(("state", "choices"), [
    ("completed", ["accept", "end", "corrected"]), ("inProgress", ["end", "corrected"]),
])  # fmt: skip
async def test_the_delivery_of_a_refused_item_is_a_task(field: Field, state: str, choices: list[str]) -> None:
    order = await refused(field)
    await field.event(order, state, **KNOWN, trackingNumber="1Z999")
    (task,) = await field.tasks(order)
    assert (task.kind, task.state, task.choices) == ("refused_delivery", "open", choices)
    assert "+13125550142" in task.evidence["delivered"]
    seen = await field.seen(order)
    assert (seen["status"], seen["items"][0]["state"]) == ("VENDOR_REJECTED", "declined")


async def test_an_accepted_delivery_is_a_line_that_the_account_is_billed_for(field: Field) -> None:
    order = await refused(field)
    await field.event(order, "completed", **KNOWN)
    task = await field.act(order, "accept")
    assert (task.state, task.outcome, task.closed_by) == ("closed", "delivery_accepted", "Person AD")
    assert await field.inventory(order) == {
        "mdn": KNOWN["MDN"], "imei": KNOWN["IMEI"], "imei2": None, "iccid": KNOWN["ICCID"],
    }  # fmt: skip
    (line,) = [line for line in await field.env.lines() if line.status == "active"]
    assert (line.mdn, line.account_id, line.person_id) == (KNOWN["MDN"], factories.ACCOUNT, factories.REQUESTER)
    assert line.carrier_account == factories.CARRIER_ACCOUNT
    assert (await field.get(f"/api/v1/lines/{line.id}", "Person AD"))["mdn"] == KNOWN["MDN"]
    event = await last_event(field, order)
    assert (event.event, event.data["evidence"]) == ("delivery_accepted", "Jordan needs it.")
    assert (await field.seen(order))["items"][0]["state"] == "declined"


async def test_a_further_update_of_a_delivery_is_in_the_same_task(field: Field) -> None:
    order = await refused(field)
    for state, number in (("inProgress", None), ("completed", KNOWN["MDN"]), ("inProgress", None)):
        more = {"MDN": number} if number else {}
        await field.event(order, state, IMEI=KNOWN["IMEI"], trackingNumber="1Z999", **more)
    (task,) = await field.tasks(order)
    assert (task.state, task.choices) == ("open", ["accept", "end", "corrected"])
    assert KNOWN["MDN"] in task.evidence["delivered"]
    seen = await field.get(f"/api/v1/tasks/{task.id}", "Person AD")
    assert "as “Completed”" in seen["happened"]
    history = [row.event for row in await field.env.rows(EventRow, order)]
    assert history.count("refused_delivery") == 2
    emails = [row for row in await field.env.rows(NotificationRow, order) if row.event == "refused_delivery"]
    assert {row.seq for row in emails} == {task.seq}


@pytest.mark.parametrize(("updates", "opened"), [
    (("inProgress", "completed"), 2), (("completed", "inProgress"), 1), (("completed", "completed"), 1),
])  # fmt: skip
async def test_only_a_further_update_opens_a_settled_task_again(
    field: Field, updates: tuple[str, str], opened: int
) -> None:
    order = await refused(field)
    for state in updates:
        await field.event(order, state, **KNOWN, trackingNumber="1Z999")
        if [task.state for task in await field.tasks(order)] == ["open"]:
            await field.settle(order, "corrected", "Pat confirmed it, case 4711.")
    assert [task.kind for task in await field.tasks(order)] == ["refused_delivery"] * opened


async def test_what_is_in_the_inventory_is_not_ended_at_the_carrier(field: Field) -> None:
    """Not even by a task that was open before."""
    order = await refused(field)
    await field.event(order, "completed", **KNOWN)
    await field.act(order, "accept")
    request = EndDeliveryInput(ref=order.ref, item_id=order.items[0].id, round=1, reason="Not needed.")
    acts = CarrierActivities(field.env.database, {factories.CARRIER: field.env.carrier}, KEYRING)
    with pytest.raises(ApplicationError, match="item 1, which is kept"):
        await ActivityEnvironment().run(acts.end_delivery, request)
    assert field.env.carrier.canceled == []


@pytest.mark.parametrize("state", ["failed", CANCELED])
async def test_an_accepted_delivery_that_the_carrier_ends_is_a_task(field: Field, state: str) -> None:
    order = await refused(field)
    await field.event(order, "completed", **KNOWN)
    await field.act(order, "accept")
    await field.event(order, state)
    assert [(task.kind, task.state) for task in await field.tasks(order)] == [
        ("refused_delivery", "closed"), ("unexpected_update", "open"),
    ]  # fmt: skip


async def test_an_item_is_accepted_while_the_order_goes_on_with_another(field: Field) -> None:
    order = await refused(field, items=2)
    await field.event(order, "completed", **KNOWN)
    (task,) = await field.tasks(order)
    assert task.choices == ["accept", "corrected"]  # the carrier's order also has the other item
    await field.act(order, "accept")
    await field.event(order, "completed", item=1, MDN="+13125550188")
    await field.env.wait_for_status(order, Status.PARTIALLY_FULFILLED)
    assert sorted(line.mdn or "" for line in await field.env.lines() if line.status == "active") == [
        KNOWN["MDN"], "+13125550188",
    ]  # fmt: skip


@pytest.mark.parametrize(("reported", "says"), [
    ({"MDN": ""}, "without its phone number"), ({"MDN": "+13125550100"}, "is already in use"),
])  # fmt: skip
async def test_what_the_inventory_cannot_take_stays_a_task_that_says_why(
    field: Field, reported: dict[str, Any], says: str
) -> None:
    first = await field.order()
    await field.event(first, "completed", MDN="+13125550100")
    await field.env.wait_for_status(first, Status.COMPLETED)
    order = await refused(field)
    await field.event(order, "completed", **KNOWN | reported)
    task = await field.act(order, "accept")
    assert task.state == "open"
    assert says in (task.problem or "")
    seen = await field.get(f"/api/v1/tasks/{task.id}", "Person AD")
    assert (seen["problem"], seen["is_acting"], len(seen["choices"])) == (task.problem, False, 3)
    assert (await last_event(field, order)).event == "delivery_unsettled"
    await field.event(order, "completed", MDN="+13125550142")
    assert (await field.act(order, "accept")).state == "closed"
    assert (await field.inventory(order))["mdn"] == "+13125550142"


async def test_a_delivery_is_ended_at_the_carrier(field: Field) -> None:
    order = await refused(field)
    await field.event(order, "completed", **KNOWN)
    task = await field.act(order, "end")
    assert (task.state, task.outcome) == ("closed", "delivery_ended")
    assert field.env.carrier.canceled == [f"NW-{order.id}:1 Jordan needs it."]
    assert [line.status for line in await field.env.lines()] == ["void"]


@pytest.mark.parametrize("answer", [CancelResult.DECLINED, CancelResult.ASSESSING, CarrierDeclined("Too late.")])
async def test_a_carrier_that_does_not_end_it_leaves_the_task_open(field: Field, answer: Any) -> None:
    if isinstance(answer, CancelResult):
        field.env.carrier.cancel_answer = answer
    else:
        field.env.carrier.fails["cancel"] = [answer]
    order = await refused(field)
    await field.event(order, "completed", **KNOWN)
    task = await field.act(order, "end")
    assert task.state == "open"
    assert "The carrier" in (task.problem or "")
    field.env.carrier.cancel_answer = CancelResult.CANCELED
    assert (await field.act(order, "end")).state == "closed"


@pytest.mark.parametrize("state", ["acknowledged", "inProgress", "held"])
async def test_a_carrier_that_goes_on_with_what_it_had_refused_is_a_task(field: Field, state: str) -> None:
    order, at = await field.order(), utc_now() - timedelta(minutes=10)
    await field.event(order, "failed", at=at)
    await field.env.wait_for_status(order, Status.VENDOR_REJECTED)
    await field.event(order, state, at=at - timedelta(minutes=1), **KNOWN)
    await field.event(order, state, **KNOWN)
    assert await field.tasks(order) == []
    for later in (1, 2):
        await field.event(order, state, at=at + timedelta(minutes=later), **KNOWN)
    (task,) = await field.tasks(order)
    assert (task.kind, task.choices) == ("refused_delivery", ["end", "corrected"])
    assert (await field.act(order, "end")).outcome == "delivery_ended"


async def test_a_carrier_that_goes_on_with_what_was_canceled_is_a_task(field: Field) -> None:
    order, before = await field.order(), utc_now()
    await field.env.cancel(order)
    await field.env.wait_for_status(order, Status.CANCELED)
    await field.event(order, at=before, **KNOWN)
    assert await field.tasks(order) == []
    await field.event(order, at=utc_now(), **KNOWN)
    (task,) = await field.tasks(order)
    assert (task.kind, task.choices) == ("refused_delivery", ["end", "corrected"])


@pytest.mark.parametrize(("end", "update", "kind"), [
    ("completed", "failed", "unexpected_update"), ("completed", "pending", "late_question"),
    ("failed", "pending", "late_question"),
])  # fmt: skip
async def test_another_update_after_the_end_is_a_task(field: Field, end: str, update: str, kind: str) -> None:
    order = await field.order()
    await field.event(order, end, **(KNOWN if end == "completed" else {}))
    await field.env.until(order, lambda: field.env.row(order), lambda row: Status(row.status).final)
    await field.event(order, update)
    await field.event(order, update)
    (task,) = await field.tasks(order)
    assert (task.kind, task.state) == (kind, "open")


async def test_a_delivery_is_accepted_once_however_often_that_is_tried(field: Field) -> None:
    order = await refused(field)
    await field.event(order, "completed", **KNOWN)
    field.env.faults.twice = True
    assert (await field.act(order, "accept")).state == "closed"
    assert [line.mdn for line in await field.env.lines() if line.status == "active"] == [KNOWN["MDN"]]
