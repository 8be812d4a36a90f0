"""The ways a suspension's clock can go of which a history is kept."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from models.lifecycle import ItemState
from models.timers import SUSPENSION_TIMER
from tests.workflows.scenarios import HISTORIES
from tests.workflows.suspended_line import Rest, travel
from tests.workflows.workflow_env import Stage

Play = Callable[[Stage, WorkflowEnvironment], Awaitable[Rest]]


def history_of(path: str) -> Path:
    """The file with the history of a clock that went this way."""
    return HISTORIES / f"{SUSPENSION_TIMER}.{path}.json"


async def reconnected(stage: Stage, ahead: WorkflowEnvironment) -> Rest:
    rest = await Rest.begin(stage, await ahead.get_current_time())
    await travel(ahead, 91)
    return rest


async def disconnected(stage: Stage, ahead: WorkflowEnvironment) -> Rest:
    rest = await Rest.begin(stage, await ahead.get_current_time(), rule="unknown")
    await travel(ahead, 91)
    return rest


async def resuming(stage: Stage, ahead: WorkflowEnvironment) -> Rest:
    """The planned day has come, 30 days into a suspension that may last 90."""
    now = await ahead.get_current_time()
    rest = await Rest.begin(stage, now, resume_on=(now + timedelta(days=30)).date())
    await travel(ahead, 30.9)
    await rest.until(rest.requests)
    return rest


async def resumed(stage: Stage, ahead: WorkflowEnvironment) -> Rest:
    rest = await resuming(stage, ahead)
    await rest.until(rest.accepted)
    await rest.answer()
    return rest


async def mended(stage: Stage, ahead: WorkflowEnvironment) -> Rest:
    """Refused, asked again, not answered in time, and resumed by hand."""
    rest = await resuming(stage, ahead)
    await rest.until(rest.accepted)
    await rest.answer(ItemState.REFUSED, code="BUSY", detail="Not now.")
    await rest.until(rest.attention)
    await rest.repair("retry")
    await rest.until(rest.asked_again)
    await travel(ahead, 3)
    await rest.until(rest.attention)
    await rest.repair("complete_manually", evidence="Case 4711.")
    return rest


async def stopped(stage: Stage, ahead: WorkflowEnvironment) -> Rest:
    rest = await Rest.begin(stage, await ahead.get_current_time())
    await travel(ahead, 80)
    await rest.handle.signal("stop", {})
    return rest


CLOCK_PLAYS: Mapping[str, Play] = {
    play.__name__: play for play in (reconnected, disconnected, resumed, mended, stopped)
}
