"""An order type that calls the carrier twice, with steps of items in between."""

from dataclasses import replace

import pytest
from temporalio.client import WorkflowFailureError

from api.orders.timeline import entry_of
from carriers.base import CarrierOrder
from models.db.carriers.tables import CarrierOrderRow
from models.db.orders.tables import EventRow, ItemRow
from models.db.tasks.tables import TaskRow
from models.errors import CarrierDeclined, CarrierUnavailable
from models.lifecycle import ItemState, Status
from models.order import CancelResult, Identifiers, Order
from models.order_type import CancelWindow, Milestone, OrderType
from models.questions.suspension import SUSPEND_REASON
from models.step import Apply, Fulfill, NotifyHolder, Place, Rule
from models.tasks.carrier import SERVICE_TO_END, UNEXPECTED_UPDATE
from tests import factories
from tests.workflows.cases import TWO_ROUNDS
from tests.workflows.workflow_env import ADMIN, WorkflowEnv

TYPE = TWO_ROUNDS.order_type
# The second carrier order is sent while the first one is on its way.
OVERLAPPING = replace(
    TYPE,
    steps=(Rule(), NotifyHolder(), Place("suspend"), Fulfill(ItemState.SHIPPED), Place("resume"), Fulfill(), Apply()),
    cancel_window=CancelWindow(Milestone.APPLIED),
)
NONE = Identifiers()


def sent(env: WorkflowEnv, order: Order, number: int) -> CarrierOrder:
    """The order that the carrier got in this round."""
    return env.carrier.orders[f"{order.id}:{number}"]


async def second_round(env: WorkflowEnv, kind: OrderType = TYPE, after: ItemState = ItemState.DONE) -> Order:
    """An order whose second carrier order is placed once the first has come so far."""
    order = await env.start_new(kind, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, after, round=1)
    await env.until(order, lambda: accepted(env, order, 2), bool)
    return order


async def accepted(env: WorkflowEnv, order: Order, number: int) -> bool:
    rows = await env.rows(CarrierOrderRow, order)
    return any(row.round == number and row.carrier_ref is not None for row in rows)


