"""A relay that is told to stop: what it has claimed is finished, and nothing more is begun."""

import asyncio
from typing import Any

from models.db.outbox.tables import OutboxRow
from models.db.session import Database, new_id, utc_now
from outbox.relay import Relay


class Held:
    """A dispatcher and a postman in one, who wait in the middle of a delivery."""

    def __init__(self) -> None:
        self.begun, self.may_go_on = asyncio.Event(), asyncio.Event()
        self.delivered: list[str] = []

    async def deliver(self, action_id: str) -> None:
        self.begun.set()
        await self.may_go_on.wait()
        self.delivered.append(action_id)

    async def send_next(self) -> bool:
        return False


async def write(database: Database) -> str:
    row = OutboxRow(
        id=new_id(),
        tenant="acme",
        order_id="o",
        workflow_id="w",
        kind="update",
        name="cancel",
        payload={},
        created_at=utc_now(),
        next_attempt_at=utc_now(),
    )
    async with database.transaction() as session:
        session.add(row)
    return row.id


async def test_what_is_claimed_is_delivered_and_nothing_else_is_claimed(database: Database) -> None:
    held: Any = Held()
    relay, claimed = Relay(database, held, held), await write(database)
    running = asyncio.create_task(relay.run())
    await asyncio.wait_for(held.begun.wait(), 30)
    await write(database)
    relay.stop()
    done, _ = await asyncio.wait([running], timeout=0.2)
    assert not done
    held.may_go_on.set()
    await asyncio.wait_for(running, 30)
    assert held.delivered == [claimed]


async def test_a_relay_with_nothing_to_do_stops_at_once(database: Database) -> None:
    held: Any = Held()
    relay = Relay(database, held, held)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0)
    relay.stop()
    await asyncio.wait_for(running, 30)
