"""Asking for what people have to agree to, reminding them, and the task at the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update

from models.attestation import AttestationChannel
from models.db import attestation_events
from models.db.attestations import attestations, consent_texts
from models.db.attestations.tables import AttestationRow
from models.db.notifications.tables import NotificationRow
from models.db.order_events import append_outside
from models.db.orders.tables import EventRow
from models.db.people.tables import PersonRow
from models.db.session import Database
from models.db.tasks.tables import TaskRow
from models.event import Event
from models.events.approval import APPROVED
from models.events.ending import CANCELED, COMPLETED
from models.events.operations import TASK_SETTLED
from models.lifecycle import Status
from models.registry import UnknownWordError
from outbox.attestation_monitor import AttestationMonitor
from tests.fixtures.office import MONDAY, TENANT, SampleOrder, open_office, person

# Ten o'clock in Chicago, and after two, five and eight business days: Thanksgiving and weekends are none.
START, FIRST, SECOND, OVERDUE = (datetime(2026, 11, day, 16, tzinfo=UTC) for day in (16, 18, 23, 27))
SHORTLY = timedelta(minutes=1)


@dataclass
class Asking:
    """Erin's order for Ben, who has to accept the policy, and the monitor at a time."""

    database: Database
    order: SampleOrder
    at: datetime = START

    async def add(self, question: str = "use_policy") -> None:
        row = AttestationRow(
            tenant=TENANT,
            order_id=self.order.order.id,
            question=question,
            person_id="ben",
            sentence="I accept it.",
            state="waiting",
        )
        async with self.database.transaction() as session:
            await attestations.add(session, [row])

    async def publish(self) -> None:
        async with self.database.transaction() as session:
            await consent_texts.publish(session, TENANT, "use_policy", "Policy", "Be kind.", MONDAY)

    async def approve(self) -> None:
        await self.order.write(APPROVED, Status.APPROVED)

    async def check(self, at: datetime | None = None) -> None:
        self.at = at or self.at
        await AttestationMonitor(self.database, clock=lambda: self.at).run_once()

    async def row(self) -> AttestationRow:
        async with self.database.transaction() as session:
            return await session.get_one(AttestationRow, (TENANT, self.order.order.id, "use_policy"))

    async def accept(self, key: str = "ben") -> bool:
        row, actor, channel = await self.row(), person(key), AttestationChannel.PAGE
        async with self.database.transaction() as session:
            return await attestation_events.accept(session, row, actor=actor, channel=channel, at=self.at)

    async def settle(self, choice: str, text: str = "") -> None:
        (task,) = await self.tasks()
        data = {"task": task.seq, "choice": choice, "evidence": text}
        async with self.database.transaction() as session:
            await append_outside(
                session, self.order.order.ref, TASK_SETTLED, actor=person("otto"), at=self.at, data=data
            )

    async def end(self, event: Event, status: Status) -> None:
        self.order.clock = self.at
        await self.order.write(event, status)

    async def change(self, key: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.exec(update(PersonRow).where(col(PersonRow.id) == key).values(**values))

    async def events(self) -> list[str]:
        """What it has added to the history."""
        async with self.database.transaction() as session:
            rows = await session.all(select(EventRow).where(col(EventRow.seq) > 1000).order_by(col(EventRow.seq)))
        return [row.event.removeprefix("attestation_") for row in rows]

    async def emails(self) -> list[tuple[str, str]]:
        async with self.database.transaction() as session:
            rows = await session.all(select(NotificationRow).order_by(col(NotificationRow.seq)))
        return [(row.event.removeprefix("attestation_"), row.recipient_id) for row in rows if "attest" in row.event]

    async def tasks(self) -> Sequence[TaskRow]:
        async with self.database.transaction() as session:
            return await session.all(select(TaskRow))


@pytest.fixture
async def asking(database: Database) -> Asking:
    found = Asking(database=database, order=await open_office(database))
    await found.change("otto", owns=["sales"], roles=["owner"])
    await found.order.receive()
    await found.add()
    return found


@pytest.mark.fault("35")
async def test_nobody_is_asked_before_the_order_is_approved(asking: Asking) -> None:
    await asking.order.request_approval()
    await asking.check()
    assert (await asking.row()).state == "waiting"
    assert await asking.emails() == []


@pytest.mark.fault("35")
async def test_the_person_whose_acceptance_it_is_is_asked_once_the_order_is_approved(asking: Asking) -> None:
    await asking.publish()
    await asking.approve()
    for _ in range(2):
        await asking.check()
    row = await asking.row()
    assert (row.state, row.version, row.asked_at, row.next_at) == ("asked", 1, START, FIRST)
    assert (await asking.events(), await asking.emails()) == (["needed"], [("needed", "ben")])


async def test_an_order_that_completes_at_once_asks_afterwards(asking: Asking) -> None:
    await asking.approve()
    await asking.end(COMPLETED, Status.COMPLETED)
    await asking.check()
    assert (await asking.row()).state == "asked"


async def test_one_that_fails_keeps_no_other_one_waiting(asking: Asking) -> None:
    await asking.add("gone")
    await asking.approve()
    with pytest.raises(UnknownWordError):
        await asking.check()
    assert (await asking.row()).state == "asked"


async def test_several_workers_ask_once(asking: Asking) -> None:
    await asking.approve()
    found = await asking.row()
    for _ in range(2):
        async with asking.database.transaction() as session:
            await attestation_events.follow_up(session, found, START)
    assert await asking.events() == ["needed"]


async def test_reminders_follow_business_days_and_end_with_a_task_of_the_account_owner(asking: Asking) -> None:
    await asking.approve()
    seen = []
    for at in (START, FIRST - SHORTLY, FIRST, SECOND - SHORTLY, SECOND, OVERDUE - SHORTLY, OVERDUE, OVERDUE):
        await asking.check(at)
        seen.append(len(await asking.events()))
    assert seen == [1, 1, 2, 2, 3, 3, 4, 4]
    assert await asking.events() == ["needed", "reminder", "reminder", "missing"]
    assert await asking.emails() == [("needed", "ben"), ("reminder", "ben"), ("reminder", "ben"), ("missing", "otto")]
    (task,) = await asking.tasks()
    assert (task.kind, task.person_id, task.state) == ("attestation_missing", "otto", "open")
    assert (await asking.row()).next_at is None


async def _overdue(asking: Asking) -> None:
    await asking.approve()
    for at in (START, FIRST, SECOND, OVERDUE):
        await asking.check(at)


async def test_nobody_gets_the_task_about_themselves(asking: Asking) -> None:
    await asking.change("ben", owns=["sales"])
    await asking.change("otto", owns=[])
    await _overdue(asking)
    (task,) = await asking.tasks()
    assert (task.person_id, task.role) == (None, "admin")


async def test_accepting_ends_the_reminders(asking: Asking) -> None:
    await asking.publish()
    await asking.approve()
    await asking.check()
    assert [await asking.accept(), await asking.accept()] == [True, False]
    await asking.check(OVERDUE)
    row = await asking.row()
    assert (row.state, row.given_at, row.channel, row.given_by, row.version) == ("given", START, "page", "ben", 1)
    assert await asking.events() == ["needed", "given"]


async def test_accepting_settles_the_task(asking: Asking) -> None:
    await _overdue(asking)
    await asking.accept()
    (task,) = await asking.tasks()
    assert (task.state, task.closed_by, task.outcome) == ("closed", "Ben Ortiz", "attestation_given")


async def test_asking_again_starts_over_with_the_newest_version(asking: Asking) -> None:
    await _overdue(asking)
    await asking.publish()
    await asking.settle("ask_again")
    await asking.check(OVERDUE)
    row = await asking.row()
    assert (row.state, row.version, row.asked_at, row.reminders) == ("asked", 1, OVERDUE, 0)
    assert await asking.events() == ["needed", "reminder", "reminder", "missing", "task_settled", "needed"]
    assert (await asking.tasks())[0].state == "closed"


async def test_what_was_accepted_on_paper_says_who_recorded_it_and_where_the_paper_is(asking: Asking) -> None:
    await _overdue(asking)
    await asking.settle("accepted_on_paper", "Nov 20, in Ben's file.")
    row = await asking.row()
    assert (row.state, row.channel, row.given_by, row.note) == ("given", "paper", "otto", "Nov 20, in Ben's file.")
    await asking.check(OVERDUE + timedelta(days=30))
    assert await asking.events() == ["needed", "reminder", "reminder", "missing", "task_settled"]


def _leaves(asking: Asking) -> Any:
    return asking.change("ben", active=False)


def _is_canceled(asking: Asking) -> Any:
    return asking.end(CANCELED, Status.CANCELED)


@pytest.mark.parametrize(
    ("ends", "event"), [(_leaves, ["dropped"]), (_is_canceled, [])], ids=["person left", "order canceled"]
)
@pytest.mark.parametrize("before", ["waiting", "asked", "overdue"])
async def test_who_has_left_and_what_was_canceled_is_not_chased(
    asking: Asking, before: str, ends: Callable[[Asking], Any], event: list[str]
) -> None:
    if before == "overdue":
        await _overdue(asking)
    else:
        await asking.approve()
        if before == "asked":
            await asking.check()
    known = await asking.events()
    await ends(asking)
    await asking.check(OVERDUE + timedelta(days=30))
    assert (await asking.row()).state == "dropped"
    assert await asking.events() == known + event
    assert [task.state for task in await asking.tasks()] == (["closed"] if before == "overdue" else [])
    assert not await asking.accept()
