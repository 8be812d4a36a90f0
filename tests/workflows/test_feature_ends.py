"""Features with a last day: they disappear by themselves after it, and people are told the day before."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import update
from temporalio.testing import WorkflowEnvironment

from models.db.inventory.tables import LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.locks import locks
from models.db.notifications.tables import NotificationRow
from models.db.order_lock import lock_order
from models.db.orders.tables import EventRow
from models.db.outbox.tables import OutboxRow
from models.formatting import PLANNED_CHANGE
from models.inventory import LineStatus
from models.lifecycle import ItemState
from models.order import Order
from outbox.timer_monitor import TimerMonitor
from tests import factories
from tests.workflows.skipped_time import skip_days
from tests.workflows.timed_line import TimedLine, give_status
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

CHICAGO = ZoneInfo("America/Chicago")
SOON, ENDED, ASKED = "features_end_soon", "features_ended", "feature_end_requested"


@pytest.fixture
async def now(time_skipping: WorkflowEnvironment) -> datetime:
    return await time_skipping.get_current_time()


def in_days(now: datetime, days: int) -> date:
    return now.astimezone(CHICAGO).date() + timedelta(days=days)


async def told(line: TimedLine) -> Counter[str]:
    """The number of emails that say that features end soon, by recipient."""
    rows = await line.env.rows(NotificationRow, line.order)
    return Counter(row.recipient_id for row in rows if row.event == SOON)


async def features(line: TimedLine) -> list[str]:
    return (await line.line()).features


async def answered(line: TimedLine) -> None:
    await line.wait_for(line.requests)
    await line.wait_for(line.request_accepted)
    await line.carrier_answers()


async def two_features(
    env: WorkflowEnv, now: datetime, first_days: int, second_days: int
) -> tuple[TimedLine, TimedLine]:
    """A line with two features that end after so many days, each with its timer."""
    first = await TimedLine.with_features(env, now, in_days(now, first_days), "FEATURE-1")
    line_id = (await first.line()).id
    return first, await TimedLine.with_features(env, now, in_days(now, second_days), "FEATURE-2", line_id=line_id)


async def test_a_roaming_pack_disappears_by_itself_after_its_last_day_and_people_are_told_the_day_before(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    """The carrier is asked to remove it, without an approval."""
    skipping_env.faults.twice = True
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-1")
    await skip_days(time_skipping, 8)
    assert (await line.events(), await told(line)) == ([], {})
    await skip_days(time_skipping, 2)
    assert (await line.events(), await told(line)) == ([SOON], {factories.REQUESTER: 1})
    assert await features(line) == ["FEATURE-1"]
    (notice,) = [row for row in await skipping_env.rows(EventRow, line.order) if row.event == SOON]
    assert notice.at.astimezone(CHICAGO).date() == in_days(now, 9)
    assert (notice.data["features"], notice.data["last_day"]) == (["Feature-1"], str(in_days(now, 10)))
    await skip_days(time_skipping, 2)
    await line.wait_for(line.requests)
    (request,) = skipping_env.carrier.orders.values()
    assert (request.items[0].action, request.items[0].changes) == (
        "change_features",
        {"remove_features": ["FEATURE-1"]},
    )
    await answered(line)
    assert await line.handle.result() == "removed"
    assert await line.events() == [SOON, ASKED, ENDED]
    assert (await features(line), (await line.line()).feature_ends) == ([], [])
    assert (await line.line()).status == "active"


async def test_what_the_carrier_ends_itself_is_off_on_that_day_without_asking(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-1", rule="att_business")
    assert (await line.line()).feature_ends == [{"sku": "FEATURE-1", "on": str(in_days(now, 10)), "by": "carrier"}]
    await skip_days(time_skipping, 12)
    assert await line.handle.result() == "ended"
    assert (await line.events(), await line.requests(), await features(line)) == ([SOON, ENDED], [], [])


async def test_features_that_end_on_consecutive_days_are_told_and_removed_each_on_its_own_day(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    """Each order's people are told of its feature, and each history has its end."""
    first = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-1")
    line_id = (await first.line()).id
    second = await TimedLine.with_features(
        skipping_env, now, in_days(now, 11), "FEATURE-2", line_id=line_id, requester=factories.ADMIN
    )
    await skip_days(time_skipping, 11)
    await answered(first)
    assert await first.handle.result() == "removed"
    assert await features(first) == ["FEATURE-2"]
    assert (await told(first), await told(second)) == (
        {factories.REQUESTER: 1},
        {factories.ADMIN: 1, factories.REQUESTER: 1},
    )
    await skip_days(time_skipping, 1)
    await answered(second)
    assert await second.handle.result() == "removed"
    assert (await first.events(), await second.events()) == ([SOON, ASKED, ENDED], [SOON, ASKED, ENDED])
    assert await features(second) == []


