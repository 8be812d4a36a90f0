"""Delivering an order's messages to its workflow again, after Temporal was restored to an older moment."""

import asyncio
from datetime import timedelta

from temporalio.client import Client

from models.db.outbox import delivery
from models.db.session import Database
from models.errors import EngineUnavailable
from models.order import OrderRef
from models.workflow_health import WorkflowHealth
from outbox.described_workflow import describe_workflow
from outbox.dispatcher import OutboxDispatcher

# How long the workflow may take with one message: it repeats activities, which find that their work is done.
SETTLE_TIMEOUT = timedelta(seconds=30)
_POLL_SECONDS = 0.1


async def replay_messages(database: Database, client: Client, dispatcher: OutboxDispatcher, ref: OrderRef) -> int:
    """Deliver every message of the order again, one after the other; returns how many there were.

    A message that the workflow knows has no effect, so this can be repeated. The start message starts a workflow that
    Temporal has lost. Raises EngineUnavailable if the workflow doesn't get done with a message.
    """
    async with database.read() as session:
        action_ids = await delivery.received(session, ref)
    for action_id in action_ids:
        await database.run(delivery.requeue_for_caller, action_id)
        if (await dispatcher.deliver(action_id)).state == "waiting":
            raise EngineUnavailable("Temporal didn't take all messages. Try again in a minute.")
        await _settled(client, ref)
    return len(action_ids)


async def _settled(client: Client, ref: OrderRef) -> None:
    """Wait until the workflow waits, or has ended: it accepts the next message as it did the first time."""
    try:
        async with asyncio.timeout(SETTLE_TIMEOUT.total_seconds()):
            while not await _is_settled(client, ref):  # noqa: ASYNC110 - Temporal doesn't say when it is
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError as error:
        raise EngineUnavailable("The workflow is still busy. Try again in a minute.") from error


async def _is_settled(client: Client, ref: OrderRef) -> bool:
    described = await describe_workflow(client, ref.workflow_id)
    return described.idle or described.health not in {WorkflowHealth.HEALTHY, WorkflowHealth.MISSING}
