"""A message whose delivery meets deadlocks in the database reaches its workflow once."""

from datetime import timedelta
from unittest.mock import AsyncMock, Mock

import pytest

from models.db import session as database_session
from models.db.outbox.tables import OutboxRow
from models.db.session import Database
from outbox.dispatcher import DeliveryResult, OutboxDispatcher
from tests.fixtures.conflicts import Conflicts
from tests.outbox.test_relay import enqueue


@pytest.mark.fault("21")
async def test_a_claim_and_a_result_are_stored_again_after_a_conflict(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_session, "CONFLICT_DELAYS", (0.0,))
    conflicts, action_id = Conflicts(database.engine), await enqueue(database)
    await conflicts.install()

    async def update(*_: object, **__: object) -> dict[str, object]:
        await conflicts.begin()  # now for the result
        return {"status": "CANCELED", "seq": 3}

    handle = Mock(execute_update=AsyncMock(side_effect=update))
    client = Mock(get_workflow_handle=Mock(return_value=handle))
    dispatcher = OutboxDispatcher(database, client, task_queue="q", timeout=timedelta(seconds=5))
    await conflicts.begin()
    result = await dispatcher.deliver(action_id)
    async with database.read() as session:
        row = await session.get_one(OutboxRow, action_id)
    assert result == DeliveryResult(state="done", status="CANCELED", seq=3)
    assert (handle.execute_update.await_count, row.state, row.attempts) == (1, "done", 1)
    assert await conflicts.met() == {"outbox"}
