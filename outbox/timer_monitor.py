"""Restarts timers of lines whose workflow was ended or lost, or doesn't stand where their row does."""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from models.db.line_timers import line_timers
from models.db.line_timers.line_timers import RunningTimer
from models.db.order_events import append_outside
from models.db.session import Database, Session
from models.errors import EngineUnavailable
from models.events.suspension import TIMER_RESTORED
from models.order import SYSTEM
from models.workflow_health import WorkflowHealth
from notifications.enqueue import enqueue_emails
from outbox.described_workflow import RPC_TIMEOUT, DescribedWorkflow, describe_workflow, last_seq
from outbox.terminated_workflow import terminate_workflow
from outbox.workflow_monitor import BATCH
from runtime.periodic import FailureLog, run_periodically

log = structlog.get_logger()

# Timers run for weeks, and announce what they do days ahead.
CHECK_INTERVAL = timedelta(hours=1)


class TimerMonitor:
    """One per worker process. Several may find the same lost timer; it is restarted once.

    An order's workflow has state of its own, so operators decide how to recover it. A timer's state is all in the
    database: whichever of the two databases is older, a timer continues where its row and its events end. If its
    workflow had already ended, the carrier may have changed the line, so a task is opened as well.

    A workflow is asked for the number of its last event only if it or the row has changed since the last check.
    """

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client
        self._in_step: dict[RunningTimer, DescribedWorkflow] = {}

    async def run(self) -> None:
        """Check until canceled."""
        await run_periodically(
            self.run_once, every=CHECK_INTERVAL, failures=FailureLog("timer_check_failed", "timer_check_recovered")
        )

    async def run_once(self) -> int:
        """Check every running timer; returns how many were restarted. Raises EngineUnavailable."""
        restarted, last_id = 0, ""
        in_step: dict[RunningTimer, DescribedWorkflow] = {}
        while page := await self._page(last_id):
            restarted += sum(await asyncio.gather(*(self._check(timer) for timer in page)))
            in_step |= {timer: self._in_step[timer] for timer in page if timer in self._in_step}
            last_id = page[-1].ref.id
        self._in_step = in_step
        return restarted

    async def _page(self, after: str) -> list[RunningTimer]:
        async with self._database.transaction() as session:
            return await line_timers.list_running(session, after=after, limit=BATCH)

    async def _check(self, timer: RunningTimer) -> bool:
        described = await describe_workflow(self._client, timer.ref.workflow_id)
        health = await self._compare(timer, described) if described.runs else described.health
        if health is WorkflowHealth.HEALTHY:
            return False
        outcome = await self._outcome(timer) if health is WorkflowHealth.COMPLETED else None
        async with self._database.transaction() as session:
            restarted = await line_timers.restart(session, timer.ref)
            if restarted and described.runs:
                await terminate_workflow(self._client, timer.ref.workflow_id, "Restarted where its row and events end")
            if restarted and outcome is not None:
                await _open_task(session, timer, outcome)
        if restarted:
            log.warning("timer_workflow_restarted", timer_id=timer.ref.id, found=health)
        return restarted

    async def _compare(self, timer: RunningTimer, described: DescribedWorkflow) -> WorkflowHealth:
        """Compare the last events. While a workflow is busy, either may be ahead for a moment."""
        if self._in_step.get(timer) == described:
            return WorkflowHealth.HEALTHY
        seq = await last_seq(self._client, timer.ref.workflow_id)
        if seq is None or not await self._stands_still(timer, described):
            return WorkflowHealth.HEALTHY
        if seq != timer.seq:
            return WorkflowHealth.BEHIND if seq < timer.seq else WorkflowHealth.AHEAD
        self._in_step[timer] = described
        return WorkflowHealth.HEALTHY

    async def _stands_still(self, timer: RunningTimer, described: DescribedWorkflow) -> bool:
        """Whether nothing has happened to the timer or its workflow since both were read."""
        if not described.idle or await describe_workflow(self._client, timer.ref.workflow_id) != described:
            return False
        async with self._database.transaction() as session:
            return await line_timers.running_of(session, timer.ref) == timer

    async def _outcome(self, timer: RunningTimer) -> str:
        handle = self._client.get_workflow_handle(timer.ref.workflow_id, result_type=str)
        try:
            outcome: str = await handle.result(rpc_timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            # A lazy client that can't connect raises RuntimeError.
            raise EngineUnavailable("Temporal is unavailable. Try again in a minute.") from error
        return outcome


async def _open_task(session: Session, timer: RunningTimer, outcome: str) -> None:
    about = {"thing": timer.ref.id, "item": timer.item_number, "outcome": outcome}
    order, event = await append_outside(
        session, timer.order, TIMER_RESTORED, actor=SYSTEM, at=await session.now(), data=about
    )
    await enqueue_emails(session, order, event)
