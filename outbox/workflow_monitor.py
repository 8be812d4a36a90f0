"""Watches over open orders: whether the workflow that should carry each of them is there and runs."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from models.db.orders import order_values
from models.db.outbox import delivery
from models.db.outbox.messages import enqueue, start
from models.db.session import Database, Session, utc_now
from models.db.workflow_health import monitoring
from models.db.workflow_health.monitoring import Claimed
from models.errors import EngineUnavailable
from models.order import OrderRef
from models.timers import TimerRef
from policies.recovery import WorkflowHealth

log = structlog.get_logger()

BATCH = 20
PATIENCE = timedelta(seconds=3)
# An order whose workflow was well is looked at again this often, however long it waits for somebody.
AGAIN = timedelta(minutes=5)

_FINDINGS: Mapping[WorkflowExecutionStatus, WorkflowHealth] = MappingProxyType(
    {
        WorkflowExecutionStatus.TERMINATED: WorkflowHealth.TERMINATED,
        WorkflowExecutionStatus.FAILED: WorkflowHealth.FAILED,
        WorkflowExecutionStatus.TIMED_OUT: WorkflowHealth.TIMED_OUT,
        WorkflowExecutionStatus.CANCELED: WorkflowHealth.CANCELED,
        WorkflowExecutionStatus.COMPLETED: WorkflowHealth.COMPLETED,
    }
)


async def find(client: Client, ref: OrderRef | TimerRef) -> WorkflowHealth:
    """How the workflow of an order, or a clock, stands at this moment. Raises EngineUnavailable."""
    try:
        described = await client.get_workflow_handle(ref.workflow_id).describe(rpc_timeout=PATIENCE)
    except RPCError as error:
        if _unknown(error):
            return WorkflowHealth.MISSING
        raise EngineUnavailable(f"Temporal does not answer ({error.message}).") from error
    except RuntimeError as error:
        # What a lazy client raises while it cannot connect.
        raise EngineUnavailable("Temporal is away.") from error
    return _FINDINGS.get(described.status, WorkflowHealth.HEALTHY) if described.status else WorkflowHealth.HEALTHY


def _unknown(error: RPCError) -> bool:
    """Whether Temporal has no such workflow; one that has no such namespace is set up wrongly, and knows nothing."""
    wrong_place = any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)
    return error.status is RPCStatusCode.NOT_FOUND and not wrong_place


async def run_periodically(look: Callable[[], Awaitable[object]], *, every: timedelta) -> None:
    """Look until canceled; trouble is logged when it begins and when it is over, and never ends the loop."""
    away = False
    while True:
        try:
            await look()
        except Exception as error:  # noqa: BLE001 - the loop outlives whatever one round runs into
            if not away:
                log.warning("cannot watch workflows", error=f"{type(error).__name__}: {error}")
            away = True
        else:
            if away:
                log.info("workflows are watched again")
            away = False
        # Spread, so that processes do not look in step.
        await asyncio.sleep(every.total_seconds() * (0.5 + random.random()))  # noqa: S311 - no secret


class WorkflowMonitor:
    """One per worker process; orders are claimed, so any number of them share the work.

    An order that was quiet for `after` is looked at: once, whenever it has moved since, and every `again`.
    """

    def __init__(self, database: Database, client: Client, *, after: timedelta, again: timedelta = AGAIN) -> None:
        self._database = database
        self._client = client
        self._after = after
        self._again = max(again, after)

    async def run(self) -> None:
        """Watch until canceled."""
        await run_periodically(self.run_once, every=self._after / 4)

    async def run_once(self) -> int:
        """Look at every order whose turn it is; returns for how many something is wrong.

        Raises EngineUnavailable; what was not looked at then has its turn again later.
        """
        began, wrong = utc_now(), 0
        async with self._database.transaction() as session:
            await monitoring.forget_closed(session)
        while claimed := await self._claim(began):
            found = await asyncio.gather(*(self._look(one) for one in claimed))
            wrong += sum(finding is not WorkflowHealth.HEALTHY for finding in found)
        return wrong

    async def _claim(self, at: datetime) -> list[Claimed]:
        async with self._database.transaction() as session:
            return await monitoring.claim(session, at=at, after=self._after, again=self._again, limit=BATCH)

    async def _look(self, one: Claimed) -> WorkflowHealth:
        finding = await find(self._client, one.ref)
        if finding == one.state:
            return finding
        async with self._database.transaction() as session:
            if await monitoring.has_closed(session, one.ref):
                return WorkflowHealth.HEALTHY
            if finding is WorkflowHealth.MISSING:
                finding = await self._missed(session, one.ref)
            if finding != one.state:
                log.warning("order's workflow", order_id=one.ref.id, found=finding, before=one.state)
                await monitoring.note(session, one.ref, finding, utc_now())
        return finding

    async def _missed(self, session: Session, ref: OrderRef) -> WorkflowHealth:
        """What to make of a workflow that Temporal did not know."""
        if await delivery.was_delivered(session, ref.id):
            # It may have been started between the two questions.
            return await find(self._client, ref)
        # What waits to be said is the relay's, and a start that nobody wrote down is written now.
        await enqueue(session, start(await order_values.load(session, ref)))
        return WorkflowHealth.HEALTHY
