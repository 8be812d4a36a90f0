"""A choice is judged by the task as it is when the choice counts, not as it was when the request found it."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from api.tasks import settling
from models.db.order_lock import lock_order
from models.db.orders.tables import EventRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.db.tasks.tables import TaskRow
from models.events.delivery import REFUSED_DELIVERY
from models.order import OrderRef
from tests.api.api_client import ApiTenant, code
from tests.api.tasks.test_tasks import settle

FOUND = {"round": 1, "item_id": "first", "choices": ["accept", "end", "corrected"]}


@pytest.fixture
async def task(office: ApiTenant) -> str:
    return await office.open_task(await office.order(), REFUSED_DELIVERY, **FOUND)


def _change(monkeypatch: pytest.MonkeyPatch, office: ApiTenant, **values: Any) -> None:
    """Change the task after the next request has found it, and before it locks the order."""

    async def change(session: Session, ref: OrderRef) -> OrderRow:
        async with office.database.transaction() as other:
            await other.exec(update(TaskRow).where(col(TaskRow.order_id) == ref.id).values(**values))
        return await lock_order(session, ref)

    monkeypatch.setattr(settling, "lock_order", change)


async def _choose(office: ApiTenant, task: str, choice: str, name: str = "Theo") -> httpx2.Response:
    return await settle(office, task, {"choice": choice, "text": "Ticket 7."}, name)


async def _started(office: ApiTenant) -> list[Mapping[str, Any]]:
    async with office.database.read() as session:
        query = select(OutboxRow.payload).where(col(OutboxRow.name) == "TASK_ACTION")
        return list(await session.all(query))


async def test_dialtone_acts_on_what_the_task_says_by_then(
    office: ApiTenant, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _change(monkeypatch, office, evidence={**FOUND, "round": 2, "item_id": "second"})
    assert (await _choose(office, task, "accept")).json()["state"] == "waiting"
    (started,) = await _started(office)
    assert (started["round"], started["item_id"]) == (2, "second")


@pytest.mark.parametrize("choice", ["accept", "corrected"])
async def test_a_choice_that_is_no_longer_offered_is_refused(
    office: ApiTenant, task: str, monkeypatch: pytest.MonkeyPatch, choice: str
) -> None:
    _change(monkeypatch, office, choices=["end"])
    answer = await _choose(office, task, choice)
    assert code(answer) == (409, "ACTION_NOT_ALLOWED")
    async with office.database.read() as session:
        settled = await session.all(select(EventRow.seq).where(col(EventRow.event) == "task_settled"))
    assert (await _started(office), settled) == ([], [])


async def test_of_two_people_the_second_is_told_that_dialtone_acts_for_the_first(office: ApiTenant, task: str) -> None:
    first, second = [await _choose(office, task, "accept", name) for name in ("Theo", "Priya")]
    assert first.status_code == 202
    assert code(second) == (409, "ACTION_NOT_ALLOWED")
    assert len(await _started(office)) == 1
