"""Tasks on a real database: what opens and closes them, and that one is open for each thing."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from models.db.order_events import append_outside, apply_event
from models.db.session import new_id
from models.db.tasks.tables import TaskRow
from models.events.ending import CANCELED
from models.events.operations import (
    COMPLETED_MANUALLY,
    FAILED,
    RETRIED,
    STEP_SKIPPED,
    TASK_SETTLED,
    UNEXPECTED_UPDATE,
)
from models.events.waiting import SILENT_CARRIER
from models.lifecycle import Status
from models.order import FIRST_OUTSIDE_SEQ, SYSTEM, OrderEvent
from tests.fixtures.office import MONDAY, SampleOrder, person

FAILURE: dict[str, Any] = {"step": "PLACE", "tries": 14, "error": "CARRIER_UNAVAILABLE: no answer"}


async def rows(office: SampleOrder) -> list[TaskRow]:
    async with office.database.transaction() as session:
        return [*(await session.exec(select(TaskRow).order_by(col(TaskRow.seq)))).all()]


async def test_a_failure_opens_a_task_that_is_due_in_business_hours(office: SampleOrder) -> None:
    office.clock = datetime(2026, 11, 20, 21, tzinfo=UTC)  # Friday, three in the afternoon
    await office.write(FAILED, Status.FAILED, **FAILURE, choices=["retry", "cancel"])
    (task,) = await rows(office)
    assert (task.kind, task.role, task.state, task.choices) == ("failed_step", "desk", "open", ["retry", "cancel"])
    assert task.due_at == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert task.evidence["error"] == FAILURE["error"]


async def test_a_second_failure_of_the_order_opens_no_second_task(office: SampleOrder) -> None:
    for step in ("PLACE", "APPLY"):
        await office.write(FAILED, Status.FAILED, **FAILURE | {"step": step})
    assert [task.seq for task in await rows(office)] == [1]


@pytest.mark.parametrize(("event", "data", "choice"), [
    (RETRIED, {"choice": "retry", "evidence": "Ticket 7."}, "retry"),
    (COMPLETED_MANUALLY, {"choice": "complete_manually", "evidence": "Ticket 7."}, "complete_manually"),
])  # fmt: skip
async def test_a_choice_closes_the_task_with_who_and_what(
    office: SampleOrder, event: Any, data: dict[str, Any], choice: str
) -> None:
    await office.write(FAILED, Status.FAILED, **FAILURE)
    await office.write(event, Status.SUBMITTING, person("tess"), **data)
    (task,) = await rows(office)
    assert (task.state, task.choice, task.outcome) == ("closed", choice, event.code)
    assert (task.closed_by, task.note, task.closed_at) == ("Tess Nguyen", "Ticket 7.", MONDAY)


async def test_the_task_stays_open_while_another_step_is_failed(office: SampleOrder) -> None:
    await office.write(FAILED, Status.FAILED, **FAILURE)
    await office.write(FAILED, Status.FAILED, **FAILURE)
    await office.write(RETRIED, Status.FAILED)
    assert [task.state for task in await rows(office)] == ["open"]
    await office.write(RETRIED, Status.SUBMITTING)
    assert [task.state for task in await rows(office)] == ["closed"]


async def test_the_end_of_the_order_closes_what_it_makes_unnecessary(office: SampleOrder) -> None:
    await office.write(STEP_SKIPPED, Status.SUBMITTING, **FAILURE)
    await office.write(FAILED, Status.FAILED, **FAILURE)
    await office.write(CANCELED, Status.CANCELED, person("ada"), reason="Too late.")
    assert [(task.kind, task.state) for task in await rows(office)] == [
        ("skipped_step", "open"),
        ("failed_step", "closed"),
    ]


@pytest.mark.parametrize("minutes", [1, -1])
async def test_the_end_of_the_order_closes_the_task_of_an_event_with_a_number_of_its_own(
    office: SampleOrder, minutes: int
) -> None:
    """Also if it was written just before the order's last event, which has the time of its decision."""
    async with office.database.transaction() as session:
        await append_outside(session, office.order.ref, SILENT_CARRIER, actor=SYSTEM, at=MONDAY, data={})
    office.clock = MONDAY + timedelta(minutes=minutes)
    await office.write(CANCELED, Status.CANCELED, person("ada"), reason="Too late.")
    assert [(task.kind, task.state) for task in await rows(office)] == [("silent_carrier", "closed")]


async def test_a_step_that_fails_again_opens_a_new_task(office: SampleOrder) -> None:
    await office.write(FAILED, Status.FAILED, **FAILURE)
    await office.write(RETRIED, Status.SUBMITTING)
    await office.write(FAILED, Status.FAILED, **FAILURE)
    assert [(task.seq, task.state) for task in await rows(office)] == [(1, "closed"), (3, "open")]


async def test_a_failure_that_is_recorded_after_its_repair_opens_nothing(office: SampleOrder) -> None:
    failed = OrderEvent(
        seq=1, at=MONDAY, event=FAILED.code, status=Status.FAILED, actor=SYSTEM, data=tuple(FAILURE.items())
    )
    office.seq = 1
    await office.write(RETRIED, Status.SUBMITTING)
    async with office.database.transaction() as session:
        assert await apply_event(session, office.order, failed)
    assert await rows(office) == []


async def test_a_settled_task_closes_no_other_one(office: SampleOrder) -> None:
    for number in (1, 2):
        await office.write(STEP_SKIPPED, Status.SUBMITTING, **FAILURE, thing=f"step {number}")
    data = {"task": 2, "choice": "done", "evidence": "Ticket 7."}
    async with office.database.transaction() as session:
        _, event = await append_outside(
            session, office.order.ref, TASK_SETTLED, actor=person("tess"), at=MONDAY, data=data
        )
    assert event.seq == FIRST_OUTSIDE_SEQ
    assert [(task.seq, task.state) for task in await rows(office)] == [(1, "open"), (2, "closed")]


async def test_many_events_at_once_open_one_task(office: SampleOrder) -> None:
    """In transactions of their own; each gets a number of its own, too."""

    async def report(number: int) -> int:
        async with office.database.transaction() as session:
            _, event = await append_outside(
                session, office.order.ref, UNEXPECTED_UPDATE, actor=SYSTEM, at=MONDAY, data={"thing": "1", "n": number}
            )
            return event.seq

    numbers = await asyncio.gather(*map(report, range(8)))
    assert sorted(numbers) == [*range(FIRST_OUTSIDE_SEQ, FIRST_OUTSIDE_SEQ + 8)]
    assert len(await rows(office)) == 1


async def test_the_database_refuses_a_second_open_task_for_a_thing(office: SampleOrder) -> None:
    await office.write(FAILED, Status.FAILED, **FAILURE)
    (task,) = await rows(office)

    async def insert(**changes: Any) -> None:
        async with office.database.transaction() as session:
            session.add(TaskRow.model_validate(task.model_dump() | {"id": new_id()} | changes))

    results = await asyncio.gather(*(insert() for _ in range(4)), return_exceptions=True)
    assert [type(result) for result in results] == [IntegrityError] * 4
    await insert(state="closed")
    await insert(kind="another")


async def test_a_task_is_for_a_person_or_for_a_role(office: SampleOrder) -> None:
    await office.write(STEP_SKIPPED, Status.SUBMITTING, **FAILURE, person_id="walt")
    (task,) = await rows(office)
    assert (task.person_id, task.role) == ("walt", None)
    with pytest.raises(IntegrityError):
        async with office.database.transaction() as session:
            session.add(TaskRow.model_validate(task.model_dump() | {"id": "2", "thing": "2", "role": "desk"}))
