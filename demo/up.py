"""Runs everything on one machine, with the sample company.

Slow imports come late, so that a port in use is reported at once.
"""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from demo.data_dir import DataDir, RunningDemo
from demo.ports import Ports
from demo.postgres import Postgres
from demo.processes import Supervisor
from demo.programs import Programs
from demo.start_errors import StartFailed

_DATABASE = "dialtone"
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def up(project: Path, ports: Ports, *, pace: float, reset: bool) -> None:
    """Run the demo until SIGINT, SIGTERM or SIGHUP; `reset` removes what earlier runs left.

    Raises:
        StartFailed: it could not be started; the message says why and what to do.
        ProgramEnded: one of its programs ended.
    """
    _cancel_on_signals()
    data_dir = DataDir(project)
    with data_dir.lock(), contextlib.suppress(asyncio.CancelledError):
        if reset:
            _wipe(data_dir)
        ports.ensure_free()
        await _run(Programs(data_dir=data_dir, ports=ports, pace=pace))


async def _run(programs: Programs) -> None:
    began = time.monotonic()
    data_dir = programs.data_dir
    async with Supervisor(data_dir.folder / "logs") as supervisor:
        running = await _start(programs, supervisor)
        from demo.banner import banner

        with data_dir.publish(running):
            _print(banner(programs, seconds=time.monotonic() - began))
            await supervisor.watch()


async def _start(programs: Programs, supervisor: Supervisor) -> RunningDemo:
    _print("Starting PostgreSQL, Temporal, two carriers and an email inbox ...")
    database_url = await _start_infrastructure(programs, supervisor)
    await _prepare(programs, database_url)
    _print("Starting Dialtone ...")
    await supervisor.start(*programs.dialtone(database_url))
    return RunningDemo(
        api_url=programs.api_url, inbox_url=programs.inbox_url, environment=programs.environment(database_url)
    )


async def _start_infrastructure(programs: Programs, supervisor: Supervisor) -> str:
    """Start everything but Dialtone, and return the URL of its database."""
    if url := os.environ.get("DATABASE_URL"):
        await supervisor.start(*programs.infrastructure())
        return url
    server = Postgres.persistent(programs.data_dir.project)
    await asyncio.to_thread(server.prepare)
    await supervisor.start(programs.postgres(server), *programs.infrastructure())
    if not await server.database_exists(_DATABASE):
        await server.create_database(_DATABASE)
    return server.database_url(_DATABASE)


async def _prepare(programs: Programs, database_url: str) -> None:
    """Migrate the database, add the sample company and its logins, and tell the carriers of its lines."""
    from api.auth.passwords import Passwords
    from api.bootstrap import development_keyring
    from demo.company import carrier_products, create_logins, load
    from models.db.migrations.migrate import migrate
    from models.db.session import Database

    await programs.temporal.lengthen_retention()
    await migrate(database_url)
    database = Database(database_url)
    try:
        if await load(database):
            _print("Loaded the sample company.")
        await create_logins(database, development_keyring(database_url), Passwords())
        await programs.add_products(await carrier_products(database))
    finally:
        await database.close()


def _wipe(data_dir: DataDir) -> None:
    if "DATABASE_URL" in os.environ:
        raise StartFailed(
            "--reset doesn't empty the database of DATABASE_URL. Empty it yourself, or unset the variable."
        )
    data_dir.wipe()


def _cancel_on_signals() -> None:
    """Cancel this task at the first signal; later ones must not interrupt the shutdown."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def stop() -> None:
        for number in _STOP_SIGNALS:
            loop.add_signal_handler(number, lambda: None)
        _print("\nStopping ...")
        task.cancel()

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop)


def _print(text: str) -> None:
    print(text, flush=True)
