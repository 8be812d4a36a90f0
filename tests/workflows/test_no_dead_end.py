"""On an order, people are offered exactly what a table says, and the server takes what it offers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx2
import pytest
from sqlmodel import select
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from api.app import create_app
from api.orders import submit
from demo.postgres_server import DatabaseServer
from models.db.approvals.tables import ApprovalRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Database, Session, utc_now
from models.effect import find_effect
from models.errors import ActionNotAllowed
from models.facts import Role
from models.holder import Holder
from models.lifecycle import FINAL, OPENS_ORDER, Action, ItemState, Status
from models.order import CancelResult, Order
from models.step import ships
from outbox.dispatcher import OutboxDispatcher
from tests import factories
from tests.api.api_client import ApiTenant
from tests.api.conftest import quiet, services
from tests.fakes import FakeCarrier
from tests.field.changing_company import approve_all, change
from tests.fixtures.database import cloned
from tests.workflows.cases import Case, all_cases
from tests.workflows.offered_actions import CANCELABLE, OFFERED, OLD_NUMBER_AT_RISK, ROLES, TO_RECEIVE
from tests.workflows.open_courses import courses_of, stops
from tests.workflows.skipped_time import skip_days
from tests.workflows.trial_updates import ACCEPTED, TrialUpdates
from tests.workflows.tried_actions import BUTTONS, STRANGER, Trial
from tests.workflows.workflow_env import RPC_TIMEOUT, WorkflowEnv

__all__ = ["quiet"]  # the fixture: lines about thousands of requests take seconds

pytestmark = [pytest.mark.fault("34"), pytest.mark.timeout(300)]
OWNER, DESK, AUDITOR = (f"01PER0000000000000000000{name}" for name in ("OW", "DK", "AU"))
PEOPLE = {
    "r": factories.REQUESTER, "o": OWNER, "d": DESK, "m": factories.ADMIN, "u": AUDITOR,
    "s": STRANGER,
}  # fmt: skip
# Where an order that ships does not get in one go, and one status of each other sequence of steps.
QUICK = (
    *(("NEW_SERVICE_DEVICE", course) for course in ("scheduled", "refused", "cancel_requested", "on_hold")),
    ("LINE_REASSIGN", "awaiting_approval"),
    ("PLAN_CHANGE", "in_fulfillment"),
    ("SERVICE_TERMINATE", "in_fulfillment"),
    ("RETURN-return_way=stock", "in_fulfillment"),
    ("RETURN", "way back"),
    ("RETURN-return_cause=not_received", "at the desk"),
    *(("SERVICE_RESUME-resume_from=disconnected", course) for course in ("awaiting_activation", "new number")),
)
# What no workflow of an order checks.
NOT_TRIED = {"task ask_again", *OLD_NUMBER_AT_RISK}
# Both items of an order that ended with something that was ordered.
ITEMS_OF = {
    Status.COMPLETED: (ItemState.DONE, ItemState.DONE),
    Status.PARTIALLY_FULFILLED: (ItemState.DONE, ItemState.CANCELED),
}


@dataclass(frozen=True)
class Office:
    """One company with its workflows and its application, and a client for each person."""

    env: WorkflowEnv
    clients: Mapping[str, httpx2.AsyncClient]

    async def people(self, order: Order) -> dict[str, httpx2.AsyncClient]:
        """By role; the approver is who is asked now, who was asked before, or who would be."""
        asked = sorted(await self.env.rows(ApprovalRow, order), key=_asked_first)
        approver = next((row.approver_id for row in asked), factories.MANAGER)
        acts = order.beneficiary.person_id or factories.REQUESTER
        ids = {**PEOPLE, "b": acts, "a": approver}
        return {role: self.clients[person_id] for role, person_id in ids.items()}


def _asked_first(row: ApprovalRow) -> tuple[bool, bool]:
    return row.state != "pending", row.approver_id == factories.ADMIN


@asynccontextmanager
async def running_office(database: Database, server: WorkflowEnvironment) -> AsyncIterator[Office]:
    await factories.create_company(database, policy={"max_lines_per_employee": 10_000, "free_cap": "1000000"})
    async with database.transaction() as session:
        for person_id, roles, owns in (
            (OWNER, [Role.OWNER], [factories.ACCOUNT]), (DESK, [Role.DESK], []), (AUDITOR, [Role.AUDITOR], []),
            (STRANGER, [], []),
        ):  # fmt: skip
            beside = (await session.get_one(PersonRow, (factories.TENANT, factories.ADMIN))).model_dump()
            name = f"Person {person_id[-2:]}"
            known = {"id": person_id, "name": name, "email": f"{person_id[-2:]}@tiny.example.com".lower()}
            session.add(PersonRow(**beside | known | {"employee_number": name, "roles": roles, "owns": owns}))
    trying = Client(server.client.service_client, namespace=server.client.namespace, interceptors=[TrialUpdates()])
    async with WorkflowEnv.running(database, trying, FakeCarrier()) as env:
        dispatcher = OutboxDispatcher(database, env.client, task_queue=env.task_queue, timeout=RPC_TIMEOUT)
        app = create_app(await services(database, dispatcher))  # type: ignore[arg-type] # a real one
        tenant = ApiTenant(app, database, dispatcher)  # type: ignore[arg-type] # a real one
        async with database.transaction() as session:
            ids = (await session.exec(select(PersonRow.id))).all()
        clients = {one: await tenant.client(f"Person {one[-2:]}", factories.TENANT) for one in ids}
        yield Office(env, clients)
        for client in clients.values():
            await client.aclose()


@pytest.fixture(scope="module")
async def office(postgres: DatabaseServer, template: str, temporal: WorkflowEnvironment) -> AsyncIterator[Office]:
    async with cloned(postgres, template) as database, running_office(database, temporal) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_is_submitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders that actions open are checked and written, and not kept."""
    submitted = submit._submit

    async def undo(session: Session, *args: Any, **options: Any) -> None:
        await submitted(session, *args, **options)
        raise ActionNotAllowed(ACCEPTED)

    monkeypatch.setattr(submit, "_submit", undo)


