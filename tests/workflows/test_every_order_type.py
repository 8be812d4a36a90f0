"""What every order type must get right; a new one is tested by being in its folder."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.db.approvals.tables import ApprovalRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory.tables import InventoryChangeRow, LineLockRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow, ItemRow
from models.db.session import new_id, utc_now
from models.lifecycle import Action, ItemState, Status, actions_for
from models.order import Decision, InfoRequest, InfoResponse, Item, OperatorAction, Order
from models.order_type import Milestone, Step
from outbox.temporal_client import data_converter
from tests import factories
from tests.workflows.workflow_env import KEYRING, Stage
from workflows.order_type_registry import order_types_by_code

TYPES = pytest.mark.parametrize("code", sorted(order_types_by_code()))
ACTIVITY_OF = {Step.RULE: "rule", Step.RESERVE: "reserve", Step.PLACE: "place", Step.APPLY: "apply"}
# How far an order has come that stands there.
REACHED = {
    Status.AWAITING_APPROVAL: Milestone.SUBMITTED,
    Status.SCHEDULED: Milestone.APPROVED,
    Status.IN_FULFILLMENT: Milestone.PLACED,
    Status.AWAITING_ACTIVATION: Milestone.SHIPPED,
}
# The step that brings an order there.
LEADS_TO = {
    Status.AWAITING_APPROVAL: Step.APPROVE,
    Status.SCHEDULED: Step.SCHEDULE,
    Status.IN_FULFILLMENT: Step.PLACE,
    Status.AWAITING_ACTIVATION: Step.ACTIVATE,
}
FAILING = pytest.mark.parametrize(
    ("code", "step"),
    [
        (code, step)
        for code, kind in sorted(order_types_by_code().items())
        for step in kind.steps
        if step in ACTIVITY_OF
    ],
)


def placing(code: str, **differs: Any) -> factories.Placing:
    return factories.Placing(type=order_types_by_code()[code], **differs)


@TYPES
async def test_it_closes_on_the_happy_path(stage: Stage, code: str) -> None:
    order = await factories.place(stage.database, placing(code))
    handle = await stage.start(order)
    assert await stage.carry(order) is Status.COMPLETED
    assert (await handle.result()).status is Status.COMPLETED
    assert {item.state for item in await stage.all(ItemRow, order)} == {ItemState.DONE}
    assert await stage.all(LineLockRow, order) == []


@TYPES
async def test_signals_alone_carry_it_through(stage: Stage, code: str) -> None:
    order = await factories.place(stage.database, placing(code))
    handle = await stage.start(order)
    assert await stage.carry(order, by_signal=True) is Status.COMPLETED
    assert (await handle.result()).status is Status.COMPLETED


@TYPES
async def test_a_rejection_ends_it(stage: Stage, code: str) -> None:
    order = await _waiting_for_approval(stage, code)
    decision = Decision(action_id=new_id(), actor=factories.person(), comment="Not this year.")
    assert (await stage.tell(order, "reject", decision)).status is Status.REJECTED
    await stage.until(order, Status.REJECTED)
    assert {row.state for row in await stage.all(ApprovalRow, order)} == {"rejected"}
    await _assert_nothing_is_left(stage, order)


@TYPES
async def test_information_is_asked_for_and_given_any_number_of_times(stage: Stage, code: str) -> None:
    order = await _waiting_for_approval(stage, code)
    for _ in range(3):
        question = InfoRequest(action_id=new_id(), actor=factories.person(), text="For which project?")
        assert (await stage.tell(order, "request_info", question)).status is Status.INFO_REQUESTED
        await stage.until(order, Status.INFO_REQUESTED)
        reply = InfoResponse(action_id=new_id(), actor=factories.person(factories.REQUESTER), text="Atlas.")
        await stage.tell(order, "provide_info", reply)
        await stage.until(order, Status.AWAITING_APPROVAL)
    assert sorted(row.round for row in await stage.all(ApprovalRow, order)) == [1, 2, 3, 4]
    assert await stage.carry(order) is Status.COMPLETED


@FAILING
async def test_a_failed_step_waits_for_an_operator_who_retries(stage: Stage, code: str, step: Step) -> None:
    order = await factories.place(stage.database, placing(code))
    stage.saboteur.broken = {ACTIVITY_OF[step]}
    await stage.start(order)
    assert await stage.carry(order) is Status.FAILED
    stage.saboteur.broken.clear()
    failed = await stage.row(order)
    await stage.tell(order, "retry", OperatorAction(action_id=new_id(), actor=factories.person(factories.ADMIN)))
    await stage.settled(order, seen=failed.seq)
    assert await stage.carry(order) is Status.COMPLETED


@FAILING
async def test_a_failed_step_is_unwound_when_an_operator_cancels(stage: Stage, code: str, step: Step) -> None:
    order = await factories.place(stage.database, placing(code))
    stage.saboteur.broken = {ACTIVITY_OF[step]}
    handle = await stage.start(order)
    assert await stage.carry(order) is Status.FAILED
    await stage.cancel(order, factories.person(factories.ADMIN, admin=True), reason="Cannot be mended.")
    assert (await handle.result()).status in {Status.CANCELED, Status.WITHDRAWN}
    await _assert_nothing_is_left(stage, order)


@TYPES
async def test_every_activity_delivered_twice_changes_nothing(stage: Stage, code: str) -> None:
    stage.saboteur.twice = True
    order = await factories.place(stage.database, placing(code))
    await stage.start(order)
    assert await stage.carry(order) is Status.COMPLETED
    events = [(row.event, row.data.get("stage")) for row in await stage.all(EventRow, order)]
    assert len(events) == len(set(events))
    effects = [(row.item_id, row.effect) for row in await stage.all(InventoryChangeRow, order)]
    assert len(effects) == len(set(effects))
    mails = [(row.seq, row.event, row.recipient_id) for row in await stage.all(NotificationRow, order)]
    assert len(mails) == len(set(mails))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (code, status)
        for code, kind in sorted(order_types_by_code().items())
        for status in REACHED
        if LEADS_TO[status] in kind.steps
    ],
)
async def test_cancel_is_legal_exactly_where_the_table_says(stage: Stage, code: str, status: Status) -> None:
    later = utc_now() + timedelta(days=1) if status is Status.SCHEDULED else None
    order = await factories.place(stage.database, placing(code, effective_at=later))
    handle = await stage.start(order)
    assert await stage.carry(order, until=status) is status
    if Action.CANCEL in actions_for(status) and not _too_late(order.type.cancellable_until, status):
        await stage.cancel(order)
        assert (await handle.result()).status in {Status.WITHDRAWN, Status.CANCELED}
        await _assert_nothing_is_left(stage, order)
    else:
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await stage.cancel(order)
        assert isinstance(refused.value.cause, ApplicationError)
        assert refused.value.cause.type == "TOO_LATE_TO_CANCEL"


@TYPES
async def test_it_survives_a_worker_swap_at_every_step(stage: Stage, code: str) -> None:
    order = await factories.place(stage.database, placing(code))
    await stage.start(order)
    for status in (Status.AWAITING_APPROVAL, Status.IN_FULFILLMENT, Status.AWAITING_ACTIVATION):
        await stage.carry(order, until=status)
        await stage.swap()
    assert await stage.carry(order) is Status.COMPLETED


@TYPES
async def test_it_runs_without_any_cached_workflow(stage: Stage, code: str) -> None:
    await stage.stack.aclose()
    await stage.hire(max_cached_workflows=0)
    order = await factories.place(stage.database, placing(code))
    await stage.start(order)
    assert await stage.carry(order) is Status.COMPLETED


@TYPES
async def test_its_input_round_trips_through_the_converter(code: str) -> None:
    kind = order_types_by_code()[code].resolve({})
    order = Order(
        tenant="t", id="o", number="n", type=kind, requester_id="r", beneficiary_id="b", items=(Item(id="i", number=1),)
    )
    converter = data_converter(KEYRING)
    sealed = await converter.encode([order])
    assert code.encode() not in sealed[0].data
    assert await converter.decode(sealed, [Order]) == [order]


@TYPES
def test_it_has_a_test_file_of_its_own(code: str) -> None:
    assert (Path(__file__).parent / "order_types" / f"test_{code.lower()}.py").exists()


def _too_late(window: Milestone, status: Status) -> bool:
    ranks = list(Milestone)
    return ranks.index(REACHED[status]) >= ranks.index(window)


async def _waiting_for_approval(stage: Stage, code: str) -> Order:
    order = await factories.place(stage.database, placing(code))
    await stage.start(order)
    await stage.until(order, Status.AWAITING_APPROVAL)
    return order


async def _assert_nothing_is_left(stage: Stage, order: Order) -> None:
    """No new line, none changed, no lock, nothing open at the carrier, no link that still works."""
    named = {item.line_id for item in order.items}
    assert {line.status for line in await stage.lines() if line.id not in named} <= {"void"}
    assert {line.version for line in await stage.lines() if line.id in named} <= {0}
    assert await stage.all(LineLockRow, order) == []
    assert not any(row.open for row in await stage.all(CarrierOrderRow, order))
    assert "pending" not in {row.state for row in await stage.all(ApprovalRow, order)}
