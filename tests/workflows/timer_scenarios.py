"""The scenarios of a line's timer for which golden histories are recorded."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from models.lifecycle import ItemState
from tests.workflows.suspended_line import SuspendedLine, skip_days
from tests.workflows.workflow_env import WorkflowEnv

TimerScenario = Callable[[WorkflowEnv, WorkflowEnvironment], Awaitable[SuspendedLine]]


async def reconnected(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> SuspendedLine:
    line = await SuspendedLine.suspend(env, await time_skipping.get_current_time())
    await skip_days(time_skipping, 91)
    return line


async def disconnected(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> SuspendedLine:
    line = await SuspendedLine.suspend(env, await time_skipping.get_current_time(), reason="lost")
    await skip_days(time_skipping, 91)
    return line


async def resume_requested(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> SuspendedLine:
    """The planned day has come, 30 days into a suspension that may last 90."""
    now = await time_skipping.get_current_time()
    line = await SuspendedLine.suspend(env, now, resume_on=(now + timedelta(days=30)).date())
    await skip_days(time_skipping, 30.9)
    await line.wait_for(line.requests)
    return line


async def resumed(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> SuspendedLine:
    line = await resume_requested(env, time_skipping)
    await line.wait_for(line.request_accepted)
    await line.carrier_answers()
    return line


async def resumed_manually(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> SuspendedLine:
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


async def stopped(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> SuspendedLine:
    line = await SuspendedLine.suspend(env, await time_skipping.get_current_time())
    await skip_days(time_skipping, 80)
    await line.stop()
    return line


TIMER_SCENARIOS: Mapping[str, TimerScenario] = {
    scenario.__name__: scenario for scenario in (reconnected, disconnected, resumed, resumed_manually, stopped)
}