async def test_a_removal_that_waits_for_an_operator_holds_up_no_other(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    first, second = await two_features(skipping_env, now, 1, 4)
    await skip_days(time_skipping, 3)
    await first.wait_for(first.requests)
    await first.wait_for(first.request_accepted)
    await first.carrier_answers(ItemState.DECLINED, code="BUSY", detail="Not now.")
    await first.wait_for(first.problem)
    await skip_days(time_skipping, 3)
    await answered(second)
    assert await second.handle.result() == "removed"
    assert await features(second) == ["FEATURE-1"]


@pytest.mark.parametrize("days", [0, 1])
async def test_people_are_told_also_of_a_pack_for_a_day_or_two(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime, days: int
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, days), "FEATURE-1")
    await skip_days(time_skipping, 0.9)
    assert await told(line) == {factories.REQUESTER: 1}


async def test_a_pack_whose_last_day_is_moved_ends_on_the_new_day(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    first = await TimedLine.with_features(skipping_env, now, in_days(now, 5), "FEATURE-1")
    line_id = (await first.line()).id
    longer = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-1", line_id=line_id)
    await first.stop()
    assert await first.handle.result() == "stopped"
    await skip_days(time_skipping, 8)
    assert (await features(longer), await longer.events()) == (["FEATURE-1"], [])
    await skip_days(time_skipping, 4)
    await answered(longer)
    assert await longer.handle.result() == "removed"


# --- what the line has when a feature ends --------------------------------------------------


async def imported(line: TimedLine, **fields: Any) -> None:
    """A file changes the line, beside orders and timers."""
    async with line.env.database.transaction() as session:
        await session.exec(update(LineRow).values(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"features": []},
        {"feature_ends": []},
        {"feature_ends": [{"sku": "FEATURE-1", "on": "2099-12-31", "by": "us"}]},
        {"status": "terminated"},
    ],
    ids=["feature gone", "no end", "end moved", "line closed"],
)
async def test_an_end_that_the_line_no_longer_has_is_neither_told_nor_requested(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime, fields: dict[str, Any]
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-1")
    await imported(line, **fields)
    await skip_days(time_skipping, 12)
    assert await line.handle.result() == "stopped"
    assert (await line.events(), await told(line), await line.requests()) == ([], {}, [])
    assert await features(line) == fields.get("features", ["FEATURE-1"])
    assert (await line.timer()).state == "ended"


async def test_only_the_features_that_the_line_still_has_are_removed(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-1", "FEATURE-2")
    left = [{"sku": "FEATURE-2", "on": str(in_days(now, 10)), "by": "us"}]
    await imported(line, features=["FEATURE-2"], feature_ends=left)
    await skip_days(time_skipping, 12)
    await answered(line)
    (request,) = skipping_env.carrier.orders.values()
    assert request.items[0].changes == {"remove_features": ["FEATURE-2"]}
    assert await line.handle.result() == "removed"


async def test_the_features_of_a_suspended_line_are_removed_once_it_is_in_service_again(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    """Carriers change no features of suspended lines."""
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-1")
    await change(line, now, LineStatus.SUSPENDED)
    await skip_days(time_skipping, 20)
    assert (await line.events(), await line.requests()) == ([SOON], [])
    await change(line, await time_skipping.get_current_time(), LineStatus.ACTIVE)
    await skip_days(time_skipping, 2)
    await answered(line)
    assert await line.handle.result() == "removed"
    assert await features(line) == []


async def test_the_features_of_a_disconnected_line_end_if_it_is_in_service_again(
    skipping_env: WorkflowEnv, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 20), "FEATURE-1")
    await change(line, now, LineStatus.DISCONNECTED, disconnected_on=in_days(now, 0))
    await line.stop()
    assert await line.handle.result() == "stopped"
    again = await change(line, now, LineStatus.ACTIVE, disconnected_on=None)
    (timer,) = [row for row in await skipping_env.rows(LineTimerRow, again) if row.state == "running"]
    assert (timer.features, timer.last_day) == (["FEATURE-1"], in_days(now, 20))


# --- beside orders --------------------------------------------------------------------------


async def test_an_order_waits_while_the_carrier_removes_a_feature(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 1), "FEATURE-1")
    await skip_days(time_skipping, 3)
    await line.wait_for(line.requests)
    await line.wait_for(line.request_accepted)
    other = await other_order(line)
    assert await held_by(line, other) == PLANNED_CHANGE
    await line.carrier_answers()
    assert await line.handle.result() == "removed"
    assert await held_by(line, other) is None


async def test_the_carrier_is_not_asked_while_an_order_is_changing_the_line(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 1), "FEATURE-1")
    other = await other_order(line)
    assert await held_by(line, other) is None
    await skip_days(time_skipping, 4)
    assert (await line.events(), await line.requests()) == ([SOON], [])
    async with skipping_env.database.transaction() as session:
        await locks.release(session, other)
    await skip_days(time_skipping, 2)
    await answered(line)
    assert await line.handle.result() == "removed"


