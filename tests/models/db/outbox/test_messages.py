"""The outbox: each message once, due at once for the relay, later where its writer delivers it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.db.outbox import delivery
from models.db.outbox.delivery import WRITER_LEASE
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import Database
from models.order import OrderRef
from tests.clock_ahead import HourAhead

LEASE = timedelta(minutes=1)
MESSAGE = Message(
    action_id="action-1",
    ref=OrderRef(tenant="acme", id="order-1"),
    kind=MessageKind.SIGNAL,
    name="lock_released",
    payload={"note": None},
)


async def test_a_message_is_enqueued_once(database: Database) -> None:
    for is_new in (True, False):
        async with database.transaction() as session:
            assert (await enqueue(session, MESSAGE) is not None) is is_new
            row = await delivery.find(session, MESSAGE.action_id)
    assert row is not None
    assert (row.workflow_id, row.payload, row.state) == (MESSAGE.ref.workflow_id, {"note": None}, "waiting")


async def test_a_message_for_the_relay_is_due_at_once(database: Database) -> None:
    async with database.transaction() as session:
        await enqueue(session, MESSAGE, notify_relay=True)
    async with database.transaction() as session:
        (row,) = await delivery.claim_due(session, limit=10, lease=LEASE)
    assert (row.id, row.attempts) == (MESSAGE.action_id, 1)


async def test_messages_are_claimed_in_the_sequence_in_which_they_were_written(database: Database) -> None:
    names = [f"{number:02}" for number in reversed(range(15))]
    async with database.transaction() as session:
        for name in names:
            await enqueue(session, replace(MESSAGE, action_id=name), notify_relay=True)
    async with database.transaction() as session:
        claimed = [[row.id for row in await delivery.claim_due(session, limit=10, lease=LEASE)] for _ in range(3)]
    assert claimed == [names[:10], names[10:], []]


async def test_a_message_is_written_as_claimed_by_who_delivers_it(database: Database) -> None:
    async with database.transaction() as session:
        written = await enqueue(session, MESSAGE)
        assert await delivery.claim_due(session, limit=10, lease=LEASE) == []
        assert await delivery.claim(session, MESSAGE.action_id, lease=LEASE) is None
        row = await delivery.find(session, MESSAGE.action_id)
    assert row is not None
    assert row.next_attempt_at - row.created_at == WRITER_LEASE
    assert written is not None
    stored, known = (one.model_dump(exclude={"position", "created_at", "next_attempt_at"}) for one in (row, written))
    assert known == stored


@pytest.mark.fault("18")
async def test_a_process_whose_clock_is_ahead_neither_delays_a_message_nor_takes_it_from_another(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.db.session.datetime", HourAhead)
    async with database.transaction() as session:
        await enqueue(session, MESSAGE, notify_relay=True)
    async with database.transaction() as session:
        (row,) = await delivery.claim_due(session, limit=10, lease=LEASE)
    assert row.next_attempt_at < datetime.now(UTC) + timedelta(minutes=2)
    assert row.created_at < datetime.now(UTC) + timedelta(minutes=1)
    async with database.transaction() as session:
        assert await delivery.claim(session, MESSAGE.action_id, lease=timedelta(minutes=1)) is None
