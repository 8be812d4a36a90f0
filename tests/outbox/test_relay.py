"""A relay that is stopped finishes what it has claimed, and claims nothing more."""

import asyncio
from collections import deque
from datetime import timedelta
from typing import Any

import pytest

from models.db.outbox.tables import OutboxRow
from models.db.session import Database, new_id, utc_now
from notifications.sender import ClaimedEmails
from outbox.relay import Relay


class PausedDelivery:
    """A dispatcher and email sender that pauses in the middle of a delivery."""

    def __init__(self) -> None:
        self.lease = timedelta(minutes=1)
        self.started, self.resume = asyncio.Event(), asyncio.Event()
        self.delivered: list[str] = []

    async def deliver_claimed(self, row: OutboxRow, *, caller_waits: bool) -> None:
        assert not caller_waits
        self.started.set()
        await self.resume.wait()
        self.delivered.append(row.id)

    async def claim(self, limit: int) -> ClaimedEmails:
        del limit
        return ClaimedEmails(waiting=deque(), began=0, until=0)


async def enqueue(database: Database) -> str:
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


async def test_a_claimed_message_is_delivered_and_no_other_is_claimed(database: Database) -> None:
    paused: Any = PausedDelivery()
    relay, claimed = Relay(database, paused, paused, connections=1), await enqueue(database)
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(30):
        await paused.started.wait()
    await enqueue(database)
    relay.stop()
    done, _ = await asyncio.wait([running], timeout=0.2)
    assert not done
    paused.resume.set()
    async with asyncio.timeout(30):
        await running
    assert paused.delivered == [claimed]


async def test_an_idle_relay_stops_at_once(database: Database) -> None:
    paused: Any = PausedDelivery()
    relay = Relay(database, paused, paused, connections=1)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0)
    relay.stop()
    async with asyncio.timeout(30):
        await running


@pytest.mark.parametrize("steps", range(5))
async def test_a_relay_that_is_canceled_while_a_message_comes_in_ends(database: Database, steps: int) -> None:
    paused: Any = PausedDelivery()
    relay, due = Relay(database, paused, paused, connections=1), asyncio.Event()
    repeating = asyncio.create_task(relay._repeat(_nothing, due))
    await asyncio.sleep(0.05)
    due.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    repeating.cancel()
    await asyncio.wait([repeating], timeout=1)
    assert repeating.cancelled()


async def _nothing() -> None: ...
