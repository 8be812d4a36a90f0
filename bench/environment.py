"""Everything the benchmark runs on: one PostgreSQL, one Temporal server, and two Dialtones that share them."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

from temporalio.client import Client

from bench.baseline.listener import VARIABLE, EventListener
from bench.baseline.workflow import TASK_QUEUE as FLOOR_QUEUE
from bench.instance import Instance, furnished
from bench.tiny.workflow import STATUS
from bench.tiny.workflow import TASK_QUEUE as TINY_QUEUE
from demo.data_dir import DataDir
from demo.ports import Ports
from demo.postgres import Postgres, cluster_home, discard
from demo.postgres_install import own_directory
from demo.processes import Program, Supervisor
from demo.programs import Programs
from demo.sockets import free_port
from demo.temporal import Temporal
from models.db.encryption import Keyring
from models.settings import Settings
from outbox.temporal_client import connect
from workflows.search_attributes import SEARCH_ATTRIBUTES

FLOOR, REAL, TINY = "floor", "real", "tiny"
KINDS = (FLOOR, REAL, TINY)
# Other types of orders of the real Dialtone.
SUSPENSION, REASSIGNMENT = "suspension", "reassignment"
OTHERS = (SUSPENSION, REASSIGNMENT)
_CARRIER = "northwind"
_QUEUES = {FLOOR: FLOOR_QUEUE, REAL: "dialtone", TINY: TINY_QUEUE}
# Each workflow's sandbox loads the workflow files anew; where Python keeps nothing compiled, it compiles them, too.
_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
_COUNTING = ("shared_preload_libraries=pg_stat_statements", "max_connections=200")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What runs. `client` speaks to Temporal, `ear` hears the floor, `pids` are the processes by name."""

    client: Client
    ear: EventListener
    houses: Mapping[str, Instance]
    pids: Mapping[str, int]

    def house(self, kind: str) -> Instance:
        """The Dialtone that carries orders of a kind."""
        return self.houses[TINY if kind == TINY else REAL]

    def parts(self, kind: str) -> Mapping[str, int]:
        """The processes that have a part in orders of a kind, by what they are."""
        if kind in OTHERS:
            return self.parts(REAL)
        shared = {"server": self.pids["temporal"], "worker": self.pids[f"{kind}-worker"]}
        if kind == FLOOR:
            return shared
        own = {"api": "api", "mail": "inbox", "simulator": _CARRIER}
        database = {"database": self.pids["postgres"]}
        return {**shared, **{part: self.pids[f"{kind}-{name}"] for part, name in own.items()}, **database}


@asynccontextmanager
async def prepared() -> AsyncIterator[Environment]:
    """Start everything in a folder of its own, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="dialtone-bench-"))
    try:
        async with AsyncExitStack() as stack:
            yield await _start(folder, stack)
    finally:
        discard(cluster_home(folder))
        shutil.rmtree(folder)


async def _start(folder: Path, stack: AsyncExitStack) -> Environment:
    supervisor = await stack.enter_async_context(Supervisor(folder / "logs"))
    sets = zip((REAL, TINY), _two_sets_of_ports(), strict=True)
    dialtones = {kind: _programs(folder / kind, ports) for kind, ports in sets}
    temporal = _temporal(dialtones[REAL])
    postgres = Postgres(own_directory(cluster_home(folder)), settings=_COUNTING)
    postgres.prepare()
    engine = Program(name="temporal", argv=temporal.argv, ready=temporal.ready)
    await supervisor.start(dialtones[REAL].postgres(postgres), engine)
    ear = await stack.enter_async_context(EventListener.listening(folder / "ear"))
    houses = {}
    for kind, programs in dialtones.items():
        url = await postgres.create_database(kind)
        houses[kind] = await stack.enter_async_context(furnished(url, programs.api_url))
        await supervisor.start(*_surroundings(kind, programs))
        await supervisor.start(*_dialtone(kind, programs, url, temporal))
    told = _told(FLOOR, dialtones[REAL], postgres.url)
    await supervisor.start(_module(FLOOR, {**told, VARIABLE: str(folder / "ear")}, temporal))
    return Environment(client=await _connect(told), ear=ear, houses=houses, pids=supervisor.pids)


def _two_sets_of_ports() -> tuple[Ports, Ports]:
    """Ports of two Dialtones on the same Temporal server, none of them drawn twice."""
    names = [field.name for field in fields(Ports)]
    drawn: set[int] = set()
    while len(drawn) < 2 * len(names):
        drawn.add(free_port())
    ports = list(drawn)
    one = Ports(**dict(zip(names, ports[: len(names)], strict=True)))
    other = Ports(**dict(zip(names, ports[len(names) :], strict=True)))
    return one, replace(other, temporal=one.temporal, temporal_ui=one.temporal_ui)


def _programs(folder: Path, ports: Ports) -> Programs:
    place = DataDir(folder)
    place.folder.mkdir(parents=True)
    return Programs(place=place, ports=ports, pace=0)


def _temporal(programs: Programs) -> Temporal:
    return replace(programs.temporal, search_attributes={**SEARCH_ATTRIBUTES, STATUS.name: "Keyword"})


def _told(kind: str, programs: Programs, url: str) -> Mapping[str, str]:
    """What a Dialtone is told, with one carrier, which takes as many calls as come."""
    told = programs.environment(url)
    carriers = [one for one in json.loads(told["DIALTONE_CARRIERS"]) if one["code"] == _CARRIER]
    unlimited = json.dumps([{**one, "calls_per_second": 10_000} for one in carriers])
    return {**told, "DIALTONE_CARRIERS": unlimited, "DIALTONE_TASK_QUEUE": _QUEUES[kind], **_COMPILED}


def _surroundings(kind: str, programs: Programs) -> list[Program]:
    return [replace(one, name=f"{kind}-{one.name}") for one in programs.ground() if one.name in {_CARRIER, "inbox"}]


def _dialtone(kind: str, programs: Programs, url: str, temporal: Temporal) -> list[Program]:
    told = _told(kind, programs, url)
    api, worker = programs.dialtone(url)
    if kind == TINY:
        worker = replace(_module(kind, worker.environment, temporal), name=worker.name)
    return [replace(one, name=f"{kind}-{one.name}", environment={**one.environment, **told}) for one in (api, worker)]


def _module(kind: str, told: Mapping[str, str], temporal: Temporal) -> Program:
    return Program(
        name=f"{kind}-worker",
        argv=(sys.executable, "-m", f"bench.{kind}"),
        environment=told,
        ready=partial(temporal.has_worker, _QUEUES[kind]),
    )


async def _connect(told: Mapping[str, str]) -> Client:
    """A client with the keys and the address that all others are told."""
    os.environ.update(told)
    keys = {name: key.get_secret_value() for name, key in Settings().payload_keys.items()}
    return await connect(Keyring(keys), process="bench")