async def test_a_removal_goes_to_the_carrier_as_soon_as_the_order_no_longer_holds_the_line(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 1), "FEATURE-1")
    other = await other_order(line)
    assert await held_by(line, other) is None
    await skip_days(time_skipping, 4)
    released_at = await time_skipping.get_current_time()
    async with skipping_env.database.transaction() as session:
        await locks.release(session, other)
    (wake,) = [row for row in await skipping_env.rows(OutboxRow, line.order) if row.name == "lock_released"]
    assert await skipping_env.deliver(wake.id) == "done"
    await answered(line)
    assert await line.handle.result() == "removed"
    assert await time_skipping.get_current_time() - released_at < timedelta(hours=1)


async def test_an_order_does_not_wait_for_an_operator(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 1), "FEATURE-1")
    await skip_days(time_skipping, 3)
    await line.wait_for(line.requests)
    await line.wait_for(line.request_accepted)
    await line.carrier_answers(ItemState.DECLINED, code="BUSY", detail="Not now.")
    await line.wait_for(line.problem)
    assert await held_by(line, await other_order(line)) is None


async def other_order(line: TimedLine) -> Order:
    spec = factories.OrderSpec(type=order_type("PLAN_CHANGE"), line_ids=((await line.line()).id,))
    return await factories.create_order(line.env.database, spec)


async def held_by(line: TimedLine, order: Order) -> str | None:
    """What this order waits for before it is sent; it holds the line if there is none."""
    async with line.env.database.transaction() as session:
        return await locks.hold(session, await lock_order(session, order.ref), order, await session.now())


async def change(line: TimedLine, at: datetime, status: LineStatus, **fields: Any) -> Order:
    """Another order gives the line this status and these fields."""
    spec = factories.OrderSpec(type=order_type("SERVICE_SUSPEND"), line_ids=((await line.line()).id,))
    order = await factories.create_order(line.env.database, spec)
    await give_status(line.env, order, at, status, **fields)
    return order


async def test_an_order_that_changes_something_else_leaves_the_end_as_it_is(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-1")
    await change(line, now, LineStatus.ACTIVE, plan="PLAN-1")
    assert (await line.timer()).state == "running"
    await skip_days(time_skipping, 12)
    await answered(line)
    assert await line.handle.result() == "removed"


async def test_a_feature_that_an_order_removes_earlier_has_no_end_anymore(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-1")
    await change(line, now, LineStatus.ACTIVE, features=(), feature_ends=())
    await line.stop()
    await skip_days(time_skipping, 12)
    assert await line.handle.result() == "stopped"
    assert (await line.events(), await told(line)) == (["line_changed_by_order"], {})


async def test_a_removal_that_the_carrier_declines_is_a_task(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 1), "FEATURE-1")
    await skip_days(time_skipping, 3)
    await line.wait_for(line.requests)
    await line.wait_for(line.request_accepted)
    await line.carrier_answers(ItemState.DECLINED, code="BUSY", detail="Not now.")
    await line.wait_for(line.problem)
    (task,) = await line.tasks()
    assert task.kind == "feature_end_overdue"
    await line.repair("complete_manually", evidence="Case 4711.")
    assert await line.handle.result() == "removed"
    assert await features(line) == []


async def test_a_removal_that_the_carrier_does_only_in_part_is_a_task(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    line = await TimedLine.with_features(skipping_env, now, in_days(now, 1), "FEATURE-1", "FEATURE-2")
    await skip_days(time_skipping, 3)
    await line.wait_for(line.requests)
    await line.wait_for(line.request_accepted)
    await line.carrier_answers(in_part=True, refused_features=(("FEATURE-2", "no"),))
    await line.wait_for(line.problem)
    assert await features(line) == ["FEATURE-2"]
    await line.repair("retry")
    await line.wait_for(line.request_repeated)
    await line.wait_for(line.request_accepted)
    *_, again = skipping_env.carrier.orders.values()
    assert again.items[0].changes == {"remove_features": ["FEATURE-2"]}, "what is off is not removed again"
    await line.carrier_answers()
    assert await line.handle.result() == "removed"
    assert await features(line) == []


async def test_lost_timers_of_a_line_continue_and_tell_each_of_its_feature_once(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    first, second = await two_features(skipping_env, now, 10, 20)
    await skip_days(time_skipping, 10)
    for line in (first, second):
        await line.handle.terminate()
    assert await TimerMonitor(skipping_env.database, skipping_env.client).run_once() == 2
    for line in (first, second):
        await line.env.deliver((await line.timer()).id)
    await skip_days(time_skipping, 10)
    assert [(await line.events()).count(SOON) for line in (first, second)] == [1, 1]
