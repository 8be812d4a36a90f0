"""Many orders wait for their approval, and the worker is killed: its memory, and how long it takes to come back.

`python -m bench.parked --orders 2000`
"""

import asyncio
import json
import os
import signal
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import Client

from bench.environment import Servers, open_company, start_servers
from bench.instance import TENANT, Instance, PlacedOrder
from bench.measure import log
from bench.page import replace_figures
from bench.process_stats import memory_mib
from bench.report import machine
from bench.throughput import repeat
from bench.waiting_orders import DECIDED
from demo.processes import Program, Supervisor
from models.lifecycle import Status
from models.order import OrderRef
from workflows.lifecycle import OrderWorkflow

_WARM_UP = 5
# Memory is read once the worker has been idle for a while.
_IDLE_SECONDS = 5


@dataclass(kw_only=True)
class ParkedResults:
    """Memory in MiB; times in seconds since the new worker was started.

    The API answers a decision after some seconds also without its outcome. `replayed` are the times at which the
    workflows have answered, in this order; fewer than `wanted` if the time was up.
    """

    wanted: int
    load: float
    parked: int = 0
    memory_before: float = 0
    memory_parked: float = 0
    memory_recovered: float = 0
    decision_answered: float | None = None
    decision_shown: float | None = None
    replayed: list[float] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The results to read."""
        before, parked, recovered = self.memory_before, self.memory_parked, self.memory_recovered
        answered, shown = _seconds(self.decision_answered), _seconds(self.decision_shown)
        lines = [
            f"measured on {machine(self.load)}",
            f"{self.parked} of {self.wanted} orders wait for approval",
            f"MiB of the worker: {before:.0f} before, {parked:.0f} with them, {recovered:.0f} after their replay",
            f"approval of the oldest order: answered after {answered}, shown after {shown}",
            f"{len(self.replayed)} orders replayed",
        ]
        if self.replayed:
            first, median, last = self.replayed[0], statistics.median(self.replayed), self.replayed[-1]
            lines[-1] += f": the first after {first:.1f} s, half after {median:.1f} s, the last after {last:.1f} s"
        return lines if len(self.replayed) == self.wanted else [*lines, "stopped, because the time was up"]


@dataclass(frozen=True, kw_only=True)
class ParkedBench:
    servers: Servers
    instance: Instance
    client: Client
    worker: Program
    in_flight: int
    results: ParkedResults

    async def run(self) -> None:
        async with Supervisor(self.servers.folder / "first-worker") as first:
            await first.start(self.worker)
            orders = await self._park(first.pids[self.worker.name])
        async with Supervisor(self.servers.folder / "second-worker") as second:
            await self._recover(second, orders)

    async def _park(self, worker: int) -> list[PlacedOrder]:
        """Have orders wait for their approval, and kill the worker."""
        await repeat(self.instance.order_phone, _WARM_UP, 1)
        self.results.memory_before = await self._memory(worker)
        log(f"{self.results.wanted} orders")
        orders = await repeat(self._place, self.results.wanted, self.in_flight)
        self.results.memory_parked = await self._memory(worker)
        log("the worker is killed")
        os.kill(worker, signal.SIGKILL)
        return orders

    async def _place(self) -> PlacedOrder:
        order = await self.instance.place_order()
        await self.instance.watcher.wait_for(order.id, Status.AWAITING_APPROVAL)
        self.results.parked += 1
        return order

    async def _recover(self, supervisor: Supervisor, orders: Sequence[PlacedOrder]) -> None:
        """Approve the oldest order at once, and ask each workflow for its last event, which it knows once replayed."""
        watcher, oldest = self.instance.watcher, orders[0].id
        found = await watcher.wait_for(oldest, Status.AWAITING_APPROVAL)
        began = time.monotonic()
        starting = asyncio.create_task(supervisor.start(self.worker))
        shown = asyncio.create_task(watcher.wait_for(oldest, *DECIDED))
        await self.instance.approve(found)
        self.results.decision_answered = time.monotonic() - began
        await shown
        self.results.decision_shown = time.monotonic() - began
        await starting
        waiting = iter(orders)

        async def replay() -> None:
            workflow_id = OrderRef(tenant=TENANT, id=next(waiting).id).workflow_id
            await self.client.get_workflow_handle(workflow_id).query(OrderWorkflow.last_seq)
            self.results.replayed.append(time.monotonic() - began)

        await repeat(replay, len(orders), self.in_flight)
        self.results.memory_recovered = await self._memory(supervisor.pids[self.worker.name])

    async def _memory(self, worker: int) -> float:
        await self.instance.watcher.emails_sent()
        await asyncio.sleep(_IDLE_SECONDS)
        return memory_mib(worker)


async def measure_parked(results: ParkedResults, *, seconds: float, in_flight: int) -> None:
    """Fill in the results, for at most about this many seconds."""
    async with start_servers() as servers, open_company(servers, servers.programs.api_url) as instance:
        api, worker = servers.dialtone()
        await servers.supervisor.start(api)
        client = await servers.connect()
        bench = ParkedBench(
            servers=servers, instance=instance, client=client, worker=worker, in_flight=in_flight, results=results
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await bench.run()


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def main(
    *,
    orders: Annotated[int, typer.Option(help="Orders that wait for approval.", min=1)] = 2000,
    seconds: Annotated[int, typer.Option(help="When to stop, and say how far it came.", min=1)] = 900,
    in_flight: Annotated[int, typer.Option(help="Orders submitted, and workflows asked, at a time.", min=1)] = 10,
    json_file: Annotated[Path, typer.Option("--json", help="File to write the figures to.")] = Path(
        ".data/bench-parked.json"
    ),
    page: Annotated[
        Path | None, typer.Option(help="Page whose figures to replace: docs/performance.md.", exists=True)
    ] = None,
) -> None:
    """Kill a worker while many orders wait, and measure how it comes back."""
    results = ParkedResults(wanted=orders, load=os.getloadavg()[0])
    asyncio.run(measure_parked(results, seconds=seconds, in_flight=in_flight))
    text = "\n".join(f"- {line}" for line in results.lines())
    json_file.parent.mkdir(exist_ok=True)
    json_file.write_text(json.dumps(asdict(results), indent=1) + "\n")
    if page:
        replace_figures(page, "bench.parked", text)
    print(text)


if __name__ == "__main__":
    typer.run(main)
