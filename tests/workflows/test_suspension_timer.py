"""A suspension, lived through on a server whose clock runs ahead."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, delete
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from activities.inventory import InventoryActivities
from bench.histories import BILLED
from models.db.inventory.tables import LineLockRow, SuspensionTimerRow
from models.db.notifications.tables import NotificationRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Database
from models.errors import CarrierRefused
from models.inventory import SUSPENSION_ENDS, Effect
from models.lifecycle import ItemState
from models.timers import Ending, TimerOutcome
from tests import factories
from tests.workflows.suspended_line import Rest, applied, travel
from tests.workflows.timer_scenarios import resuming
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_types_by_code

# Events and billed actions of a suspension that ends as planned: measured 50 and 10.
BUDGET = (56, 11)
WARNED = ["suspension_ending", "suspension_ending"]
# What people are told, and where the line stands, when a carrier has applied its rule.
COMES_TO = {
    TimerOutcome.RECONNECTED: ("line_resumed", "active"),
    TimerOutcome.DISCONNECTED: ("line_disconnected", "disconnected"),
}


@pytest.fixture
async def now(ahead: WorkflowEnvironment) -> datetime:
    return await ahead.get_current_time()


async def mails(rest: Rest) -> Counter[tuple[str, str]]:
    """How many mails of each kind each person got from the clock."""
    rows = await rest.stage.all(NotificationRow, rest.order)
    return Counter((row.event, row.recipient_id) for row in rows if row.seq > 1000)


@pytest.mark.parametrize(
    ("rule", "outcome"), [("verizon_business", TimerOutcome.RECONNECTED), ("unknown", TimerOutcome.DISCONNECTED)]
)
async def test_in_200_days_each_warning_is_given_once_and_the_carriers_rule_applied_once(
    hasty: Stage, ahead: WorkflowEnvironment, now: datetime, rule: str, outcome: TimerOutcome
) -> None:
    event, status = COMES_TO[outcome]
    rest = await Rest.begin(hasty, now, rule=rule)
    await travel(ahead, 200)
    assert await rest.handle.result() is outcome
    assert await rest.told() == [*WARNED, event]
    people = (factories.REQUESTER, factories.ADMIN)
    wanted = {("suspension_ending", person): 2 for person in people} | {(event, person): 1 for person in people}
    assert await mails(rest) == wanted
    assert await rest.changes() == [("suspended", status)]
    assert (await rest.line()).status == status
    clock = await rest.clock()
    assert (clock.state, clock.outcome, clock.ends_at) == ("ended", outcome, now + timedelta(days=90))
    assert clock.ended_at is not None
    assert (clock.ended_at - now).days == 90
    assert hasty.carrier.orders == {}


async def test_on_the_planned_day_the_carrier_is_asked_and_the_line_works_again(
    hasty: Stage, ahead: WorkflowEnvironment, now: datetime
) -> None:
    hasty.saboteur.twice = True
    rest = await Rest.begin(hasty, now, rule="tmobile_business", resume_on=(now + timedelta(days=150)).date())
    await travel(ahead, 149)
    assert (await rest.told(), hasty.carrier.orders) == (WARNED, {})
    await travel(ahead, 2)
    await rest.until(rest.requests)
    await rest.until(rest.accepted)
    (asked,) = await rest.requests()
    (work,) = hasty.carrier.orders.values()
    assert (work.client_ref, asked.client_ref) == (f"{rest.order.id}:1", f"{rest.order.id}:1")
    assert [(item.action, item.wanted["mdn"]) for item in work.items] == [("resume", (await rest.line()).mdn)]
    assert (await rest.line()).status == "suspended"
    await rest.answer()
    await travel(ahead, 49)
    assert await rest.handle.result() is TimerOutcome.RESUMED
    assert await rest.told() == [*WARNED, "resume_requested", "line_resumed"]
    assert (await rest.changes(), hasty.carrier.submissions) == ([("suspended", "active")], 1)
    assert not any(row.open for row in await rest.requests())
    assert set((await mails(rest)).values()) == {1, 2}
    events = [event async for event in rest.handle.fetch_history_events()]
    assert len(events) <= BUDGET[0]
    assert sum(event.event_type in BILLED for event in events) <= BUDGET[1]


async def test_an_order_that_changes_the_line_stops_the_clock(
    hasty: Stage, ahead: WorkflowEnvironment, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = await Rest.begin(hasty, now)
    await travel(ahead, 80)
    back = Effect(apply=lambda before, *_: SUSPENSION_ENDS[Ending.RESUME](before))
    monkeypatch.setattr("activities.inventory.EFFECTS", {"suspend_line": back})
    resume = factories.Placing(type=order_types_by_code()["SERVICE_SUSPEND"], line_ids=((await rest.line()).id,))
    order = await factories.place(hasty.database, resume)
    await InventoryActivities(hasty.database).apply(applied(order, await ahead.get_current_time()))
    clock = await rest.clock()
    assert (clock.state, clock.outcome) == ("ended", TimerOutcome.STOPPED)
    (stop,) = [row for row in await hasty.all(OutboxRow, rest.order) if row.name == "stop"]
    assert stop.workflow_id == rest.handle.id
    await rest.handle.signal("stop", {})
    assert await rest.handle.result() is TimerOutcome.STOPPED
    assert (await rest.told(), await rest.changes()) == (["suspension_ending"], [])


async def test_a_line_that_changes_hands_keeps_its_clock_and_who_holds_it_now_is_told(
    hasty: Stage, ahead: WorkflowEnvironment, now: datetime
) -> None:
    rest = await Rest.begin(hasty, now)
    line = await rest.line()
    assert line.person_id == factories.REQUESTER
    giving = factories.Placing(
        type=order_types_by_code()["LINE_REASSIGN"], line_ids=(line.id,), beneficiary_id=factories.HOLDER
    )
    order = await factories.place(hasty.database, giving)
    await InventoryActivities(hasty.database).apply(applied(order, now))
    await travel(ahead, 91)
    assert await rest.handle.result() is TimerOutcome.RECONNECTED
    assert ((await rest.line()).status, (await rest.line()).person_id) == ("active", factories.HOLDER)
    told = await mails(rest)
    assert {
        told["suspension_ending", person] for person in (factories.HOLDER, factories.REQUESTER, factories.ADMIN)
    } == {2}


async def test_a_clock_that_missed_its_stop_does_nothing_either(
    hasty: Stage, ahead: WorkflowEnvironment, now: datetime
) -> None:
    rest = await Rest.begin(hasty, now)
    async with hasty.database.transaction() as session:
        row = await session.get_one(SuspensionTimerRow, ((await rest.clock()).tenant, (await rest.clock()).id))
        row.state, row.outcome, row.ended_at = "ended", "stopped", now
    await travel(ahead, 100)
    assert await rest.handle.result() is TimerOutcome.STOPPED
    assert await rest.told() == []


async def test_a_refusal_is_put_before_an_operator_who_has_it_asked_again(
    hasty: Stage, ahead: WorkflowEnvironment
) -> None:
    rest = await resuming(hasty, ahead)
    await rest.until(rest.accepted)
    await rest.answer(ItemState.REFUSED, code="PLAN_RETIRED", detail="The plan is sold no more.")
    await rest.until(rest.attention)
    assert (await rest.clock()).attention == "PLAN_RETIRED: The plan is sold no more."
    await rest.repair("retry")
    await rest.until(rest.asked_again)
    assert [(row.client_ref[-2:], row.open) for row in await rest.requests()] == [(":1", False), (":2", True)]
    await rest.until(rest.accepted)
    await rest.answer()
    assert await rest.handle.result() is TimerOutcome.RESUMED
    assert (await rest.told())[2:] == [
        *("resume_requested", "resume_failed", "retried", "resume_requested", "line_resumed")
    ]
    assert [person for event, person in await mails(rest) if event == "resume_failed"] == [factories.ADMIN]
    assert await rest.attention() is None


async def test_a_carrier_that_refuses_at_once_is_asked_under_a_new_reference(
    hasty: Stage, ahead: WorkflowEnvironment
) -> None:
    hasty.carrier.fails["submit"] = [CarrierRefused("No such line.", facts={"code": "UNKNOWN_LINE"})]
    rest = await resuming(hasty, ahead)
    await rest.until(rest.attention)
    assert await rest.attention() == "UNKNOWN_LINE: No such line."
    await rest.repair("retry")
    await rest.until(rest.asked_again)
    await rest.until(rest.accepted)
    await rest.answer()
    assert await rest.handle.result() is TimerOutcome.RESUMED
    assert list(hasty.carrier.orders) == [f"{rest.order.id}:2"]


async def test_silence_is_put_before_an_operator_and_a_late_answer_still_counts(
    hasty: Stage, ahead: WorkflowEnvironment
) -> None:
    rest = await resuming(hasty, ahead)
    await travel(ahead, 3)
    await rest.until(rest.attention)
    await rest.answer()
    assert await rest.handle.result() is TimerOutcome.RESUMED
    assert (await rest.told())[2:] == ["resume_requested", "resume_failed", "line_resumed"]


async def test_an_operator_may_resume_the_line_by_hand_and_says_how(hasty: Stage, ahead: WorkflowEnvironment) -> None:
    rest = await resuming(hasty, ahead)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await rest.repair("retry")
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "ILLEGAL_TRANSITION"
    await travel(ahead, 3)
    await rest.until(rest.attention)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await rest.repair("complete_manually", evidence=" ")
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "REASON_REQUIRED"
    await rest.repair("complete_manually", evidence="Called the carrier, case 4711.")
    assert await rest.handle.result() is TimerOutcome.RESUMED
    assert (await rest.told())[-2:] == ["completed_manually", "line_resumed"]


async def test_the_carriers_limit_does_not_wait_for_the_operator(hasty: Stage, ahead: WorkflowEnvironment) -> None:
    rest = await resuming(hasty, ahead)
    await travel(ahead, 100)
    assert await rest.handle.result() is TimerOutcome.RECONNECTED
    assert (await rest.told())[2:] == ["resume_requested", "resume_failed", "line_resumed"]
    assert ((await rest.line()).status, await rest.attention()) == ("active", None)


async def test_the_carrier_is_not_asked_while_an_order_changes_the_line(
    hasty: Stage, ahead: WorkflowEnvironment, now: datetime
) -> None:
    rest = await Rest.begin(hasty, now, resume_on=(now + timedelta(days=30)).date())
    placing = factories.Placing(type=order_types_by_code()["SERVICE_SUSPEND"], line_ids=((await rest.line()).id,))
    order = await factories.place(hasty.database, placing)
    await travel(ahead, 33)
    assert (await rest.requests(), (await rest.line()).status) == ([], "suspended")
    await _withdraw(hasty.database, order.id)
    await travel(ahead, 2)
    await rest.until(rest.requests)


async def _withdraw(database: Database, order_id: str) -> None:
    """The order in the way has let go of the line."""
    async with database.transaction() as session:
        await session.exec(delete(LineLockRow).where(col(LineLockRow.order_id) == order_id))


async def test_an_order_that_is_applied_twice_starts_one_clock(hasty: Stage, now: datetime) -> None:
    rest = await Rest.begin(hasty, now)
    await InventoryActivities(hasty.database).apply(applied(rest.order, now))
    await rest.clock()
    starts = [row for row in await hasty.all(OutboxRow, rest.order) if row.kind == "start"]
    assert [row.workflow_id for row in starts] == [rest.handle.id]