async def _scheduled(env: WorkflowEnv, order: Order) -> None:
    assert await env.advance(order, until=Status.SCHEDULED) is Status.SCHEDULED


async def _canceling(env: WorkflowEnv, order: Order) -> None:
    await env.advance(order, until=Status.IN_FULFILLMENT)
    env.carrier.cancel_answers[f"{order.id}:1"] = CancelResult.ASSESSING
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCEL_REQUESTED)


def _courses(case: Case) -> Mapping[str, Any]:
    courses = {name: course for name, course in courses_of(case).items() if name != "being canceled"}
    if Status.SCHEDULED in case.statuses:
        courses["scheduled"] = _scheduled
    if case.kind.with_carrier and CANCELABLE[case.kind.cancel_window.until].get("in_fulfillment"):
        courses["cancel_requested"] = _canceling
    return courses


def _table(case: Case, course: str, *, is_asked: bool = True) -> dict[str, set[str]]:
    """The row of the table for this course, each cell as letters of roles; `is_asked`: whether someone approves it."""
    cancel = CANCELABLE[case.kind.cancel_window.until].get(course)
    received = TO_RECEIVE if course == "in_fulfillment" and not case.kind.with_carrier else {}
    at_risk = OLD_NUMBER_AT_RISK if course == "failed" and find_effect(case.kind.effect).renews else {}
    row = {**({"cancel": cancel} if cancel else {}), **OFFERED[course], **received, **at_risk}
    about_goods = set() if ships(case.kind.steps) else {*OPENS_ORDER, Action.CONFIRM_RECEIPT}
    asked = ROLES if is_asked else ROLES.keys() - {"a"}
    return {action: set(letters).intersection(asked) for action, letters in row.items() if action not in about_goods}


async def _start(env: WorkflowEnv, case: Case, *, scheduled: bool = False) -> Order:
    beneficiary = Holder.of(person_id=factories.CHIEF if case.kind.changes_hands else factories.HOLDER)
    starts = utc_now() + timedelta(days=10) if scheduled else None
    spec = replace(case.spec, beneficiary=beneficiary, effective_at=starts)
    order = await factories.create_order(env.database, spec)
    env.ends(await env.start(order))
    return order


async def _problems(
    office: Office, order: Order, table: Mapping[str, set[str]], *, is_quick: bool, course: str = ""
) -> Mapping[str, Mapping[str, str]]:
    """How what is offered, shown and taken differs from the table."""
    trial, readers = Trial(env=office.env, order=order, people=await office.people(order)), "rm" if is_quick else ROLES
    buttons = BUTTONS | ({"provide_info": "new-number-1"} if course == "new number" else {})
    tries = partial(_tries, table, is_quick=is_quick)
    found = {
        "offered": (await trial.offered(), table),
        "taken": (
            await trial.taken(tries),
            {one: roles.intersection(tries(one)) for one, roles in table.items() if one not in NOT_TRIED},
        ),
        "shown": (
            await trial.shown(buttons, readers),
            {one: roles.intersection(readers) for one, roles in table.items() if one in buttons},
        ),
    }
    return {name: differing for name, (one, other) in found.items() if (differing := _differing(one, other))}


def _tries(table: Mapping[str, set[str]], action: str, *, is_quick: bool) -> list[str]:
    """Who sends the action: everyone, or in a quick run the first who is offered it and the first who isn't."""
    offered = [role for role in ROLES if role in table.get(action, ())]
    others = [role for role in ROLES if role not in offered]
    return [*offered[:1], *others[:1]] if is_quick else [*offered, *others]


def _differing(found: Mapping[str, set[str]], expected: Mapping[str, set[str]]) -> dict[str, str]:
    """By action, who has it against the table, and who lacks it."""
    return {
        action: f"+{''.join(sorted(more))} -{''.join(sorted(less))}"
        for action in sorted(found.keys() | expected.keys())
        if (more := found.get(action, set()) - expected.get(action, set()))
        | (less := expected.get(action, set()) - found.get(action, set()))
    }


