"""Features with a last day: they disappear by themselves after it, and people are told the day before."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from temporalio.testing import WorkflowEnvironment

from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.inventory import LineStatus
from models.lifecycle import ItemState
from tests import factories
from tests.workflows.skipped_time import skip_days
from tests.workflows.test_lost_timers import restarted
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


async def test_each_of_several_features_ends_after_its_own_last_day(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    """Another order has added the second one: its timer follows both."""
    first = await TimedLine.with_features(skipping_env, now, in_days(now, 20), "FEATURE-1")
    line_id = (await first.line()).id
    second = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-2", line_id=line_id)
    await first.stop()
    assert await first.handle.result() == "stopped"
    assert (await second.timer()).features == ["FEATURE-2"]
    await skip_days(time_skipping, 12)
    await answered(second)
    assert await second.handle.result() == "removed"
    assert await features(second) == ["FEATURE-1"]
    following = await second.following()
    assert (await following.timer()).features == ["FEATURE-1"]
    await skip_days(time_skipping, 10)
    await following.wait_for(lambda: _count(following, 2))
    await following.wait_for(following.request_accepted)
    await following.carrier_answers()
    assert await following.handle.result() == "removed"
    assert await following.events() == [SOON, ASKED, ENDED] * 2
    assert await features(following) == []
    assert await told(following) == {factories.REQUESTER: 2}


async def _count(line: TimedLine, number: int) -> bool:
    return len(await line.requests()) >= number


async def change(line: TimedLine, at: datetime, status: LineStatus, **fields: Any) -> None:
    """Another order gives the line this status and these fields."""
    spec = factories.OrderSpec(type=order_type("SERVICE_SUSPEND"), line_ids=((await line.line()).id,))
    order = await factories.create_order(line.env.database, spec)
    await give_status(line.env, order, at, status, **fields)


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
    assert await features(line) == ["FEATURE-1", "FEATURE-2"]


async def test_a_lost_timer_continues_and_tells_about_the_next_feature(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, now: datetime
) -> None:
    """The notice of the first feature, in the same history, is not taken for that of the second."""
    first = await TimedLine.with_features(skipping_env, now, in_days(now, 20), "FEATURE-1")
    line_id = (await first.line()).id
    second = await TimedLine.with_features(skipping_env, now, in_days(now, 10), "FEATURE-2", line_id=line_id)
    await first.stop()
    await skip_days(time_skipping, 12)
    await answered(second)
    assert await second.handle.result() == "removed"
    following = await second.following()
    await skip_days(time_skipping, 1)
    await following.handle.terminate()
    assert await restarted(following) == 1
    await skip_days(time_skipping, 8)
    assert (await following.events()).count(SOON) == 2
