"""Disconnected lines until their number is lost, on a time-skipping server."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from temporalio.testing import WorkflowEnvironment

from models.db.billing_watches.tables import BillingWatchRow
from models.db.inventory.tables import LineRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.holder import NOBODY, Holder
from models.inventory import LineStatus
from models.timers import EVENTS_PER_ITEM, EVENTS_PER_TIMER
from tests import factories
from tests.workflows.skipped_time import skip_days
from tests.workflows.test_lost_timers import restarted
from tests.workflows.test_notify_holder import own_account
from tests.workflows.timed_line import TimedLine
from tests.workflows.workflow_env import WorkflowEnv

CHICAGO = ZoneInfo("America/Chicago")
WARNED, LOST = "number_lost_warning", "number_lost"


@pytest.fixture
async def now(time_skipping: WorkflowEnvironment) -> datetime:
    return await time_skipping.get_current_time()


def day_of(at: datetime) -> date:
    return at.astimezone(CHICAGO).date()


async def warned(line: TimedLine) -> Counter[str]:
    """The number of warnings by recipient."""
    rows = await line.env.rows(NotificationRow, line.order)
    return Counter(row.recipient_id for row in rows if row.event == WARNED)


@pytest.mark.parametrize(
    ("holder", "told"),
    [
        (factories.PERSON, factories.REQUESTER),
        (factories.SITE, factories.HOLDER),
        (NOBODY, factories.CHIEF),
        (Holder.of(person_id=factories.CHIEF), factories.CHIEF),
    ],
    ids=["the holder", "the contact of the site", "nobody", "the holder owns the account"],
)
async def test_people_are_warned_once_and_the_line_ends_at_the_end_of_the_last_day(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime, holder: Holder, told: str
) -> None:
    skipping_env.faults.twice = True
    await own_account(skipping_env, factories.CHIEF)
    line = await TimedLine.disconnect(skipping_env, now, day_of(now), holder=holder)
    timer = await line.timer()
    assert (timer.kind, timer.last_day) == ("recover_window", day_of(now) + timedelta(days=50))
    await skip_days(time_skipping, 49)
    assert (await line.events(), (await line.line()).status) == ([WARNED], "disconnected")
    await skip_days(time_skipping, 3)
    assert await line.handle.result() == "given_up"
    assert await line.events() == [WARNED, LOST]
    assert await warned(line) == dict.fromkeys({told, factories.CHIEF}, 1)
    assert await line.changes() == [("disconnected", "terminated")]
    assert (await line.line()).status == "terminated"
    ended = await line.timer()
    assert (ended.state, ended.outcome, ended.ends_by) == ("ended", "given_up", "give_up")
    assert ended.ended_at is not None
    assert ended.ended_at.astimezone(CHICAGO) - timedelta(minutes=5) < datetime.combine(
        day_of(now) + timedelta(days=51), datetime.min.time(), CHICAGO
    )
    (warning,) = [row for row in await skipping_env.rows(EventRow, line.order) if row.event == WARNED]
    assert (warning.data["days"], warning.data["last_day"]) == (3, str(day_of(now) + timedelta(days=50)))


async def test_an_order_that_reconnects_the_line_stops_the_warnings_and_the_watch_of_its_bill(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.disconnect(skipping_env, now, day_of(now))
    await skip_days(time_skipping, 40)
    other = await line.change_by_order(await time_skipping.get_current_time(), LineStatus.ACTIVE)
    await line.stop()
    await skip_days(time_skipping, 20)
    assert await line.handle.result() == "resumed_by_order"
    timer = await line.timer()
    assert (timer.outcome, timer.ended_by) == ("resumed_by_order", other.id)
    assert (await line.events(), await warned(line)) == (["line_resumed_by_order"], {})
    assert (await line.line()).status == "active"
    assert [row.state for row in await skipping_env.rows(BillingWatchRow, line.order)] == ["ended"]


async def test_a_line_that_an_order_recovers_after_its_number_was_lost_is_not_watched(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    """The carrier has accepted the order in time, and completes it late."""
    line = await TimedLine.disconnect(skipping_env, now, day_of(now))
    await skip_days(time_skipping, 52)
    assert await line.handle.result() == "given_up"
    assert [row.state for row in await skipping_env.rows(BillingWatchRow, line.order)] == ["watching"]
    await line.change_by_order(await time_skipping.get_current_time(), LineStatus.ACTIVE)
    assert [row.state for row in await skipping_env.rows(BillingWatchRow, line.order)] == ["ended"]


async def test_a_timer_that_missed_its_stop_signal_neither_warns_nor_ends_the_line(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.disconnect(skipping_env, now, day_of(now))
    await line.change_by_order(now + timedelta(days=1), LineStatus.ACTIVE)
    await skip_days(time_skipping, 60)
    assert await line.handle.result() == "resumed_by_order"
    assert (await line.events(), await warned(line)) == (["line_resumed_by_order"], {})
    assert (await line.line()).status == "active"


async def test_a_suspension_that_the_carrier_ends_by_disconnecting_starts_the_recover_window(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    suspended = await TimedLine.suspend(skipping_env, now, reason="lost")
    await skip_days(time_skipping, 91)
    assert await suspended.handle.result() == "disconnected"
    row = await suspended.line()
    assert (row.status, row.disconnected_on) == ("disconnected", day_of(now + timedelta(days=90)))
    line = await suspended.following()
    assert line.handle.id != suspended.handle.id
    assert await restarted(line) == 0
    await skip_days(time_skipping, 52)
    assert await line.handle.result() == "given_up"
    assert await line.events() == ["suspension_ending", "suspension_ending", "line_disconnected", WARNED, LOST]
    assert await line.changes() == [("suspended", "disconnected"), ("disconnected", "terminated")]
    numbers = sorted(row.seq for row in await skipping_env.rows(EventRow, line.order))
    assert [seq for seq in numbers if seq > EVENTS_PER_ITEM] == [
        *(EVENTS_PER_ITEM + n for n in (1, 2, 3)),
        *(EVENTS_PER_ITEM + EVENTS_PER_TIMER + n for n in (1, 2)),
    ]
    (end,) = [row for row in await skipping_env.rows(EventRow, line.order) if row.event == "line_disconnected"]
    assert end.data["last_day"] == str(day_of(now + timedelta(days=140)))


async def test_an_order_that_disconnects_a_suspended_line_starts_the_recover_window_in_its_own_history(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    suspended = await TimedLine.suspend(skipping_env, now)
    line = await TimedLine.disconnect(skipping_env, now, day_of(now), other=suspended)
    await suspended.stop()
    assert await suspended.handle.result() == "stopped"
    assert await suspended.events() == ["line_changed_by_order"]
    await skip_days(time_skipping, 52)
    assert await line.handle.result() == "given_up"
    assert await line.events() == [WARNED, LOST]


async def test_a_terminated_workflow_warns_once_and_ends_the_line_once(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.disconnect(skipping_env, now, day_of(now))
    await skip_days(time_skipping, 49)
    assert await line.events() == [WARNED]
    await line.handle.terminate()
    assert await restarted(line) == 1
    await skip_days(time_skipping, 4)
    assert await line.handle.result() == "given_up"
    assert await line.events() == [WARNED, LOST]
    assert await line.changes() == [("disconnected", "terminated")]


async def test_a_number_that_was_lost_when_the_end_was_reported_is_given_up_at_once(env: WorkflowEnv) -> None:
    line = await TimedLine.disconnect(env, datetime.now(UTC), day_of(datetime.now(UTC) - timedelta(days=60)))
    assert await line.handle.result() == "given_up"
    assert await line.events() == [LOST]


async def test_another_line_can_have_the_number_meanwhile(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.disconnect(skipping_env, now, day_of(now))
    row = await line.line()
    async with skipping_env.database.transaction() as session:
        session.add(LineRow(**row.model_dump() | {"id": "01OTHER", "status": "active", "disconnected_on": None}))
    await skip_days(time_skipping, 52)
    assert await line.handle.result() == "given_up"
    async with skipping_env.database.transaction() as session:
        other = await session.get_one(LineRow, (row.tenant, "01OTHER"))
        assert other.status == "active"
