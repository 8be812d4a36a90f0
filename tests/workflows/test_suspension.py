"""Suspensions from beginning to end, on a time-skipping server."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, delete
from temporalio.testing import WorkflowEnvironment

from activities.inventory import InventoryActivities
from models.db.carriers.tables import CarrierOrderRow
from models.db.line_timers import line_timers
from models.db.line_timers.tables import LineTimerRow
from models.db.locks.tables import LockRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.db.outbox.tables import OutboxRow
from models.db.session import utc_now
from models.errors import CarrierDeclined
from models.holder import NOBODY, Holder
from models.inventory import LineStatus
from models.lifecycle import ItemState
from models.timers import EVENTS_PER_ITEM
from tests import factories
from tests.workflows.history_cost import BILLED
from tests.workflows.skipped_time import skip_days
from tests.workflows.test_notify_holder import own_account
from tests.workflows.timed_line import TimedLine, apply_input
from tests.workflows.timer_scenarios import resume_requested
from tests.workflows.workflow_env import WorkflowEnv, rejects
from workflows.order_type_registry import order_type

# Events and billed actions of a suspension that ends as planned: measured 50 and 10.
BUDGET = (56, 11)
NOTICES = ["suspension_ending", "suspension_ending"]
# The event and the line's status after a carrier has applied its rule.
RESULT_OF = {
    "reconnected": ("line_resumed", "active"),
    "disconnected": ("line_disconnected", "disconnected"),
}


@pytest.fixture
async def now(time_skipping: WorkflowEnvironment) -> datetime:
    return await time_skipping.get_current_time()


async def emails(line: TimedLine) -> Counter[tuple[str, str]]:
    """The number of emails from the timer, by event and recipient."""
    rows = await line.env.rows(NotificationRow, line.order)
    return Counter((row.event, row.recipient_id) for row in rows if row.seq > EVENTS_PER_ITEM)


@pytest.mark.parametrize(("reason", "outcome"), [("vacation", "reconnected"), ("lost", "disconnected")])
async def test_each_notice_is_given_once_and_the_carriers_rule_is_applied_once(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime, reason: str, outcome: str
) -> None:
    event, status = RESULT_OF[outcome]
    line = await TimedLine.suspend(skipping_env, now, reason=reason)
    await skip_days(time_skipping, 200)
    assert await line.handle.result() == outcome
    assert await line.events() == [*NOTICES, event]
    people = (factories.REQUESTER, factories.ADMIN)
    expected = {("suspension_ending", person): 2 for person in people} | {(event, person): 1 for person in people}
    assert await emails(line) == expected
    assert await line.changes() == [("suspended", status)]
    assert (await line.line()).status == status
    timers = {row.kind: row for row in await skipping_env.rows(LineTimerRow, line.order)}
    timer = timers["suspension"]
    assert (timer.state, timer.outcome, timer.ends_at) == ("ended", outcome, now + timedelta(days=90))
    assert timer.ended_at is not None
    assert (timer.ended_at - now).days == 90
    assert skipping_env.carrier.orders == {}


@pytest.mark.parametrize(
    ("holder", "told"),
    [(factories.SITE, factories.HOLDER), (NOBODY, factories.CHIEF)],
    ids=["the contact of its site", "the owner of its account"],
)
async def test_the_end_of_a_suspension_is_told_to_who_acts_for_the_line(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime, holder: Holder, told: str
) -> None:
    await own_account(skipping_env, factories.CHIEF)
    line = await TimedLine.suspend(skipping_env, now, holder=holder)
    await skip_days(time_skipping, 200)
    assert await line.handle.result() == "reconnected"
    people = [person for event, person in await emails(line) if event == "line_resumed"]
    assert sorted(people) == sorted([factories.REQUESTER, factories.ADMIN, told])
    assert (await line.line()).holder == holder


async def test_on_the_planned_day_the_carrier_is_asked_and_the_line_is_resumed(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    skipping_env.faults.twice = True
    line = await TimedLine.suspend(skipping_env, now, rule="att_business", resume_on=(now + timedelta(days=150)).date())
    await skip_days(time_skipping, 149)
    assert (await line.events(), skipping_env.carrier.orders) == (NOTICES, {})
    await skip_days(time_skipping, 2)
    await line.wait_for(line.requests)
    await line.wait_for(line.request_accepted)
    (request,) = await line.requests()
    (sent,) = skipping_env.carrier.orders.values()
    assert (sent.client_ref, request.client_ref) == (f"{line.order.id}:1001", f"{line.order.id}:1001")
    assert [(item.action, item.subject.mdn) for item in sent.items] == [("resume", (await line.line()).mdn)]
    assert (await line.line()).status == "suspended"
    await line.carrier_answers()
    await skip_days(time_skipping, 49)
    assert await line.handle.result() == "resumed"
    assert await line.events() == [*NOTICES, "resume_requested", "line_resumed"]
    assert (await line.changes(), skipping_env.carrier.submissions) == ([("suspended", "active")], 1)
    assert not any(row.open for row in await line.requests())
    assert set((await emails(line)).values()) == {1, 2}
    events = [event async for event in line.handle.fetch_history_events()]
    assert len(events) <= BUDGET[0]
    assert sum(event.event_type in BILLED for event in events) <= BUDGET[1]


@pytest.mark.parametrize(
    ("status", "outcome", "event"),
    [
        (LineStatus.ACTIVE, "resumed_by_order", "line_resumed_by_order"),
        (LineStatus.PORTING_OUT, "stopped", "line_changed_by_order"),
    ],
)
async def test_an_order_that_changes_the_line_s_status_ends_the_timer(
    skipping_env: WorkflowEnv,
    time_skipping: WorkflowEnvironment,
    now: datetime,
    *,
    status: LineStatus,
    outcome: str,
    event: str,
) -> None:
    line = await TimedLine.suspend(skipping_env, now)
    await skip_days(time_skipping, 80)
    other = await line.change_by_order(await time_skipping.get_current_time(), status)
    timer = await line.timer()
    assert (timer.state, timer.outcome, timer.ended_by) == ("ended", outcome, other.id)
    (stop,) = [row for row in await skipping_env.rows(OutboxRow, line.order) if row.name == "stop"]
    assert stop.workflow_id == line.handle.id
    await line.stop()
    assert await line.handle.result() == outcome
    assert (await line.events(), await line.changes()) == (["suspension_ending", event], [])
    rows = await skipping_env.rows(EventRow, line.order)
    assert [row.data["detail"] for row in rows if row.event == event] == [f"Order {other.number}."]


async def test_a_reassigned_line_keeps_its_timer_and_the_new_user_is_notified(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    suspended = await TimedLine.suspend(skipping_env, now)
    line = await suspended.line()
    assert line.person_id == factories.REQUESTER
    spec = factories.OrderSpec(
        type=order_type("LINE_REASSIGN"), line_ids=(line.id,), beneficiary=Holder.of(person_id=factories.HOLDER)
    )
    order = await factories.create_order(skipping_env.database, spec)
    await InventoryActivities(skipping_env.database).apply(apply_input(order, now))
    await skip_days(time_skipping, 91)
    assert await suspended.handle.result() == "reconnected"
    line = await suspended.line()
    assert (line.status, line.person_id) == ("active", factories.HOLDER)
    sent = await emails(suspended)
    people = (factories.HOLDER, factories.REQUESTER, factories.ADMIN)
    assert {sent["suspension_ending", person] for person in people} == {2}


async def test_a_timer_that_missed_its_stop_signal_does_nothing(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.suspend(skipping_env, now)
    timer = await line.timer()
    async with skipping_env.database.transaction() as session:
        row = await session.get_one(LineTimerRow, (timer.tenant, timer.id))
        row.state, row.outcome, row.ended_at = "ended", "stopped", now
    await skip_days(time_skipping, 100)
    assert await line.handle.result() == "stopped"
    assert await line.events() == []


async def test_an_operator_retries_after_the_carrier_declines(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await resume_requested(skipping_env, time_skipping)
    await line.wait_for(line.request_accepted)
    await line.carrier_answers(ItemState.DECLINED, code="PLAN_RETIRED", detail="The plan is sold no more.")
    await line.wait_for(line.problem)
    assert await line.problem() == "The carrier declined: The plan is sold no more."
    await line.repair("retry")
    await line.wait_for(line.request_repeated)
    assert [(row.round, row.open) for row in await line.requests()] == [(1001, False), (1002, True)]
    await line.wait_for(line.request_accepted)
    await line.carrier_answers()
    assert await line.handle.result() == "resumed"
    assert (await line.events())[2:] == [
        *("resume_requested", "resume_failed", "retried", "resume_requested", "line_resumed")
    ]
    assert [person for event, person in await emails(line) if event == "resume_failed"] == [factories.ADMIN]
    assert await line.problem() is None
    (task,) = await line.tasks()
    assert (task.kind, task.role, task.state, task.choice) == ("resume_overdue", "desk", "closed", "retry")


async def test_a_request_that_is_declined_at_once_is_retried_with_a_new_reference(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    skipping_env.carrier.fails["submit"] = [CarrierDeclined("No such line.", facts={"code": "UNKNOWN_LINE"})]
    line = await resume_requested(skipping_env, time_skipping)
    await line.wait_for(line.problem)
    assert await line.problem() == "The carrier declined: No such line."
    await line.repair("retry")
    await line.wait_for(line.request_repeated)
    await line.wait_for(line.request_accepted)
    await line.carrier_answers()
    assert await line.handle.result() == "resumed"
    assert list(skipping_env.carrier.orders) == [f"{line.order.id}:1002"]


async def test_an_operator_is_asked_when_the_carrier_does_not_answer_and_a_late_answer_counts(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await resume_requested(skipping_env, time_skipping)
    await skip_days(time_skipping, 3)
    await line.wait_for(line.problem)
    await line.carrier_answers()
    assert await line.handle.result() == "resumed"
    assert (await line.events())[2:] == ["resume_requested", "resume_failed", "line_resumed"]
    assert [(task.state, task.outcome, task.closed_by) for task in await line.tasks()] == [
        ("closed", "timer_ended", "Dialtone")
    ]


@pytest.mark.fault("8")
async def test_a_request_that_the_carrier_lost_is_sent_again_with_a_new_reference(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await resume_requested(skipping_env, time_skipping)
    await line.wait_for(line.request_accepted)
    (lost,) = await line.requests()
    async with skipping_env.database.transaction() as session:
        row = await session.get_one(CarrierOrderRow, (lost.tenant, lost.order_id, lost.round))
        row.lost_at = utc_now()
    await skip_days(time_skipping, 3)
    await line.wait_for(line.problem)
    await line.repair("retry")
    await line.wait_for(line.request_repeated)
    await line.wait_for(line.request_accepted)
    assert [(row.open, row.replaced_by) for row in await line.requests()] == [(False, 1002), (True, None)]
    await line.carrier_answers()
    assert await line.handle.result() == "resumed"


async def test_the_task_is_over_when_an_order_ends_the_suspension(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await resume_requested(skipping_env, time_skipping)
    await skip_days(time_skipping, 3)
    await line.wait_for(line.problem)
    line_id = (await line.line()).id
    async with skipping_env.database.transaction() as session:
        (row,) = await line_timers.running_on(session, line.order.tenant, line_id)
        await line_timers.stop(session, row, by=line.order.ref, outcome="stopped", at=utc_now())
    assert [task.state for task in await line.tasks()] == ["closed"]


async def test_an_operator_can_resume_the_line_manually_with_evidence(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await resume_requested(skipping_env, time_skipping)
    with rejects("ACTION_NOT_ALLOWED"):
        await line.repair("retry")
    await skip_days(time_skipping, 3)
    await line.wait_for(line.problem)
    with rejects("TEXT_REQUIRED"):
        await line.repair("complete_manually", evidence=" ")
    await line.repair("complete_manually", evidence="Called the carrier, case 4711.")
    assert await line.handle.result() == "resumed"
    assert (await line.events())[-2:] == ["completed_manually", "line_resumed"]


async def test_the_carriers_limit_does_not_wait_for_the_operator(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await resume_requested(skipping_env, time_skipping)
    await skip_days(time_skipping, 100)
    assert await line.handle.result() == "reconnected"
    assert (await line.events())[2:] == ["resume_requested", "resume_failed", "line_resumed"]
    assert ((await line.line()).status, await line.problem()) == ("active", None)


async def test_the_carrier_is_not_asked_while_an_order_changes_the_line(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.suspend(skipping_env, now, resume_on=(now + timedelta(days=30)).date())
    spec = factories.OrderSpec(type=order_type("SERVICE_SUSPEND"), line_ids=((await line.line()).id,))
    order = await factories.create_order(skipping_env.database, spec)
    await skip_days(time_skipping, 33)
    assert (await line.requests(), (await line.line()).status) == ([], "suspended")
    async with skipping_env.database.transaction() as session:
        await session.exec(delete(LockRow).where(col(LockRow.order_id) == order.id))
    await skip_days(time_skipping, 2)
    await line.wait_for(line.requests)


async def test_an_order_that_is_applied_twice_starts_one_timer(skipping_env: WorkflowEnv, now: datetime) -> None:
    line = await TimedLine.suspend(skipping_env, now)
    await InventoryActivities(skipping_env.database).apply(apply_input(line.order, now))
    await line.timer()
    starts = [row for row in await skipping_env.rows(OutboxRow, line.order) if row.kind == "start"]
    assert [row.workflow_id for row in starts] == [line.handle.id]


@pytest.mark.parametrize("choice", ["complete_manually", "retry"])
async def test_at_a_limit_after_which_nothing_is_published_an_operator_finds_out(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime, choice: str
) -> None:
    line = await TimedLine.suspend(skipping_env, now, rule="att_business")
    await skip_days(time_skipping, 179)
    assert await line.events() == []
    await skip_days(time_skipping, 2)
    await line.wait_for(line.problem)
    assert ((await line.line()).status, skipping_env.carrier.orders) == ("suspended", {})
    assert await line.events() == ["suspension_limit_reached"]
    await line.repair(choice, evidence="Called the carrier, case 4711.")
    if choice == "retry":
        await line.wait_for(line.requests)
        await line.wait_for(line.request_accepted)
        await line.carrier_answers()
    assert await line.handle.result() == "resumed"
    assert ((await line.line()).status, await line.problem()) == ("active", None)
    assert [(task.kind, task.role, task.choice) for task in await line.tasks()] == [
        ("suspension_limit", "desk", choice)
    ]
