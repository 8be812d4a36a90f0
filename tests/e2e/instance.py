"""Dialtone in processes that a test can stop, kill and start again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx2
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from demo.company import carrier_products
from demo.data_dir import DataDir
from demo.ports import Ports
from demo.processes import Program, Supervisor
from demo.programs import Programs
from demo.simulator.personality import PERSONALITIES
from demo.sockets import free_port
from models.db.session import Database, utc_now
from tests.e2e.site import Site

INFRASTRUCTURE = ("temporal", "northwind", "bluepeak", "inbox")
DIALTONE = ("api", "worker")


class Instance:
    """The programs of one Dialtone on one database, each started and stopped on its own."""

    def __init__(self, folder: Path, database: Database, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        """`environment` is added to that of the API and the worker."""
        self._data_dir = DataDir(folder)
        self._data_dir.folder.mkdir()
        ports = Ports(**{field.name: free_port() for field in fields(Ports)})
        self._demo = programs = Programs(data_dir=self._data_dir, ports=ports, pace=0)
        dialtone = programs.dialtone(database.url.render_as_string(hide_password=False))
        self._programs = {
            program.name: program
            for program in (*programs.infrastructure(), *(_changed(program, environment) for program in dialtone))
        }
        self._running: dict[str, Supervisor] = {}
        self._starts: Counter[str] = Counter()
        addresses = programs.addresses()
        self.carrier_urls = {code: f"http://127.0.0.1:{getattr(ports, code)}" for code in PERSONALITIES}
        self.urls = {"api": programs.api_url, **self.carrier_urls}
        self.site = Site(
            api_url=programs.api_url,
            inbox_url=addresses["Email inbox"],
            carrier_url=self.carrier_urls["northwind"],
            database=database,
        )
        self.temporal = programs.temporal
        carriers = {code: self._data_dir.folder / code / "simulator.sqlite" for code in PERSONALITIES}
        self.files = {"temporal": self.temporal.data, **carriers}  # of everything that stores something

    def environment(self, name: str) -> Mapping[str, str]:
        """The variables of a program."""
        return self._programs[name].environment

    async def start(self, *names: str, **changes: Any) -> None:
        """Start programs together, with these fields of `Program` changed, and wait until they are ready."""
        await asyncio.gather(*(self._start(name, changes) for name in names))

    async def stop(self, *names: str) -> None:
        """Shut programs down in an orderly way."""
        for name in names:
            await self._running.pop(name).__aexit__(None, None, None)

    async def kill(self, name: str) -> None:
        """Kill a program like a power cut."""
        supervisor = self._running.pop(name)
        for running in supervisor._running:
            running.process.kill()
        await supervisor.__aexit__(None, None, None)

    @asynccontextmanager
    async def stopped(self, name: str) -> AsyncIterator[None]:
        """Stop a program while the block runs."""
        await self.stop(name)
        try:
            yield
        finally:
            await self.start(name)

    async def add_products(self) -> None:
        """Tell the carriers of the lines that the company has."""
        await self._demo.add_products(await carrier_products(self.site.database))

    async def control(self, carrier: str, what: str, body: Any) -> None:
        """Set the `pace` of a simulated carrier, or its `behaviors`, until it is started again."""
        token = self._data_dir.carrier_secrets(carrier).token
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
            url = f"{self.carrier_urls[carrier]}/simulator/{what}"
            (await client.post(url, json=body)).raise_for_status()

    async def close(self) -> None:
        """Stop all programs, the last one started first."""
        await self.stop(*reversed(self._running))

    async def _start(self, name: str, changes: dict[str, Any]) -> None:
        if name == "worker":
            changes = {"ready": partial(self._polled_since, utc_now()), **changes}
        self._starts[name] += 1
        log_name = f"{name}-{self._starts[name]}"
        self._running[name] = await Supervisor(self._data_dir.folder / "logs").__aenter__()
        await self._running[name].start(replace(self._programs[name], name=log_name, **changes))

    async def _polled_since(self, moment: datetime) -> bool:
        """Whether a worker has polled since then; Temporal lists stopped workers for minutes."""
        client = await Client.connect(self.temporal.address)
        queue = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name="dialtone"))
        described = await client.workflow_service.describe_task_queue(queue)
        return any(poller.last_access_time.ToDatetime(UTC) > moment for poller in described.pollers)


def _changed(program: Program, environment: Mapping[str, str]) -> Program:
    """Requests return sooner while no worker can process an update."""
    quick = {"DIALTONE_UPDATE_TIMEOUT_SECONDS": "2"}
    return replace(program, environment={**program.environment, **quick, **environment})
