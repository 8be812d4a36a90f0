"""The order of DBOS as a program: each activity is a step with one small statement, each message a `recv`."""

import asyncio
from collections import defaultdict
from typing import Annotated, Any

import asyncpg
import typer
import uvloop
from dbos import DBOS, DBOSConfig, SetWorkflowID

from bench.baseline.steps import ACTIVITIES, MESSAGES, RecordedStep, recorded_steps
from bench.http_server import serve
from bench.pool import keep_state
from runtime.garbage_collection import skip_loaded

_TABLE = "CREATE TABLE order_step (order_id text, step integer, PRIMARY KEY (order_id, step))"
_STEP = "INSERT INTO order_step (order_id, step) VALUES ($1, $2)"
_TOPIC = "message"
_DEADLINE = 86_400  # seconds; every message comes before


class DbosOrders:
    """Starts orders and sends them their messages; each returns once the order waits for the next one, or is done."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._waits = defaultdict[str, asyncio.Queue[None]](asyncio.Queue)
        self._workflow = self._registered(pool, recorded_steps())

    async def start(self, order_id: str) -> None:
        with SetWorkflowID(order_id):
            await DBOS.start_workflow_async(self._workflow, order_id)
        await self._waits[order_id].get()

    async def send(self, order_id: str) -> None:
        await DBOS.send_async(order_id, None, _TOPIC)
        await self._waits[order_id].get()

    def _registered(self, pool: "asyncpg.Pool[asyncpg.Record]", steps: list[RecordedStep]) -> Any:
        """DBOS knows functions, not methods."""

        async def insert(order_id: str, number: int) -> None:
            await pool.execute(_STEP, order_id, number)

        do_step: Any = DBOS.step()(insert)

        async def order(order_id: str) -> None:
            for number, step in enumerate(steps):
                if step in ACTIVITIES:
                    await do_step(order_id, number)
                elif step in MESSAGES:
                    self._waits[order_id].put_nowait(None)
                    await DBOS.recv_async(_TOPIC, timeout_seconds=_DEADLINE)
            self._waits[order_id].put_nowait(None)

        return DBOS.workflow()(order)


async def run(port: int, database: str) -> None:
    config: DBOSConfig = {"name": "bench", "system_database_url": database, "log_level": "WARNING"}
    DBOS(config=config)
    async with asyncpg.create_pool(database, reset=keep_state) as pool:
        orders = DbosOrders(pool)
        DBOS.launch()
        await pool.execute(_TABLE)

        async def handle(path: str, _: bytes) -> bytes:
            """`/start/1` starts order 1, `/send/1` sends it its next message."""
            action, order_id = path.removeprefix("/").split("/")
            await (orders.start if action == "start" else orders.send)(order_id)
            return b""

        skip_loaded()
        await serve(handle, port)
    DBOS.destroy()


def main(*, port: Annotated[int, typer.Option()], database: Annotated[str, typer.Option()]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(port, database))


if __name__ == "__main__":
    typer.run(main)
