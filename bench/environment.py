"""What the benchmark runs on: PostgreSQL, Temporal, a Dialtone, and the programs that it is compared with."""

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
from temporalio.client import Client

from api.bootstrap import development_keyring
from bench.baseline.driver import BaselineDriver
from bench.baseline.listener import SOCKET_VARIABLE, listen
from bench.baseline.steps import recorded_steps
from bench.baseline.workflow import TASK_QUEUE
from bench.dbos_order.availability import missing
from bench.http_driver import HttpDriver
from bench.instance import Instance, open_instance
from demo.company import carrier_products
from demo.data_dir import DataDir
from demo.ports import Ports
from demo.postgres import Postgres, cluster_home, discard
from demo.postgres_install import own_directory
from demo.processes import Program, Supervisor
from demo.programs import Programs
from demo.sockets import free_port
from outbox.temporal_client import connect

BASELINE, ORDER, BARE, DBOS = KINDS = ("baseline", "order", "bare work", "DBOS")
TEMPORAL = "Temporal"
# The processes that work on orders of a kind. The email server, the carriers and the benchmark itself don't count.
_PROGRAMS: Mapping[str, Mapping[str, str]] = {
    BASELINE: {TEMPORAL: "temporal", "worker": "baseline-worker"},
    ORDER: {TEMPORAL: "temporal", "worker": "worker", "API": "api", "PostgreSQL": "postgres"},
    BARE: {"worker": "bare", "PostgreSQL": "postgres"},
    DBOS: {"worker": "dbos", "PostgreSQL": "postgres"},
}
_POSTGRES_SETTINGS = ("shared_preload_libraries=pg_stat_statements",)


@dataclass(frozen=True, kw_only=True)
class Servers:
    """What Dialtone needs, in a temporary folder, with an empty database. Programs end with the supervisor."""

    folder: Path
    supervisor: Supervisor
    programs: Programs
    postgres: Postgres
    database_url: str

    def dialtone(self) -> list[Program]:
        """The API and the worker, without a limit on calls to the carriers."""
        carriers = json.dumps([{**carrier, "calls_per_second": 10_000} for carrier in self.programs.carriers])
        return [
            replace(program, environment={**program.environment, "DIALTONE_CARRIERS": carriers})
            for program in self.programs.dialtone(self.database_url)
        ]

    async def connect(self) -> Client:
        os.environ["TEMPORAL_ADDRESS"] = self.programs.temporal.address
        return await connect(development_keyring(self.database_url), process="bench")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """`pids` are the processes by program name. `without_dbos` is why there is no DBOS, if so."""

    client: Client
    instance: Instance
    baseline: BaselineDriver
    other: HttpDriver
    without_dbos: str | None
    pids: Mapping[str, int]

    def parts(self, kind: str) -> Mapping[str, int]:
        """The processes that work on orders of a kind."""
        return {part: self.pids[program] for part, program in _PROGRAMS[kind].items()}


@asynccontextmanager
async def start_servers() -> AsyncIterator[Servers]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="dialtone-bench-")))
        stack.callback(discard, cluster_home(folder))
        supervisor = await stack.enter_async_context(Supervisor(folder / "logs"))
        data_dir = DataDir(folder)
        data_dir.folder.mkdir()
        programs = Programs(data_dir=data_dir, ports=Ports.free(), pace=0)
        postgres = Postgres(own_directory(cluster_home(folder)), settings=_POSTGRES_SETTINGS)
        postgres.prepare()
        await supervisor.start(programs.postgres(postgres), *programs.infrastructure())
        url = await postgres.create_database("dialtone")
        yield Servers(folder=folder, supervisor=supervisor, programs=programs, postgres=postgres, database_url=url)


@asynccontextmanager
async def open_company(servers: Servers, api_url: str) -> AsyncIterator[Instance]:
    """The sample company in the database and at the carriers. The API can be started later."""
    async with open_instance(servers.database_url, api_url) as instance:
        await servers.programs.add_products(await carrier_products(instance.database))
        yield instance


@asynccontextmanager
async def start_environment() -> AsyncIterator[Environment]:
    """Run everything."""
    async with start_servers() as servers, open_company(servers, servers.programs.api_url) as instance:
        socket = servers.folder / "socket"
        ports = {name: free_port() for name in ("bare", "carrier", "dbos")}
        without_dbos = missing()
        async with listen(socket) as listener, httpx2.AsyncClient(trust_env=False, timeout=60) as http:
            compared = [_baseline_worker(servers, socket), *await _bare_programs(servers, ports)]
            if not without_dbos:
                compared.append(await _dbos_program(servers, ports["dbos"]))
            await servers.supervisor.start(*servers.dialtone(), *compared)
            client = await servers.connect()
            yield Environment(
                client=client,
                instance=instance,
                baseline=BaselineDriver(client=client, listener=listener, steps=recorded_steps()),
                other=HttpDriver(client=http, bare_url=_local(ports["bare"]), dbos_url=_local(ports["dbos"])),
                without_dbos=without_dbos,
                pids=servers.supervisor.pids,
            )


def _baseline_worker(servers: Servers, socket: Path) -> Program:
    return Program(
        name="baseline-worker",
        argv=(sys.executable, "-m", "bench.baseline"),
        environment={**servers.programs.environment(servers.database_url), SOCKET_VARIABLE: str(socket)},
        ready=partial(servers.programs.temporal.has_worker, TASK_QUEUE),
    )


async def _bare_programs(servers: Servers, ports: Mapping[str, int]) -> list[Program]:
    """The one that is measured, and the carrier that it calls."""
    module = (sys.executable, "-m", "bench.bare", "--port")
    options = {
        "--database": await _empty_database(servers, "bare"),
        "--carrier": _local(ports["carrier"]),
        "--smtp-port": str(servers.programs.ports.smtp),
    }
    bare = (*module, str(ports["bare"]), *(word for option in options.items() for word in option))
    carrier = (*module, str(ports["carrier"]))
    return [
        Program(name="bare", argv=bare, ready=partial(_listens, ports["bare"])),
        Program(name="bare-carrier", argv=carrier, ready=partial(_listens, ports["carrier"])),
    ]


async def _dbos_program(servers: Servers, port: int) -> Program:
    database = await _empty_database(servers, "dbos")
    argv = (sys.executable, "-m", "bench.dbos_order", "--port", str(port), "--database", database)
    return Program(name="dbos", argv=argv, ready=partial(_listens, port))


async def _empty_database(servers: Servers, name: str) -> str:
    return (await servers.postgres.create_database(name)).replace("postgresql+asyncpg", "postgresql")


def _local(port: int) -> str:
    return f"http://127.0.0.1:{port}"


async def _listens(port: int) -> bool:
    async with httpx2.AsyncClient(trust_env=False, timeout=2) as client:
        try:
            await client.get(_local(port))
        except httpx2.TransportError:
            return False
    return True