async def test_the_carrier_gets_two_orders_with_references_of_their_own(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    assert list(env.carrier.orders) == [f"{order.id}:1"]
    assert await env.advance(order) is Status.COMPLETED
    assert list(env.carrier.orders) == [f"{order.id}:1", f"{order.id}:2"]
    assert [sent(env, order, number).items[0].action for number in (1, 2)] == ["suspend", "resume"]
    assert {line.status for line in await env.lines()} == {"suspended"}
    assert (await env.events(order)).count("placed") == 2


async def test_a_late_update_of_the_first_round_does_not_move_the_second(env: WorkflowEnv) -> None:
    order = await second_round(env)
    for state in (ItemState.DONE, ItemState.DECLINED):
        await env.carrier_update(order, state, round=1)
    await env.let_workflow_run()
    assert (await env.row(order)).status == Status.IN_FULFILLMENT
    assert await env.item_states(order) == ["placed"]
    await env.carrier_update(order, ItemState.DONE, round=2)
    await env.wait_for_status(order, Status.COMPLETED)


async def test_the_second_order_has_what_the_carrier_was_answered_in_the_first(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.INFO_REQUIRED, needs=("suspend_reason",))
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await env.provide_info(order, fields=(("suspend_reason", "military"),))
    assert await env.advance(order) is Status.COMPLETED
    assert sent(env, order, 1).items[0].changes["suspend_reason"] != "military"
    assert sent(env, order, 2).items[0].changes["suspend_reason"] == "military"


async def test_the_second_order_waits_for_all_items_and_leaves_out_a_declined_one(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, items=3, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.DECLINED, item=1, identifiers=NONE, detail="Not this one.")
    await env.carrier_update(order, ItemState.DONE, item=2)
    await env.let_workflow_run()
    assert list(env.carrier.orders) == [f"{order.id}:1"]
    await env.carrier_update(order, ItemState.DONE, item=3)
    await env.until(order, lambda: accepted(env, order, 2), bool)
    assert [item.item_id for item in sent(env, order, 2).items] == [item.id for item in order.items[1:]]
    for item in (2, 3):
        await env.carrier_update(order, ItemState.DONE, item=item)
    await env.wait_for_status(order, Status.PARTIALLY_FULFILLED)
    assert await env.item_states(order) == ["declined", "done", "done"]


async def test_no_second_order_is_sent_if_the_first_was_declined_entirely(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, items=2, until=Status.IN_FULFILLMENT)
    for item in (1, 2):
        await env.carrier_update(order, ItemState.DECLINED, item=item, identifiers=NONE, detail="Not these.")
    row = await env.until(order, lambda: env.row(order), lambda row: Status(row.status).final)
    assert list(env.carrier.orders) == [f"{order.id}:1"]
    assert (row.status, await env.item_states(order)) == (Status.VENDOR_REJECTED, ["declined", "declined"])
    assert (await env.rows(EventRow, order))[-1].data["detail"] == "Not these."


async def test_canceling_in_the_second_round_cancels_the_second_order(env: WorkflowEnv) -> None:
    order = await second_round(env)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    assert [ref.split()[0] for ref in env.carrier.canceled] == [f"NW-{order.id}:2"]
    assert not any(row.open for row in await env.rows(CarrierOrderRow, order))


async def test_canceling_between_the_rounds_sends_no_second_order(env: WorkflowEnv) -> None:
    """One item is done, the other is canceled: the carrier is not sent the next order for the first."""
    order = await env.start_new(TYPE, items=2, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.DONE, item=1)
    await env.let_workflow_run()
    await env.cancel(order)
    row = await env.until(order, lambda: env.row(order), lambda row: Status(row.status).final)
    assert list(env.carrier.orders) == [f"{order.id}:1"]
    assert (row.status, await env.item_states(order)) == (Status.CANCELED, ["canceled", "canceled"])


async def test_canceling_while_the_second_order_is_sent_waits_for_the_carriers_answer(
    env: WorkflowEnv,
) -> None:
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    env.faults.slow = {"place": 1.0}
    await env.carrier_update(order, ItemState.DONE)
    await env.until(order, lambda: _runs(env, "place"), lambda runs: runs == 2)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    assert [ref.split()[0] for ref in env.carrier.canceled] == [f"NW-{order.id}:2"]


async def _runs(env: WorkflowEnv, name: str) -> int:
    return env.faults.runs[name]


async def test_a_failed_second_order_can_be_canceled(env: WorkflowEnv) -> None:
    env.faults.broken, env.faults.spared = {"place"}, {"place": 1}
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    assert await env.advance(order) is Status.FAILED
    await env.cancel(order, ADMIN, reason="Can't be fixed.")
    await env.wait_for_status(order, Status.CANCELED)
    assert not any(row.open for row in await env.rows(CarrierOrderRow, order))


# --- two open rounds ---------------------------------------------------------


async def canceled(env: WorkflowEnv, order: Order) -> list[int]:
    """The rounds that the carrier was asked to cancel, in this sequence."""
    seq = (await env.cancel(order, reason="No longer needed.")).seq
    await env.wait_until_idle(order, after=seq)
    return [int(ref.split()[0].rpartition(":")[2]) for ref in env.carrier.canceled]


async def test_an_update_of_the_first_order_reaches_the_item_while_the_second_is_open(env: WorkflowEnv) -> None:
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    await env.wait_until_idle(order, after=None)
    known_sim = Identifiers(iccid="8901260123456789012")
    await env.carrier_update(order, ItemState.AWAITING_ACTIVATION, round=1, identifiers=known_sim)
    known = (known_sim.iccid, ItemState.PLACED)
    await env.until(order, lambda: env.rows(ItemRow, order), lambda items: (items[0].iccid, items[0].state) == known)
    await env.carrier_update(order, ItemState.DONE, round=1)
    await env.carrier_update(order, ItemState.DONE, round=2)
    await env.wait_for_status(order, Status.COMPLETED)


async def test_an_update_of_the_first_order_while_the_second_is_sent_takes_nothing_back(env: WorkflowEnv) -> None:
    order = await env.start_new(OVERLAPPING, until=Status.IN_FULFILLMENT)
    env.faults.slow = {"place": 1.0}
    await env.carrier_update(order, ItemState.SHIPPED, round=1)
    await env.until(order, lambda: _runs(env, "place"), lambda runs: runs == 2)
    known_sim = Identifiers(iccid="8901260123456789012")
    await env.carrier_update(order, ItemState.AWAITING_ACTIVATION, round=1, identifiers=known_sim)
    await env.until(order, lambda: env.rows(ItemRow, order), lambda items: items[0].iccid == known_sim.iccid)
    await env.wait_until_idle(order, after=None)
    assert await env.item_states(order) == ["placed"]
    assert (await env.row(order)).status == Status.IN_FULFILLMENT


@pytest.mark.parametrize("reported", [ItemState.DECLINED, ItemState.CANCELED])
async def test_a_first_order_that_fails_later_is_a_task_and_the_second_decides(
    env: WorkflowEnv, reported: ItemState
) -> None:
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    for _ in range(2):
        await env.carrier_update(order, reported, round=1, code="LOST", detail="The parcel is lost.")
    await env.carrier_update(order, ItemState.DONE, round=2)
    await env.wait_for_status(order, Status.COMPLETED)
    (task,) = await env.rows(TaskRow, order)
    assert (task.kind, task.state, task.role) == ("unexpected_update", "open", "desk")
    assert task.evidence["detail"] == "The parcel is lost."
    words = "an earlier part of this order"
    assert words in UNEXPECTED_UPDATE.what_happened(task.evidence, "Northwind")


async def test_what_the_carrier_asks_about_a_first_order_is_a_task(env: WorkflowEnv) -> None:
    """The same question is one task, and another one is another."""
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    for detail in ("Which reason?", "Which reason?", "Since when?"):
        await env.carrier_update(order, ItemState.INFO_REQUIRED, round=1, needs=("suspend_reason",), detail=detail)
    await env.carrier_update(order, ItemState.DONE, round=2)
    await env.wait_for_status(order, Status.COMPLETED)
    tasks = sorted(await env.rows(TaskRow, order), key=lambda task: task.seq)
    assert [(task.kind, task.evidence["detail"]) for task in tasks] == [
        ("earlier_question", "Which reason?"),
        ("earlier_question", "Since when?"),
    ]
    assert tasks[0].evidence["asked"] == SUSPEND_REASON.label


@pytest.mark.parametrize(("answer", "kinds"), [
    (ItemState.CANCELED, []), (ItemState.SHIPPED, ["unexpected_update"]),
])  # fmt: skip
async def test_a_first_order_that_ends_during_a_cancellation_is_a_task_only_if_the_second_continues(
    env: WorkflowEnv, answer: ItemState, kinds: list[str]
) -> None:
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    env.carrier.cancel_answer = CancelResult.ASSESSING
    await env.cancel(order)
    while len(env.carrier.canceled) < 2:
        await env.row(order)
    await env.let_workflow_run()
    await env.carrier_update(order, ItemState.CANCELED, round=1)
    await env.let_workflow_run()
    assert await env.rows(TaskRow, order) == []
    await env.carrier_update(order, answer, round=2)
    await env.wait_for_status(order, Status.SHIPPED if kinds else Status.CANCELED)
    assert [task.kind for task in await env.rows(TaskRow, order)] == kinds


async def test_canceling_reaches_both_orders_the_latest_first(env: WorkflowEnv) -> None:
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    assert await canceled(env, order) == [2, 1]
    assert (await env.row(order)).status == Status.CANCELED


async def test_a_first_order_that_is_too_far_along_completes_by_itself(env: WorkflowEnv) -> None:
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    env.carrier.cancel_answers[f"{order.id}:1"] = CancelResult.DECLINED
    assert await canceled(env, order) == [2, 1]
    assert (await env.row(order)).status == Status.CANCELED
    (event,) = [row for row in await env.rows(EventRow, order) if row.event == "earlier_part_completed"]
    detail = entry_of(event, {factories.CARRIER: "Northwind Wireless"}).details["detail"]
    assert detail.startswith("Northwind Wireless had already completed an earlier part of this order.")
    assert await env.rows(TaskRow, order) == []


async def test_if_the_second_order_continues_so_does_the_first(env: WorkflowEnv) -> None:
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    env.carrier.cancel_answers[f"{order.id}:2"] = CancelResult.DECLINED
    assert await canceled(env, order) == [2]
    assert await env.item_states(order) == ["placed"]


async def test_a_retried_cancellation_asks_again_only_what_was_not_canceled(env: WorkflowEnv) -> None:
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    env.carrier.fails["cancel"] = [None, CarrierUnavailable("No answer.")]
    assert await canceled(env, order) == [2, 1]


async def test_a_first_order_is_canceled_if_the_second_is_declined(env: WorkflowEnv) -> None:
    order = await env.start_new(OVERLAPPING, until=Status.IN_FULFILLMENT)
    env.carrier.fails["submit"] = [CarrierDeclined("Not this one.", facts={"code": "NO"})]
    await env.carrier_update(order, ItemState.SHIPPED, round=1)
    await env.wait_for_status(order, Status.VENDOR_REJECTED)
    assert [ref.split()[0] for ref in env.carrier.canceled] == [f"NW-{order.id}:1"]


async def stopped(env: WorkflowEnv, order: Order) -> None:
    """End the order while the carrier has it, and not by a cancellation."""
    handle = env.client.get_workflow_handle(order.workflow_id)
    await handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert (await env.row(order)).status == Status.CANCELED


@pytest.mark.parametrize(("first", "second", "words"), [
    (CancelResult.CANCELED, CancelResult.DECLINED, "but Northwind declined to cancel it."),
    (CancelResult.CANCELED, CancelResult.ASSESSING, "Northwind hasn't decided yet whether to cancel it."),
    (CancelResult.DECLINED, CancelResult.CANCELED, "Northwind canceled the latest part of it, but not an earlier one."),
])  # fmt: skip
async def test_what_a_stopped_order_leaves_at_the_carrier_is_a_task(
    env: WorkflowEnv, first: CancelResult, second: CancelResult, words: str
) -> None:
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    env.carrier.cancel_answers = {f"{order.id}:1": first, f"{order.id}:2": second}
    await stopped(env, order)
    (task,) = await env.rows(TaskRow, order)
    assert (task.kind, task.state, task.role) == ("service_to_end", "open", "desk")
    assert words in SERVICE_TO_END.what_happened(task.evidence, "Northwind")
    assert task.evidence["references"] == f"{order.id}:1, {order.id}:2"
    assert "cancel_declined" not in await env.events(order)


async def test_nothing_is_left_to_end_if_the_carrier_cancels_everything(env: WorkflowEnv) -> None:
    order = await second_round(env, OVERLAPPING, ItemState.SHIPPED)
    await stopped(env, order)
    assert await env.rows(TaskRow, order) == []
