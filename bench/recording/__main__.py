"""Records the steps or the work of an order: `python -m bench.recording work`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer
from sqlalchemy import make_url

from bench.bare.work import Exchange, Transaction, Work, keep_work
from bench.baseline.steps import RecordedStep, keep_steps, steps_of
from bench.environment import Servers, open_company, start_servers
from bench.recording.exchanges import HttpConversation, SmtpConversation
from bench.recording.postgres_conversation import PostgresConversation
from bench.recording.tap import tap_port, tap_socket
from demo.processes import Program

_WARM_UP = 5
_RECORDED = 10
# Work that continues after the last status and email.
_SETTLE_SECONDS = 0.5
_SOCKET = ".s.PGSQL.5432"


class Recording(StrEnum):
    STEPS = "steps"  # bench/baseline/steps.json
    WORK = "work"  # bench/bare/work.json


@dataclass(frozen=True, kw_only=True)
class Notes:
    """What has passed the taps."""

    transactions: list[Transaction] = field(default_factory=list)
    requests: list[Exchange] = field(default_factory=list)
    calls: list[Exchange] = field(default_factory=list)
    emails: list[list[int]] = field(default_factory=list)

    def taken(self) -> Work:
        """What has passed since the last time."""
        work = Work(
            transactions=self.transactions[:],
            requests=self.requests[:],
            calls=self.calls[:],
            emails=[sizes for sizes in self.emails if sizes],
        )
        for notes in (self.transactions, self.requests, self.calls, self.emails):
            notes.clear()
        return work


async def record() -> tuple[list[RecordedStep], Work]:
    notes = Notes()
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(start_servers())
        api_port = await stack.enter_async_context(
            tap_port(servers.programs.ports.api, partial(HttpConversation, notes.requests))
        )
        api_url = f"http://127.0.0.1:{api_port}"
        instance = await stack.enter_async_context(open_company(servers, api_url))
        environment = await stack.enter_async_context(_tapped(servers, notes)) | {"DIALTONE_PUBLIC_URL": api_url}
        await servers.supervisor.start(*(_with(program, environment) for program in servers.dialtone()))
        client = await servers.connect()
        works = []
        for _ in range(_WARM_UP + _RECORDED):
            notes.taken()
            workflow_id = await instance.order_phone()
            await instance.watcher.emails_sent()
            await asyncio.sleep(_SETTLE_SECONDS)
            works.append(notes.taken())
        steps = await steps_of(client.get_workflow_handle(workflow_id).fetch_history_events())
    return steps, sorted(works[_WARM_UP:], key=lambda work: work.statements)[_RECORDED // 2]


@asynccontextmanager
async def _tapped(servers: Servers, notes: Notes) -> AsyncIterator[dict[str, str]]:
    """The environment in which Dialtone reaches its database, the carriers and the email server through taps."""
    ports = servers.programs.ports
    url = make_url(servers.database_url)
    folder = servers.folder / "tap"
    folder.mkdir()
    async with AsyncExitStack() as stack:
        begin = partial(PostgresConversation, notes.transactions)
        await stack.enter_async_context(tap_socket(servers.postgres.home / "run" / _SOCKET, folder / _SOCKET, begin))
        smtp = await stack.enter_async_context(tap_port(ports.smtp, partial(SmtpConversation, notes.emails)))
        tapped = {
            name: await stack.enter_async_context(
                tap_port(getattr(ports, name), partial(HttpConversation, notes.calls))
            )
            for name in ("northwind", "bluepeak")
        }
        programs = replace(servers.programs, ports=replace(ports, smtp=smtp, **tapped))
        carriers = [{**carrier, "calls_per_second": 10_000} for carrier in programs.carriers]
        yield {
            "DATABASE_URL": url.set(query={"host": str(folder)}).render_as_string(hide_password=False),
            "DIALTONE_SMTP_PORT": str(smtp),
            "DIALTONE_CARRIERS": json.dumps(carriers),
        }


def _with(program: Program, environment: dict[str, str]) -> Program:
    return replace(program, environment={**program.environment, **environment})


def main(files: Annotated[list[Recording], typer.Argument(help="What to write.")]) -> None:
    """Complete some orders, and keep the steps of one, or the work of the one with the median number of statements."""
    steps, work = asyncio.run(record())
    if Recording.STEPS in files:
        keep_steps(steps)
    if Recording.WORK in files:
        keep_work(work)
    print(f"steps: {', '.join(steps)}\nwork: {work.summary()}")


if __name__ == "__main__":
    typer.run(main)
