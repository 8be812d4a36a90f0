"""Finds workflows that run although what they belong to has ended, or is not in the database."""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from models.db.session import Database
from models.db.workflow_health import running
from models.errors import EngineUnavailable
from models.workflow_ref import WorkflowKind, WorkflowRef
from outbox.described_workflow import RPC_TIMEOUT, describe_workflow
from runtime.periodic import FailureLog, run_periodically
from workflows.search_attributes import NUMBER, RUNNING

log = structlog.get_logger()

# How many workflows Temporal lists per call, and how many are looked up per statement.
PAGE = 500


class RunningWorkflows:
    """One per worker process. Several may find the same workflow; it is stored once.

    A workflow ends soon after what it belongs to: one that runs for `after` since then was restored.
    """

    def __init__(self, database: Database, client: Client, *, after: timedelta) -> None:
        self._database = database
        self._client = client
        self._after = after

    async def run(self) -> None:
        """Check until canceled."""
        failures = FailureLog("running_workflows_failed", "running_workflows_recovered")
        await run_periodically(self.run_once, every=self._after / 2, failures=failures)

    async def run_once(self) -> int:
        """Look at all running workflows; returns how many run without an open order or timer, or without a task.

        Raises EngineUnavailable.
        """
        await self._forget_ended()
        found = 0
        try:
            workflows = self._client.list_workflows(RUNNING, page_size=PAGE, rpc_timeout=RPC_TIMEOUT)
            numbers: dict[WorkflowRef, str] = {}
            async for workflow in workflows:
                ref = WorkflowRef.parse(workflow.id)
                if ref is not None:
                    numbers[ref] = workflow.typed_search_attributes.get(NUMBER) or ""
                if len(numbers) == PAGE:
                    found += await self._check(numbers)
                    numbers = {}
        except (RPCError, RuntimeError) as error:
            raise EngineUnavailable("Temporal is unavailable. Try again in a minute.") from error
        return found + await self._check(numbers)

    async def _check(self, numbers: Mapping[WorkflowRef, str]) -> int:
        """Store those without an open row. Temporal's list can be seconds old, so each is described."""
        async with self._database.transaction() as session:
            suspects = await running.without_open_row(session, numbers, ended_for=self._after)
        found = [ref for ref in suspects.ended | suspects.unknown if await self._runs(ref)]
        for ref in found:
            async with self._database.transaction() as session:
                if ref in suspects.ended and ref.kind is WorkflowKind.ORDER:
                    is_new = await running.add_revived(session, ref)
                else:
                    is_new = await running.add_stray(session, ref, numbers[ref])
            if is_new:
                log.warning("workflow_without_row", tenant=ref.tenant, order=numbers[ref], workflow=ref.workflow_id)
        return len(found)

    async def _forget_ended(self) -> None:
        async with self._database.transaction() as session:
            known = await running.listed(session)
        for ref in known:
            if not await self._runs(ref):
                async with self._database.transaction() as session:
                    await running.forget(session, ref)

    async def _runs(self, ref: WorkflowRef) -> bool:
        return (await describe_workflow(self._client, ref.workflow_id)).runs
