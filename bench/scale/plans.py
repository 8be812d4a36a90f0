"""What the statements of a request cost, as PostgreSQL itself explains them while they run."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, text

from models.db.session import Database

# PostgreSQL sends the plan of each statement to the client that has sent the statement, as a notice.
_EXPLAINING: Mapping[str, str] = {
    "session_preload_libraries": "'auto_explain'",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_level": "notice",
    "auto_explain.log_format": "json",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "off",
}
_BUFFERS = ("Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks")
_THROWN_AWAY = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
_PLAN = "plan:\n"


@dataclass(frozen=True, kw_only=True)
class StatementCost:
    """`buffers` are the pages it read, `removed` the rows it read and threw away."""

    sql: str
    buffers: int
    removed: int
    plan: Mapping[str, Any] = field(repr=False)


def cost_of(explained: Mapping[str, Any]) -> StatementCost:
    plan = explained["Plan"]
    return StatementCost(
        sql=explained["Query Text"],
        buffers=sum(int(plan.get(name, 0)) for name in _BUFFERS),
        removed=round(sum(_removed(node) for node in _nodes(plan))),
        plan=plan,
    )


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _removed(node: Mapping[str, Any]) -> float:
    """PostgreSQL tells the average of all runs of the node."""
    return sum(float(node.get(name, 0)) for name in _THROWN_AWAY) * float(node.get("Actual Loops", 1))


class Explained:
    """The costs of the statements since the last `take`."""

    def __init__(self) -> None:
        self._costs: list[StatementCost] = []

    def note(self, _connection: object, notice: Any) -> None:
        _, found, plan = notice.message.partition(_PLAN)
        if found:
            self._costs.append(cost_of(json.loads(plan)))

    async def take(self) -> list[StatementCost]:
        await asyncio.sleep(0)  # the driver tells of a notice a step later
        taken, self._costs = self._costs, []
        return taken


@asynccontextmanager
async def explaining(database: Database) -> AsyncIterator[Explained]:
    """Explains all statements of transactions that begin in the block. Takes a superuser of the database."""
    explained, engine = Explained(), database.engine.sync_engine

    def listen(connection: Any, _record: object) -> None:
        connection.driver_connection.add_log_listener(explained.note)

    await _set_up(database, [f"SET {name} = {value}" for name, value in _EXPLAINING.items()])
    event.listen(engine, "connect", listen)
    try:
        yield explained
    finally:
        event.remove(engine, "connect", listen)
        await _set_up(database, [f"RESET {name}" for name in _EXPLAINING])


async def _set_up(database: Database, changes: list[str]) -> None:
    """Change the settings of the database; the pool's next connections have them."""
    async with database.engine.connect() as connection:
        for change in changes:
            await connection.execute(text(f'ALTER DATABASE "{database.url.database}" {change}'))
    await database.engine.dispose()
