"""The scenarios of timers of lines for which golden histories are recorded."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from models.inventory import LineStatus
from models.lifecycle import ItemState
from tests.workflows.skipped_time import skip_days
from tests.workflows.timed_line import TimedLine
from tests.workflows.workflow_env import WorkflowEnv

TimerScenario = Callable[[WorkflowEnv, WorkflowEnvironment], Awaitable[TimedLine]]


async def reconnected(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> TimedLine:
    line = await TimedLine.suspend(env, await time_skipping.get_current_time())
    await skip_days(time_skipping, 91)
    return line


async def disconnected(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> TimedLine:
    line = await TimedLine.suspend(env, await time_skipping.get_current_time(), reason="lost")
    await skip_days(time_skipping, 91)
    return line


async def resume_requested(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> TimedLine:
    """The planned day has come, 30 days into a suspension that may last 90."""
    now = await time_skipping.get_current_time()
    line = await TimedLine.suspend(env, now, resume_on=(now + timedelta(days=30)).date())
    await skip_days(time_skipping, 30.9)
    await line.wait_for(line.requests)
    return line


async def resumed(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> TimedLine:
    line = await resume_requested(env, time_skipping)
    await line.wait_for(line.request_accepted)
    await line.carrier_answers()
    return line


async def resumed_manually(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> TimedLine:
    """Declined, retried, not answered in time, and resumed manually."""
    line = await resume_requested(env, time_skipping)
    await line.wait_for(line.request_accepted)
    await line.carrier_answers(ItemState.DECLINED, code="BUSY", detail="Not now.")
    await line.wait_for(line.problem)
    await line.repair("retry")
    await line.wait_for(line.request_repeated)
    await skip_days(time_skipping, 3)
    await line.wait_for(line.problem)
    await line.repair("complete_manually", evidence="Case 4711.")
    return line


async def stopped(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> TimedLine:
    """An order has resumed the line."""
    line = await TimedLine.suspend(env, await time_skipping.get_current_time())
    await skip_days(time_skipping, 80)
    await line.change_by_order(await time_skipping.get_current_time(), LineStatus.ACTIVE)
    await line.stop()
    return line


async def given_up(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> TimedLine:
    """A disconnected line whose number nobody has recovered."""
    now = await time_skipping.get_current_time()
    line = await TimedLine.disconnect(env, now, now.date())
    await skip_days(time_skipping, 52)
    return line


TIMER_SCENARIOS: Mapping[str, TimerScenario] = {
    scenario.__name__: scenario
    for scenario in (reconnected, disconnected, resumed, resumed_manually, stopped, given_up)
}
