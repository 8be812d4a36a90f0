"""Folding the history of a real workflow: what ran, how often, what failed, who said what."""

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

from api.history.engine_spans import EngineSpan, Kind
from api.history.workflow_info import look
from models.db.session import new_id
from outbox.temporal_client import data_converter
from tests.api.conftest import KEYRING

UI = "http://127.0.0.1:8233"
_BRIEF = timedelta(seconds=5)


class Carrier:
    """An activity that fails as often as it is told to."""

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
        """Write something down."""


@workflow.defn(name="STORY")
class Story:
    """Waits for a word, places, records, ends."""

    def __init__(self) -> None:
        self.heard = False

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(
            lambda: self.heard, timeout=timedelta(days=1), timeout_summary="Reminder of the manager"
        )
        await workflow.execute_activity_method(
            Carrier.place,
            start_to_close_timeout=_BRIEF,
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=50), backoff_coefficient=1000),
            summary="place with northwind",
        )
        await workflow.execute_local_activity_method(Carrier.record, start_to_close_timeout=_BRIEF)

    @workflow.update
    async def approve(self, message: dict[str, object]) -> str:
        self.heard = bool(message)
        return "APPROVED"

    @workflow.signal
    async def carrier_update(self, news: dict[str, object]) -> None:
        """Hear, and do nothing."""


class Theatre:
    """A worker for the story, with a codec that seals everything."""

    def __init__(self, client: Client, queue: str) -> None:
        self.client, self.queue = client, queue

    async def begin(self) -> WorkflowHandle[object, object]:
        return await self.client.start_workflow("STORY", id=f"order:acme:{new_id()}", task_queue=self.queue)

    async def strands(self, handle: WorkflowHandle[object, object]) -> dict[str, EngineSpan]:
        _, strands = await look(self.client, handle.id, UI)
        return {strand.title: strand for strand in strands}

    async def until(self, handle: WorkflowHandle[object, object], title: str, state: str) -> EngineSpan:
        """The strand of this title, once it is in this state and knows what comes next."""
        async with asyncio.timeout(20):
            while True:
                strand = (await self.strands(handle)).get(title)
                if strand is not None and strand.state == state and strand.again_at is not None:
                    return strand
                await asyncio.sleep(0.05)


@pytest.fixture
async def carrier() -> Carrier:
    return Carrier(failures=1)


@pytest.fixture
async def theatre(temporal: WorkflowEnvironment, carrier: Carrier) -> AsyncIterator[Theatre]:
    client = Client(
        temporal.client.service_client, namespace=temporal.client.namespace, data_converter=data_converter(KEYRING)
    )
    queue = f"story-{new_id()}"
    worker = Worker(
        client,
        task_queue=queue,
        workflows=[Story],
        activities=[carrier.place, carrier.record],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        yield Theatre(client, queue)


async def test_a_story_is_told_with_its_actor_attempts_and_end(theatre: Theatre) -> None:
    handle = await theatre.begin()
    await theatre.until(handle, "Reminder of the manager", "waiting")
    await handle.signal("carrier_update", {"carrier": "northwind", "imei": "490154203237518"})
    await handle.execute_update("approve", {"actor": {"name": "Dana Ortiz"}, "comment": "Fine.", "imei": "4901542"})
    await handle.result()
    told = await theatre.strands(handle)
    assert (told["Workflow"].state, told["Workflow"].detail) == ("done", "STORY")
    assert (told["approve"].who, told["approve"].detail) == ("Dana Ortiz", "Fine.")
    assert (told["carrier update"].who, told["carrier update"].detail) == ("northwind", None)
    assert told["Reminder of the manager"].state == "no longer needed"
    placed = told["place with northwind"]
    assert (placed.state, placed.attempts, placed.failure) == ("done", 2, "The carrier is closed.")
    assert (told["record"].kind, told["record"].state) == (Kind.ACTIVITY, "done")
    assert "490154" not in str(told)


async def test_an_activity_that_is_being_retried_shows_its_last_failure(theatre: Theatre, carrier: Carrier) -> None:
    carrier.failures = 1000
    handle = await theatre.begin()
    await handle.execute_update("approve", {"actor": {"name": "Dana Ortiz"}})
    placing = await theatre.until(handle, "place with northwind", "retrying")
    assert placing.attempts > 1
    assert placing.failure == "The carrier is closed."
    await handle.terminate()


async def test_a_timer_tells_when_it_is_due(theatre: Theatre) -> None:
    handle = await theatre.begin()
    timer = await theatre.until(handle, "Reminder of the manager", "waiting")
    assert timer.again_at == timer.at + timedelta(days=1)
    assert (await theatre.strands(handle))["Workflow"].state == "running"
    await handle.terminate(reason="enough")
    assert (await theatre.strands(handle))["Workflow"].state == "terminated"


async def test_the_engine_leads_to_the_temporal_ui(theatre: Theatre) -> None:
    handle = await theatre.begin()
    engine, _ = await look(theatre.client, handle.id, UI)
    workflow_id = handle.id.replace(":", "%3A")
    assert engine.url == f"{UI}/namespaces/default/workflows/{workflow_id}/{engine.run_id}/timeline"
    assert (engine.status, engine.problem) == ("RUNNING", None)
    await handle.terminate()


async def test_a_workflow_that_was_not_started_yet_is_told(theatre: Theatre) -> None:
    engine, strands = await look(theatre.client, "order:acme:NOBODY", UI)
    assert (engine.problem, strands) == ("The workflow has not been started yet.", ())
