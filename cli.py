"""The `dialtone` command. Each command imports what it needs by itself, so that every one starts quickly."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from pydantic import ValidationError

from demo.start_errors import ProgramEnded, StartFailed

if TYPE_CHECKING:
    from temporalio.client import Client, WorkflowHistory

    from models.settings import Settings

T = TypeVar("T")
Port = Annotated[int, typer.Option(min=1, max=65535)]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def up(
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Forget all that earlier runs left.")] = False,
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
    pace: Annotated[float, typer.Option(help="Seconds a carrier takes for each phase of an order.", min=0)] = 2.0,
) -> None:
    """Start everything on this machine: servers, carriers, a mail inbox, a sample company and Dialtone."""
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
    """Serve the API and the pages."""
    from api.server import serve

    _run(serve(host, port))


@app.command()
def worker() -> None:
    """Run orders: workflows, activities, the relay and the reconcilers."""
    from worker import main

    _run(main())


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from models.db.migrations import migrate as bring_up_to_date

    _run(bring_up_to_date(_settings().database_url))


@app.command()
def bootstrap() -> None:
    """Prepare the database and Temporal for Dialtone; what is there already stays."""
    _run(_bootstrap(_settings()))


@app.command()
def replay(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Histories as JSON; without any, all at the server.")
    ] = None,
) -> None:
    """Replay the histories of orders with today's workflows, to learn whether these can carry on with them."""
    outcomes = _run(_replay(_settings(), files or []))
    failures = {history: failure for history, failure in outcomes.items() if failure}
    for history, failure in failures.items():
        print(f"{history}: {failure}")
    print(f"{len(outcomes)} replayed, {len(failures)} failed")
    raise typer.Exit(1 if failures else 0)


@app.command()
def demo_token(role: str) -> None:
    """Print a bearer token of a sample person of the running demo."""
    from demo.demo_access import token

    print(_run(token(Path.cwd(), role)))


@app.command()
def sign_in(role: str) -> None:
    """Print a link that signs a browser in, once, as a sample person of the running demo."""
    from demo.demo_access import sign_in_link

    print(_run(sign_in_link(Path.cwd(), role)))


def _run(work: Awaitable[T]) -> T:
    async def awaited() -> T:
        return await work

    with _plain_errors():
        return asyncio.run(awaited())


@contextmanager
def _plain_errors() -> Iterator[None]:
    """End with one message, not a traceback, where the reader is who can help."""
    try:
        yield
    except (StartFailed, ProgramEnded, ValidationError) as failed:
        raise SystemExit(str(failed)) from None


def _settings() -> "Settings":
    """Settings of the environment; without a database in it, those of the demo that runs here."""
    from demo.data_dir import DataDir
    from models.settings import Settings

    with _plain_errors():
        if "DATABASE_URL" not in os.environ:
            os.environ.update(DataDir(Path.cwd()).running().environment)
        return Settings()


@asynccontextmanager
async def _temporal(settings: "Settings") -> AsyncIterator["Client"]:
    from models.db.encryption import Keyring
    from outbox.temporal_client import connect

    keys = {name: key.get_secret_value() for name, key in settings.payload_keys.items()}
    yield await connect(Keyring(keys), process="cli", lazy=True)
    # A thread of the client that is still in Python when Python ends takes the process down (SIGSEGV, SIGABRT).
    await asyncio.sleep(0.2)


async def _bootstrap(settings: "Settings") -> None:
    from temporalio.api.enums.v1 import IndexedValueType
    from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest

    from models.db.migrations import migrate as bring_up_to_date
    from workflows.search_attributes import SEARCH_ATTRIBUTES

    await bring_up_to_date(settings.database_url)
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


async def _replay(settings: "Settings", files: list[Path]) -> dict[str, Exception | None]:
    """Replay and return what failed, or None, by workflow or file."""
    from temporalio.worker import Replayer

    from worker import RUNNER
    from workflows.order_type_registry import all_workflows

    async with _temporal(settings) as client:
        replayer = Replayer(workflows=all_workflows(), workflow_runner=RUNNER, data_converter=client.data_converter)
        histories = _read(files) if files else client.list_workflows("ExecutionStatus = 'Running'").map_histories()
        async with replayer.workflow_replay_iterator(histories) as results:
            return {result.history.workflow_id: result.replay_failure async for result in results}


async def _read(files: list[Path]) -> AsyncIterator["WorkflowHistory"]:
    from temporalio.client import WorkflowHistory

    for file in files:
        yield WorkflowHistory.from_json(str(file), file.read_text())


if __name__ == "__main__":
    app()
