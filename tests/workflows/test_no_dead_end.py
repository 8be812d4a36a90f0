"""On an open order, people are offered exactly what a table says, and the server takes what it offers."""

from collections.abc import AsyncIterator, Mapping
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
from models.db.catalog.tables import ProductRow
from models.db.people.tables import PersonRow
from models.db.session import Session, utc_now
from models.errors import ActionNotAllowed
from models.facts import Role
from models.holder import Holder
from models.lifecycle import Status
from models.order import CancelResult, Order
from models.step import ships
from outbox.dispatcher import OutboxDispatcher
from tests import factories
from tests.api.api_client import ApiTenant
from tests.api.conftest import quiet, services
from tests.fakes import FakeCarrier
from tests.field.changing_company import change
from tests.fixtures.database import cloned
from tests.workflows.cases import Case, all_cases
from tests.workflows.offered_actions import CANCELABLE, OFFERED, ROLES, TO_RECEIVE
from tests.workflows.open_courses import courses_of
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
# The first type, or variant of one, of each sequence of steps that differs in approval, goods or carrier.
QUICK = (
    "NEW_SERVICE_DEVICE", "LINE_REASSIGN", "PLAN_CHANGE", "SERVICE_TERMINATE", "RETURN-return_way=stock",
)  # fmt: skip


@dataclass(frozen=True)
class Office:
    """One company with its workflows and its application, and a client for each person."""

    env: WorkflowEnv
    clients: Mapping[str, httpx2.AsyncClient]

    async def people(self, order: Order) -> dict[str, httpx2.AsyncClient]:
        """By role; the approver is who is asked now, who was asked before, or who would be."""
        asked = sorted(await self.env.rows(ApprovalRow, order), key=_asked_first)
        approver = next((row.approver_id for row in asked), factories.MANAGER)
        return {
            role: self.clients[person_id]
            for role, person_id in {**PEOPLE, "b": order.beneficiary.person_id or "", "a": approver}.items()
        }


def _asked_first(row: ApprovalRow) -> tuple[bool, bool]:
    return row.state != "pending", row.approver_id == factories.ADMIN


@pytest.fixture(scope="module")
async def office(postgres: DatabaseServer, template: str, temporal: WorkflowEnvironment) -> AsyncIterator[Office]:
    async with cloned(postgres, template) as database:
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
        trying = Client(
            temporal.client.service_client, namespace=temporal.client.namespace, interceptors=[TrialUpdates()]
        )
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


async def _held(env: WorkflowEnv, order: Order) -> None:
    """The rules no longer allow it, once it is approved."""
    await env.advance(order, until=Status.AWAITING_APPROVAL)
    await change(env, ProductRow, "sku", "PHONE-1", active=False)
    await env.approve(order, factories.actor(await env.next_approver(order)))
    await env.wait_for_status(order, Status.ON_HOLD)
    await change(env, ProductRow, "sku", "PHONE-1", active=True)


def _courses(case: Case, *, is_full: bool) -> Mapping[str, Any]:
    """Every one, or those that differ from other shapes."""
    courses = {name: course for name, course in courses_of(case).items() if name != "being canceled"}
    if Status.SCHEDULED in case.statuses:
        courses["scheduled"] = _scheduled
    if case.kind.with_carrier and CANCELABLE[case.kind.cancel_window.until].get("in_fulfillment"):
        courses["cancel_requested"] = _canceling
    if case.has_approval and ships(case.kind.steps):
        courses["on_hold"] = _held
    own = {*(status.lower() for status in case.statuses), "failed"}
    return courses if is_full else {name: course for name, course in courses.items() if name in own}


def _table(case: Case, course: str) -> dict[str, str]:
    """The row of the table for this course, each cell as letters of roles."""
    cancel = CANCELABLE[case.kind.cancel_window.until].get(course)
    received = TO_RECEIVE if course == "in_fulfillment" and not case.kind.with_carrier else {}
    row = {**({"cancel": cancel} if cancel else {}), **OFFERED[course], **received}
    return row if case.has_approval else {action: letters.replace("a", "") for action, letters in row.items()}


BY_NAME = {case.name: case for case in all_cases()}
CASES = [
    *(pytest.param(BY_NAME[name], number == 0, True, id=name) for number, name in enumerate(QUICK)),
    *(pytest.param(case, True, False, id=f"{name} in full", marks=pytest.mark.slow) for name, case in BY_NAME.items()),
]


@pytest.mark.parametrize(("case", "is_full", "is_quick"), CASES)
async def test_what_is_offered_is_what_the_table_says_and_is_taken(
    office: Office, case: Case, *, is_full: bool, is_quick: bool
) -> None:
    env, problems = office.env, dict[str, Any]()
    for course, run in _courses(case, is_full=is_full).items():
        starts = utc_now() + timedelta(days=10) if course == "scheduled" else None
        beneficiary = Holder.of(person_id=factories.CHIEF if case.kind.changes_hands else factories.HOLDER)
        spec = replace(case.spec, beneficiary=beneficiary, effective_at=starts)
        order = await factories.create_order(env.database, spec)
        env.ends(await env.start(order))
        await run(env, order)
        assert (await env.row(order)).due_at, course
        table = {action: set(letters) for action, letters in _table(case, course).items()}
        trial = Trial(env=env, order=order, people=await office.people(order))
        offered, taken = await trial.offered(), await trial.taken(partial(_tries, table, is_quick=is_quick))
        readers = "raom" if is_quick else ROLES
        shown = await trial.shown(BUTTONS, readers)
        of_page = {action: roles for action in BUTTONS if (roles := table.get(action, set()).intersection(readers))}
        found = {"offered": (offered, table), "taken": (taken, table), "shown": (shown, of_page)}
        for name, (one, other) in found.items():
            if differing := _differing(one, other):
                problems[f"{course}: {name}"] = differing
    assert problems == {}


def _tries(table: Mapping[str, set[str]], action: str, *, is_quick: bool) -> list[str]:
    """Who sends the action: everyone, or in a quick run who is offered it and two of the others."""
    offered = table.get(action, set())
    others = [role for role in ROLES if role not in offered]
    return [*offered, *(others[:1] if is_quick else others)]


def _differing(found: Mapping[str, set[str]], expected: Mapping[str, set[str]]) -> dict[str, str]:
    """By action, who has it against the table, and who lacks it."""
    return {
        action: f"+{''.join(sorted(more))} -{''.join(sorted(less))}"
        for action in sorted(found.keys() | expected.keys())
        if (more := found.get(action, set()) - expected.get(action, set()))
        | (less := expected.get(action, set()) - found.get(action, set()))
    }
