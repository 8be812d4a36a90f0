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
    place = DataDir(project)
    with place.lock(), contextlib.suppress(asyncio.CancelledError):
        if reset:
            _wipe(place)
        ports.ensure_free()
        await _run(Programs(place=place, ports=ports, pace=pace))


async def _run(programs: Programs) -> None:
    began = time.monotonic()
    place = programs.place
    async with Supervisor(place.folder / "logs") as supervisor:
        running = await _start(programs, supervisor)
        from demo.banner import banner

        with place.publish(running):
            _print(banner(programs, seconds=time.monotonic() - began))
            await supervisor.watch()


async def _start(programs: Programs, supervisor: Supervisor) -> RunningDemo:
    _print("Starting PostgreSQL, Temporal, two carriers and an email inbox ...")
    database_url = await _start_infrastructure(programs, supervisor)
    await _prepare(database_url)
    _print("Starting Dialtone ...")
    await supervisor.start(*programs.dialtone(database_url))
    return RunningDemo(
        api_url=programs.api_url, inbox_url=programs.inbox_url, environment=programs.environment(database_url)
    )


async def _start_infrastructure(programs: Programs, supervisor: Supervisor) -> str:
    """Start everything but Dialtone, and return the URL of its database."""
    if url := os.environ.get("DATABASE_URL"):
        await supervisor.start(*programs.ground())
        return url
    server = Postgres.persistent(programs.place.project)
    await asyncio.to_thread(server.prepare)
    await supervisor.start(programs.postgres(server), *programs.ground())
    if not await server.database_exists(_DATABASE):
        await server.create_database(_DATABASE)
    return server.database_url(_DATABASE)


async def _prepare(database_url: str) -> None:
    """Migrate the database, and add the sample company and its logins."""
    from api.auth.passwords import Passwords
    from api.bootstrap import development_keyring
    from demo.company import let_in, load
    from models.db.migrations import migrate
    from models.db.session import Database

    await migrate(database_url)
    database = Database(database_url)
    try:
        if await load(database):
            _print("Loaded the sample company.")
        await let_in(database, development_keyring(database_url), Passwords())
    finally:
        await database.close()


def _wipe(place: DataDir) -> None:
    if "DATABASE_URL" in os.environ:
        raise StartFailed(
            "--reset doesn't empty the database of DATABASE_URL. Empty it yourself, or unset the variable."
        )
    place.wipe()


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
