"""NOTIFY_HOLDER: the people a line is assigned to are notified before the carrier is asked."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlmodel import col, select, update

from carriers.base import CarrierOrder
from models.db.inventory.tables import LineRow
from models.db.notifications.tables import EmailPauseRow, NotificationRow
from models.db.orders.tables import EventRow
from models.db.people.tables import PersonRow
from models.db.session import new_id, utc_now
from models.holder import Holder
from models.lifecycle import Status
from models.order import Order
from models.order_type import Texts
from models.step import Apply, Fulfill, NotifyHolder, Place, Rule, Step
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

NOTICE = "The SIM of {lines} is about to be replaced."
STEPS: tuple[Step, ...] = (Rule(), NotifyHolder(), Place("suspend"), Fulfill(), Apply())
TEXTS = Texts(title="Suspend line", done="It is done.", done_for_many="They are done.", notice=NOTICE)
TYPE = replace(order_type("SERVICE_SUSPEND"), checks=(), approval="NONE", steps=STEPS, texts=TEXTS)


@dataclass
class Watched:
    """What the database held when the carrier was called."""

    events: list[str]
    emails: list[str]


def watch_carrier(env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch) -> list[Watched]:
    seen, submit = [], env.carrier.submit

    async def watching(work: CarrierOrder) -> str:
        async with env.database.transaction() as session:
            events = (await session.exec(select(EventRow.event).order_by(col(EventRow.seq)))).all()
            emails = (await session.exec(select(NotificationRow.recipient_id).where(_is_notice()))).all()
        seen.append(Watched([*events], [*emails]))
        return await submit(work)

    monkeypatch.setattr(env.carrier, "submit", watching)
    return seen


def _is_notice() -> Any:
    return col(NotificationRow.event) == "holder_notified"


async def notices(env: WorkflowEnv, order: Order) -> Counter[str]:
    """How many notices each person got."""
    rows = await env.rows(NotificationRow, order)
    return Counter(row.recipient_id for row in rows if row.event == "holder_notified")


async def notified(env: WorkflowEnv, order: Order) -> dict[str, list[str]]:
    """The numbers of their lines, by person, of the only such event."""
    (event,) = [row for row in await env.rows(EventRow, order) if row.event == "holder_notified"]
    people: dict[str, list[str]] = event.data["notified"]
    return people


async def lines_of(env: WorkflowEnv, *holders: str | None) -> tuple[str, ...]:
    async with env.database.transaction() as session:
        return tuple([await factories.create_line(session, Holder.of(person_id=holder)) for holder in holders])


async def assign(env: WorkflowEnv, line_id: str, holder: str | None) -> None:
    async with env.database.transaction() as session:
        (await session.get_one(LineRow, (factories.TENANT, line_id))).person_id = holder


async def own_account(env: WorkflowEnv, *owners: str) -> None:
    async with env.database.transaction() as session:
        owner = update(PersonRow).where(col(PersonRow.id).in_(owners)).values(owns=[factories.ACCOUNT])
        await session.exec(owner)


async def test_the_email_is_stored_before_the_carrier_is_called(
    env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = watch_carrier(env, monkeypatch)
    order = await env.start_new(TYPE, line_ids=await lines_of(env, factories.HOLDER), until=Status.COMPLETED)
    (at_carrier,) = seen
    assert at_carrier.emails == [factories.HOLDER]
    assert at_carrier.events == ["received", "approved", "holder_notified", "submitting"]
    assert (await env.events(order)).count("holder_notified") == 1


async def test_a_person_gets_one_email_that_names_all_of_their_lines(env: WorkflowEnv) -> None:
    line_ids = await lines_of(env, factories.HOLDER, factories.CHIEF, factories.HOLDER)
    order = await env.start_new(TYPE, line_ids=line_ids, until=Status.COMPLETED)
    assert await notices(env, order) == {factories.HOLDER: 1, factories.CHIEF: 1}
    numbers = {line.id: line.mdn for line in await env.lines()}
    first, second, third = (numbers[line_id] for line_id in line_ids)
    people = await notified(env, order)
    assert {person: sorted(known) for person, known in people.items()} == {
        factories.HOLDER: sorted([str(first), str(third)]),
        factories.CHIEF: [second],
    }


async def test_people_are_notified_of_changes_to_their_own_line_whatever_is_switched_off(
    env: WorkflowEnv,
) -> None:
    async with env.database.transaction() as session:
        for name in ("holder_notified", "completed"):
            row = EmailPauseRow(
                tenant=factories.TENANT, id=new_id(), email=name, off_at=utc_now(), off_by=factories.CHIEF
            )
            await session.insert(row)
    order = await env.start_new(TYPE, until=Status.COMPLETED)
    assert await notices(env, order) == {factories.REQUESTER: 1}
    assert "completed" not in {row.event for row in await env.rows(NotificationRow, order)}


async def test_who_has_the_line_now_is_notified_and_can_see_the_order(env: WorkflowEnv) -> None:
    """And not the person who had it at submit."""
    order = await factories.create_order(
        env.database, factories.OrderSpec(type=TYPE, line_ids=await lines_of(env, factories.HOLDER))
    )
    await assign(env, order.items[0].line_id or "", factories.CHIEF)
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    assert await notices(env, order) == {factories.CHIEF: 1}
    assert (await env.row(order)).watchers == [factories.CHIEF]


async def test_the_owners_of_the_account_are_notified_of_an_unassigned_line(env: WorkflowEnv) -> None:
    await own_account(env, factories.CHIEF, factories.BUDGET)
    order = await env.start_new(TYPE, line_ids=await lines_of(env, None), until=Status.COMPLETED)
    assert await notices(env, order) == {factories.CHIEF: 1, factories.BUDGET: 1}
    assert (await env.row(order)).watchers == []


async def test_a_line_of_a_person_who_left_counts_as_unassigned(env: WorkflowEnv) -> None:
    await own_account(env, factories.CHIEF)
    async with env.database.transaction() as session:
        (await session.get_one(PersonRow, (factories.TENANT, factories.HOLDER))).active = False
    order = await env.start_new(TYPE, line_ids=await lines_of(env, factories.HOLDER), until=Status.COMPLETED)
    assert await notices(env, order) == {factories.CHIEF: 1}


async def test_the_admins_are_notified_where_an_account_has_no_owner(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, line_ids=await lines_of(env, None), until=Status.COMPLETED)
    assert await notices(env, order) == {factories.ADMIN: 1}


async def test_running_every_activity_twice_sends_one_email(env: WorkflowEnv) -> None:
    env.faults.twice = True
    order = await env.start_new(TYPE, line_ids=await lines_of(env, factories.HOLDER), until=Status.COMPLETED)
    assert await notices(env, order) == {factories.HOLDER: 1}


async def test_an_order_that_cannot_notify_fails_before_the_carrier_and_can_be_retried(env: WorkflowEnv) -> None:
    env.faults.broken = {"notify_holder"}
    order = await env.start_new(TYPE, until=Status.FAILED)
    assert (env.carrier.submissions, await notices(env, order)) == (0, {})
    env.faults.broken.clear()
    failed = await env.row(order)
    await env.retry(order)
    await env.wait_until_idle(order, after=failed.seq)
    assert await env.advance(order) is Status.COMPLETED
    assert (env.carrier.submissions, await notices(env, order)) == (1, {factories.REQUESTER: 1})


async def test_an_order_canceled_while_people_are_notified_is_not_sent(env: WorkflowEnv) -> None:
    env.faults.slow = {"notify_holder": 1.0}
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE))
    await env.start(order)
    await env.wait_for_status(order, Status.APPROVED)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    assert env.carrier.submissions == 0
