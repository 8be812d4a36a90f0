"""The `dialtone` command. Each subcommand imports what it needs, so that all of them start quickly."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from demo.start_errors import ProgramEnded, StartFailed

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.worker import Replayer

    from models.settings import Settings

T = TypeVar("T")
Port = Annotated[int, typer.Option(min=1, max=65535)]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def up(
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Delete the data of earlier runs first.")] = False,
    port: Port = 8000,
    temporal_port: Port = 7233,
    temporal_ui_port: Port = 8233,
    inbox_port: Port = 8025,
    smtp_port: Port = 1025,
    northwind_port: Port = 9001,
    bluepeak_port: Port = 9002,
    api_metrics_port: Port = 9464,
    worker_metrics_port: Port = 9465,
    temporal_metrics_port: Port = 9466,
    pace: Annotated[
        float, typer.Option(help="Seconds a simulated carrier takes for each phase of an order.", min=0)
    ] = 2.0,
) -> None:
    """Run Dialtone on this machine, with a sample company, simulated carriers and an email inbox."""
    from demo.ports import Ports
    from demo.up import up as run

    ports = Ports(
        api=port,
        temporal=temporal_port,
        temporal_ui=temporal_ui_port,
        inbox=inbox_port,
        smtp=smtp_port,
        northwind=northwind_port,
        bluepeak=bluepeak_port,
        api_metrics=api_metrics_port,
        worker_metrics=worker_metrics_port,
        temporal_metrics=temporal_metrics_port,
    )
    _run(run(Path.cwd(), ports, pace=pace, reset=reset))


@app.command()
def api(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Run the web server: API and pages."""
    from api.server import serve

    _run(serve(host, port))


@app.command()
def worker() -> None:
    """Run a worker: workflows, activities, message delivery and carrier polling."""
    from worker import main

    _run(main())


@app.command()
def migrate() -> None:
    """Migrate the database to the current schema."""
    from models.db.migrations.migrate import migrate as migrate_database

    _run(migrate_database(_settings().database_url))


@app.command()
def bootstrap() -> None:
    """Migrate the database and register Temporal's search attributes. Safe to run again."""
    _run(_bootstrap(_settings()))


@app.command()
def replay(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Histories as JSON. Default: all running workflows.")
    ] = None,
) -> None:
    """Replay workflow histories to check that the current code is compatible with them."""
    results = _run(_replay(_settings(), files or []))
    failures = {history: failure for history, failure in results.items() if failure}
    for history, failure in failures.items():
        print(f"{history}: {failure}")
    print(f"{len(results)} replayed, {len(failures)} failed")
    raise typer.Exit(1 if failures else 0)


@app.command()
def repair(
    reason: Annotated[str, typer.Option(help="What happened, with a reference. Saved to the history of every order.")],
) -> None:
    """Repair all orders that a restored database has left out of step with their workflows."""
    failed = _run(_repair(_settings(), reason))
    raise typer.Exit(1 if failed else 0)


SampleRole = Annotated[str, typer.Argument(help="Role of the sample user, such as employee or admin.")]


@app.command()
def demo_token(role: SampleRole) -> None:
    """Print a bearer token for a sample user of the running demo."""
    from demo.demo_access import token

    print(_run(token(Path.cwd(), role)))


@app.command()
def sign_in(role: SampleRole) -> None:
    """Print a one-time link that signs you in as a sample user of the running demo."""
    from demo.demo_access import sign_in_link

    print(_run(sign_in_link(Path.cwd(), role)))


def _run(work: Coroutine[Any, Any, T]) -> T:
    with _plain_errors():
        return asyncio.run(work)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Exit with the message alone, without a traceback, for errors the user can fix."""
    try:
        yield
    except (StartFailed, ProgramEnded, ValidationError) as error:
        raise SystemExit(str(error)) from None


def _settings() -> "Settings":
    """The environment's settings; without DATABASE_URL, those of the demo running in this folder."""
    from demo.data_dir import DataDir
    from models.settings import Settings

    with _plain_errors():
        if "DATABASE_URL" not in os.environ:
            os.environ.update(DataDir(Path.cwd()).running().environment)
        return Settings()


@asynccontextmanager
async def _temporal(settings: "Settings") -> AsyncIterator["Client"]:
    from outbox.bootstrap import keyring_of
    from outbox.temporal_client import connect

    yield await connect(keyring_of(settings), process="cli", lazy=True)
    # The interpreter crashes (SIGSEGV, SIGABRT) if it exits while a thread of the client still runs.
    await asyncio.sleep(0.2)


async def _bootstrap(settings: "Settings") -> None:
    from temporalio.api.enums.v1 import IndexedValueType
    from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest

    from models.db.migrations.migrate import migrate as migrate_database
    from workflows.search_attributes import SEARCH_ATTRIBUTES

    await migrate_database(settings.database_url)
    async with _temporal(settings) as client:
        operator, namespace = client.operator_service, client.namespace
        known = await operator.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
        missing = {
            name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
            for name, kind in SEARCH_ATTRIBUTES.items()
            if name not in known.custom_attributes
        }
        if missing:
            request = AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
            await operator.add_search_attributes(request)


async def _repair(settings: "Settings", reason: str) -> bool:
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
        async with _temporal(settings) as client:
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


async def _replay(settings: "Settings", files: list[Path]) -> dict[str, Exception | None]:
    """The failure of each replay, or None, by workflow id or file."""
    from temporalio.worker import Replayer

    from worker import RUNNER
    from workflows.order_type_registry import all_workflows

    async with _temporal(settings) as client:
        replayer = Replayer(workflows=all_workflows(), workflow_runner=RUNNER, data_converter=client.data_converter)
        if files:
            texts = {str(file): file.read_text() for file in files}
            return {name: await _failure(replayer, text) for name, text in texts.items()}
        histories = client.list_workflows("ExecutionStatus = 'Running'").map_histories()
        async with replayer.workflow_replay_iterator(histories) as results:
            return {result.history.workflow_id: result.replay_failure async for result in results}


async def _failure(replayer: "Replayer", text: str) -> Exception | None:
    from outbox.temporal_client import history_from_json

    replayed = await replayer.replay_workflow(history_from_json(text), raise_on_replay_failure=False)
    return replayed.replay_failure


if __name__ == "__main__":
    app()
