"""The history of a real workflow as items: what ran, how often, what failed, and who sent messages."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.history.schemas import HistoryItem
from api.history.workflow_info import read_workflow
from models.db.session import new_id
from models.step_failures import failure_of
from outbox.temporal_client import data_converter
from tests.api.conftest import KEYRING

UI = "http://127.0.0.1:8233"
_TIMEOUT = timedelta(seconds=5)


class Carrier:
    """An activity that fails a given number of times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    @activity.defn
    async def place(self) -> str:
        if self.failures:
            self.failures -= 1
            raise ApplicationError("The carrier is closed.")
        return "NW-1"

    @activity.defn
    async def record(self) -> None:
        """Do nothing."""


@workflow.defn(name="SAMPLE")
class SampleWorkflow:
    """Waits for an update, then runs two activities."""

    def __init__(self) -> None:
        self.approved = False

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(
            lambda: self.approved, timeout=timedelta(days=1), timeout_summary="Reminder of the manager"
        )
        await workflow.execute_activity_method(
            Carrier.place,
            start_to_close_timeout=_TIMEOUT,
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=50), backoff_coefficient=1000),
            summary="place with northwind",
        )
        await workflow.execute_activity_method(Carrier.record, start_to_close_timeout=_TIMEOUT)

    @workflow.update
    async def approve(self, message: dict[str, object]) -> str:
        self.approved = bool(message)
        return "APPROVED"

    @workflow.signal
    async def carrier_update(self, update: dict[str, object]) -> None:
        """Do nothing."""


class Runner:
    """Runs the workflow with encrypted payloads."""

    def __init__(self, client: Client, queue: str) -> None:
        self.client, self.queue = client, queue

    async def start(self) -> WorkflowHandle[object, object]:
        return await self.client.start_workflow("SAMPLE", id=f"order:acme:{new_id()}", task_queue=self.queue)

    async def items(self, handle: WorkflowHandle[object, object]) -> dict[str, HistoryItem]:
        _, items = await read_workflow(self.client, handle.id, UI, carrier="Northwind Mobile")
        return {item.title: item for item in items}

    async def until(self, handle: WorkflowHandle[object, object], title: str, state: str) -> HistoryItem:
        """The item with this title once it is in this state and has a due time."""
        async with asyncio.timeout(20):
            while True:
                item = (await self.items(handle)).get(title)
                if item is not None and item.state == state and item.due_at is not None:
                    return item
                await asyncio.sleep(0.05)


@pytest.fixture
async def carrier() -> Carrier:
    return Carrier(failures=1)


@pytest.fixture
async def runner(temporal: WorkflowEnvironment, carrier: Carrier) -> AsyncIterator[Runner]:
    client = Client(
        temporal.client.service_client, namespace=temporal.client.namespace, data_converter=data_converter(KEYRING)
    )
    queue = f"sample-{new_id()}"
    worker = Worker(
        client,
        task_queue=queue,
        workflows=[SampleWorkflow],
        activities=[carrier.place, carrier.record],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        yield Runner(client, queue)


async def test_items_have_sender_attempts_and_state(runner: Runner) -> None:
    handle = await runner.start()
    await runner.until(handle, "Reminder of the manager", "waiting")
    await handle.signal("carrier_update", {"carrier": "northwind", "imei": "490154203237518"})
    await handle.execute_update("approve", {"actor": {"name": "Dana Ortiz"}, "comment": "Fine.", "imei": "4901542"})
    await handle.result()
    items = await runner.items(handle)
    assert (items["Workflow"].state, items["Workflow"].detail) == ("done", None)
    assert (items["Approve"].who, items["Approve"].detail) == ("Dana Ortiz", "Fine.")
    assert (items["Carrier update"].who, items["Carrier update"].detail) == ("Northwind Mobile", None)
    assert items["Reminder of the manager"].state == "no longer needed"
    placed = items["Place the order with Northwind Mobile"]
    assert (placed.state, placed.attempts, placed.failure) == ("done", 2, "The carrier is closed.")
    assert placed.problem is None
    recorded = items["Update the order's history"]
    assert (recorded.kind, recorded.state) == ("activity", "done")
    assert "490154" not in str(items)


async def test_a_retrying_activity_shows_its_last_failure(runner: Runner, carrier: Carrier) -> None:
    carrier.failures = 1000
    handle = await runner.start()
    await handle.execute_update("approve", {"actor": {"name": "Dana Ortiz"}})
    placing = await runner.until(handle, "Place the order with Northwind Mobile", "retrying")
    assert placing.attempts > 1
    assert placing.problem == failure_of("place", "Northwind Mobile", placing.attempts - 1)
    assert placing.failure == "The carrier is closed."
    await handle.terminate()


async def test_a_timer_shows_when_it_is_due(runner: Runner) -> None:
    handle = await runner.start()
    timer = await runner.until(handle, "Reminder of the manager", "waiting")
    assert timer.due_at == timer.at + timedelta(days=1)
    assert (await runner.items(handle))["Workflow"].state == "running"
    await handle.terminate(reason="enough")
    assert (await runner.items(handle))["Workflow"].state == "terminated"


async def test_the_url_leads_to_the_temporal_ui(runner: Runner) -> None:
    handle = await runner.start()
    info, _ = await read_workflow(runner.client, handle.id, UI, carrier=None)
    workflow_id = handle.id.replace(":", "%3A")
    assert info.url == f"{UI}/namespaces/default/workflows/{workflow_id}/{info.run_id}/timeline"
    assert (info.status, info.problem) == ("RUNNING", None)
    await handle.terminate()


async def test_a_workflow_that_has_not_started_is_reported(runner: Runner) -> None:
    info, items = await read_workflow(runner.client, "order:acme:NOBODY", UI, carrier=None)
    assert (info.problem, items) == ("The workflow hasn't started yet.", ())