BY_NAME = {case.name: case for case in all_cases()}


async def test_at_each_stop_of_an_order_people_are_offered_what_the_table_says(office: Office) -> None:
    env, case, problems = office.env, BY_NAME["NEW_SERVICE_DEVICE"], dict[str, Any]()
    order = await _start(env, case)
    async for course in stops(env, order):
        assert (await env.row(order)).due_at, course
        problems[course] = await _problems(office, order, _table(case, course), is_quick=True)
    assert problems.keys() == set(courses_of(case)) - {"being canceled", "refused", "on_hold"}
    assert {course: problem for course, problem in problems.items() if problem} == {}


@pytest.mark.parametrize(
    ("case", "course", "is_quick"),
    [
        *(pytest.param(BY_NAME[name], course, True, id=f"{name}-{course}") for name, course in QUICK),
        *(
            pytest.param(case, course, False, id=f"{name}-{course} in full", marks=pytest.mark.slow)
            for name, case in BY_NAME.items()
            for course in _courses(case)
        ),
    ],
)
async def test_what_is_offered_is_what_the_table_says_and_is_taken(
    office: Office, case: Case, course: str, *, is_quick: bool
) -> None:
    order = await _start(office.env, case, scheduled=course == "scheduled")
    await _courses(case)[course](office.env, order)
    assert (await office.env.row(order)).due_at
    table = _table(case, course, is_asked=bool(await office.env.rows(ApprovalRow, order)))
    assert await _problems(office, order, table, is_quick=is_quick, course=course) == {}


@pytest.mark.parametrize(("status", "held"), [("validating", "rule"), ("approved", "place"), ("submitting", None)])
async def test_what_dialtone_does_next_can_be_canceled_meanwhile(office: Office, status: str, held: str | None) -> None:
    """An activity waits, or the carrier takes its time."""
    env, case, released = office.env, BY_NAME["NEW_SERVICE_DEVICE"], asyncio.Event()
    beneficiary = Holder.of(person_id=factories.HOLDER)
    order = await factories.create_order(env.database, replace(case.spec, beneficiary=beneficiary))
    if held is not None:
        env.faults.of(order).held[held] = released
    else:

        async def wait() -> None:
            await released.wait()

        env.carrier.before_answer = wait
    env.ends(await env.start(order))
    try:
        if status != "validating":
            await env.wait_for_status(order, Status.AWAITING_APPROVAL)
            await approve_all(env, order)
        await env.until(order, lambda: env.row(order), lambda row: row.status == status.upper())
        assert await _problems(office, order, _table(case, status), is_quick=True) == {}
    finally:
        env.carrier.before_answer = None
        released.set()


async def test_an_order_that_has_ended_can_only_be_ordered_again(office: Office) -> None:
    env, case, problems = office.env, BY_NAME["NEW_SERVICE_DEVICE"], dict[str, Any]()
    spec = replace(case.spec, beneficiary=Holder.of(person_id=factories.HOLDER), items=2)
    order = await factories.create_order(env.database, spec)
    for status in FINAL:
        await change(env, OrderRow, "id", order.id, status=status, closed_at=utc_now())
        for item, state in zip(order.items, ITEMS_OF.get(status, (ItemState.CANCELED,) * 2), strict=True):
            await change(env, ItemRow, "id", item.id, state=state)
        found = await _problems(office, order, {}, is_quick=True)
        page = await office.clients[factories.REQUESTER].get(f"/orders/{order.id}", headers={"Accept": "text/html"})
        has_button = f'action="/orders/{order.number}/again"' in page.text
        again = await office.clients[factories.REQUESTER].post(f"/api/v1/orders/{order.id}/again", json={})
        if found or not has_button or again.status_code != 201:
            problems[status] = (found, has_button, again.text)
    assert problems == {}


def _has(event: str, events: list[str]) -> bool:
    return event in events


@pytest.fixture
async def skipping_office(database: Database, time_skipping: WorkflowEnvironment) -> AsyncIterator[Office]:
    async with running_office(database, time_skipping) as running:
        yield running


async def test_who_waits_too_long_is_asked_whether_to_keep_waiting(
    skipping_office: Office, time_skipping: WorkflowEnvironment
) -> None:
    office, env, case = skipping_office, skipping_office.env, BY_NAME["NEW_SERVICE_DEVICE"]
    waiting = {course: await _start(env, case) for course in ("in_fulfillment", "backordered")}
    for course, order in waiting.items():
        await _courses(case)[course](env, order)
    await skip_days(time_skipping, 45)
    for order, event in zip(waiting.values(), ("silent_carrier", "backorder_decision"), strict=True):
        await env.until(order, partial(env.events, order), partial(_has, event))
    problems = {
        course: await _problems(office, order, _table(case, f"{course} too long"), is_quick=True)
        for course, order in waiting.items()
    }
    assert {course: problem for course, problem in problems.items() if problem} == {}
