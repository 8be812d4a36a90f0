"""The commands about workflows: replaying their histories, and repairing them after a restore."""

from pathlib import Path
from typing import TYPE_CHECKING

from cli.environment import temporal

if TYPE_CHECKING:
    from temporalio.worker import Replayer

    from models.settings import Settings


async def replay(settings: "Settings", files: list[Path]) -> dict[str, Exception | None]:
    """The failure of each replay, or None, by workflow id or file."""
    from temporalio.worker import Replayer

    from worker import RUNNER
    from workflows.order_type_registry import all_workflows

    async with temporal(settings) as client:
        replayer = Replayer(workflows=all_workflows(), workflow_runner=RUNNER, data_converter=client.data_converter)
        if files:
            texts = {str(file): file.read_text() for file in files}
            return {name: await _failure(replayer, text) for name, text in texts.items()}
        histories = client.list_workflows("ExecutionStatus = 'Running'").map_histories()
        async with replayer.workflow_replay_iterator(histories) as results:
            return {result.history.workflow_id: result.replay_failure async for result in results}


async def repair(settings: "Settings", reason: str) -> bool:
    """Print what was done about each order; returns whether an order could not be repaired."""
    from datetime import timedelta

    from models.order import Actor, ActorKind, Channel
    from outbox.bootstrap import database_of
    from outbox.dispatcher import OutboxDispatcher
    from outbox.workflow_repair import WorkflowRepair
    from policies.recovery import RecoveryAction

    database, failed = database_of(settings), False
    actor = Actor(kind=ActorKind.SYSTEM, id="cli", name="Operator, by command line", channel=Channel.SYSTEM)
    try:
        async with temporal(settings) as client:
            timeout = timedelta(seconds=settings.update_timeout_seconds)
            dispatcher = OutboxDispatcher(database, client, task_queue=settings.task_queue, timeout=timeout)
            async for number, outcome in WorkflowRepair(database, client, dispatcher).repair_all(
                actor=actor, evidence=reason
            ):
                print(f"{number}: {outcome}")
                failed |= outcome not in set(RecoveryAction)
    finally:
        await database.close()
    return failed


async def _failure(replayer: "Replayer", text: str) -> Exception | None:
    from outbox.temporal_client import history_from_json

    replayed = await replayer.replay_workflow(history_from_json(text), raise_on_replay_failure=False)
    return replayed.replay_failure
