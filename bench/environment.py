"""What the benchmark runs on: one PostgreSQL, one Temporal server, one Dialtone and the worker of the baseline."""

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio.client import Client

from api.bootstrap import development_keyring
from bench.baseline.listener import SOCKET_VARIABLE, EventListener, listen
from bench.baseline.workflow import TASK_QUEUE
from bench.instance import Instance, open_instance
from demo.company import carrier_products
from demo.data_dir import DataDir
from demo.ports import Ports
from demo.postgres import Postgres, cluster_home, discard
from demo.postgres_install import own_directory
from demo.processes import Program, Supervisor
from demo.programs import Programs
from outbox.temporal_client import connect

BASELINE, ORDER, SUSPENSION, REASSIGNMENT = KINDS = ("baseline", "order", "suspension", "reassignment")
_POSTGRES_SETTINGS = ("shared_preload_libraries=pg_stat_statements",)
PRODUCT = {"Temporal": "temporal", "worker": "worker", "API": "api", "PostgreSQL": "postgres"}
_BASELINE_PRODUCT = {"Temporal": "temporal", "worker": "baseline-worker"}
_SURROUNDINGS = {"email server": "inbox", "carrier": "northwind"}


@dataclass(frozen=True, kw_only=True)
class Environment:
    """`pids` are the processes by program name."""

    client: Client
    listener: EventListener
    instance: Instance
    pids: Mapping[str, int]

    def parts(self, kind: str) -> Mapping[str, int]:
        """The processes that work on orders of a kind."""
        programs = _BASELINE_PRODUCT if kind == BASELINE else PRODUCT | _SURROUNDINGS
        return {part: self.pids[program] for part, program in programs.items()}


@asynccontextmanager
async def start_environment() -> AsyncIterator[Environment]:
    """Run everything in a temporary directory."""
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
        instance = await stack.enter_async_context(open_instance(url, programs.api_url))
        await programs.add_products(await carrier_products(instance.database))
        listener = await stack.enter_async_context(listen(folder / "socket"))
        await supervisor.start(*_dialtone(programs, url), _baseline_worker(programs, url, folder / "socket"))
        os.environ["TEMPORAL_ADDRESS"] = programs.temporal.address
        client = await connect(development_keyring(url), process="bench")
        yield Environment(client=client, listener=listener, instance=instance, pids=supervisor.pids)


def _dialtone(programs: Programs, url: str) -> list[Program]:
    """Without a limit on calls to the carriers."""
    carriers = json.loads(programs.environment(url)["DIALTONE_CARRIERS"])
    unlimited = json.dumps([{**carrier, "calls_per_second": 10_000} for carrier in carriers])
    return [
        replace(program, environment={**program.environment, "DIALTONE_CARRIERS": unlimited})
        for program in programs.dialtone(url)
    ]


def _baseline_worker(programs: Programs, url: str, socket: Path) -> Program:
    return Program(
        name="baseline-worker",
        argv=(sys.executable, "-m", "bench.baseline"),
        environment={**programs.environment(url), SOCKET_VARIABLE: str(socket)},
        ready=partial(programs.temporal.has_worker, TASK_QUEUE),
    )
