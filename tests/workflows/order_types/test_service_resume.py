from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.carrier_quote import CarrierQuote
from models.db.approvals.tables import ApprovalRow
from models.db.line_timers.tables import LineTimerRow
from models.db.notifications.tables import NotificationRow
from models.facts import Facts, NamedLine
from models.inventory import Device, DeviceStatus, LineStatus
from models.lifecycle import ItemState, Status
from models.optional_facts.carrier_quotes import CARRIER_QUOTES, content_of
from models.optional_facts.suspensions import RUNNING_SUSPENSIONS, RunningSuspension
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.product import ProductKind
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, Place, Record, Rule, Schedule
from models.timers import RESUMED_BY_ORDER
from policies import approval
from policies.eligibility import check
from policies.evaluate import evaluate_order
from policies.pricing import quote
from policies.variants import resolve
from tests import factories
from tests.policies.sample_facts import ANN, MIA, PRODUCTS, facts, named_line, product
from tests.workflows.test_notify_holder import own_account
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type
from workflows.order_types.service_resume import ServiceResume

TYPE = ServiceResume.order_type
TODAY = date(2026, 3, 2)
PHONE = Device(id="d1", sku="PHONE", status=DeviceStatus.ACTIVE, account_id="sales")
BLOCKED_PHONE = replace(PHONE, block_listed_at=datetime(2026, 1, 1, tzinfo=UTC))
LOST_PHONE = replace(PHONE, status=DeviceStatus.LOST_STOLEN)

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="SERVICE_RESUME",
    edition=1,
    family=Family.MODIFY,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("resume_from", by=Source.LINE, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("suspended_for", by=Source.LINE, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("device_in_hand", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("plan", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("new_number_ack", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("accept_new_number", by=Source.NONE, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
        Asked("imei", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
        Asked("iccid", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
        Asked("eid", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
    ),
    checks=(
        "requester_may_order",
        "line_stopped",
        "resumed_alike",
        "within_window",
        "lines_together",
        "billed_by_carrier",
        "device_found",
        "device_not_blocked",
        "plan_offered",
        "in_catalog",
        "plan_fits_line",
        "carrier_accepts",
        "number_may_change",
        "effective_date_in_range",
    ),
    steps=(Rule(), Approve(), Schedule(), Place("resume"), Fulfill(until=ItemState.DONE), Record("line_back"), Apply()),
    effect="resume_line",
    touches=(Aspect.STATUS,),
    approval="MANAGER_UNLESS_PLANNED",
    cancel_window=CancelWindow(Milestone.PLACED, days_before_start=0),
    step_up=False,
    multi_line=True,
    quote=True,
)


def line(reason: str | None = "vacation", device: Device | None = None, **changes: Any) -> NamedLine:
    """Ann's line, suspended for this reason."""
    suspended = {"status": LineStatus.SUSPENDED, "suspended_for": reason}
    return replace(named_line("l1", ANN, (MIA,), **{**suspended, **changes}), device=device)


def resuming(named: NamedLine, *, running: RunningSuspension | None = None, **more: Any) -> Facts:
    """Ann resumes her line; `more` are answers."""
    answers = {"line": "l1", "suspended_for": named.line.suspended_for, **more}
    return facts(
        type=TYPE,
        lines={"l1": named},
        answers=({"resume_from": "suspended", **answers},),
        optional={RUNNING_SUSPENSIONS.code: {"l1": running} if running else {}},
    )


def codes(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


@pytest.mark.covers("SERVICE_RESUME.LINE_NOT_SUSPENDED")
@pytest.mark.parametrize("status", [LineStatus.ACTIVE, LineStatus.PENDING, LineStatus.TRANSFERRING])
def test_a_line_with_service_can_not_be_resumed(status: LineStatus) -> None:
    (error,) = check(resuming(line(status=status, reason=None)))
    assert (error.code, error.field) == ("LINE_NOT_SUSPENDED", "items.0.line")


@pytest.mark.covers("SERVICE_RESUME.DEVICE_STILL_MISSING", "SERVICE_RESUME.ANSWER_REQUIRED")
@pytest.mark.parametrize("reason", ["lost", "stolen"])
def test_a_line_whose_phone_is_missing_stays_suspended(reason: str) -> None:
    suspended = line(reason, LOST_PHONE)
    assert codes(resuming(suspended)) == [("ANSWER_REQUIRED", "items.0.device_in_hand")]
    assert codes(resuming(suspended, device_in_hand=False)) == [("DEVICE_STILL_MISSING", "items.0.device_in_hand")]
    assert codes(resuming(suspended, device_in_hand=True)) == []


def test_whether_the_phone_was_found_is_asked_only_if_it_was_lost() -> None:
    assert codes(resuming(line("vacation", PHONE))) == []
    assert codes(resuming(line("lost"))) == []


@pytest.mark.covers("SERVICE_RESUME.DEVICE_BLOCKED")
def test_a_line_whose_phone_is_blocked_by_carriers_stays_suspended() -> None:
    assert codes(resuming(line(device=BLOCKED_PHONE))) == [("DEVICE_BLOCKED", "items.0.line")]


def quoted(known: Facts, **said: Any) -> Facts:
    """The facts with what the carrier says about the first item."""
    return replace(
        known, optional={**known.optional, CARRIER_QUOTES.code: {content_of(known, 0): CarrierQuote(**said)}}
    )


@pytest.mark.covers("SERVICE_RESUME.PLAN_WITHDRAWN", "SERVICE_RESUME.PLAN_STAYS")
def test_the_plan_is_asked_for_only_if_it_is_no_longer_offered() -> None:
    old, other = product("PLAN", ProductKind.PLAN, active=False), product("NEW", ProductKind.PLAN, monthly="30.00")
    rest = {one.sku: one for one in PRODUCTS}
    withdrawn = {**rest, "PLAN": old, "NEW": other}
    (error,) = check(replace(resuming(line()), products=withdrawn))
    assert (error.code, error.field) == ("PLAN_WITHDRAWN", "items.0.plan")
    assert error.detail == "Plan is no longer offered. Choose another plan."
    assert check(replace(resuming(line(), plan="NEW"), products=withdrawn)) == ()
    in_catalog = replace(resuming(line(), plan="NEW"), products={**rest, "NEW": other})
    assert codes(quoted(in_catalog, eligible=True)) == [("PLAN_STAYS", "items.0.plan")]
    assert codes(in_catalog) == [], "the carrier was not asked"


@pytest.mark.covers("SERVICE_RESUME.PLAN_WITHDRAWN")
def test_the_carrier_can_withdraw_a_plan_that_is_in_the_catalog() -> None:
    assert codes(quoted(resuming(line()), plan_withdrawn=True)) == [("PLAN_WITHDRAWN", "items.0.plan")]
    new = {**{one.sku: one for one in PRODUCTS}, "NEW": product("NEW", ProductKind.PLAN, monthly="30.00")}
    chosen = replace(resuming(line(), plan="NEW"), products=new)
    assert codes(quoted(chosen, eligible=True, plan_withdrawn=True)) == []


@pytest.mark.parametrize(
    ("reasons", "step_up"),
    [(("vacation",), False), (("lost",), True), (("stolen",), True), (("fraud",), True), (("vacation", "fraud"), True)],
)
def test_a_second_factor_is_needed_only_after_loss_theft_or_fraud(reasons: tuple[str, ...], *, step_up: bool) -> None:
    assert resolve(TYPE, [{"suspended_for": reason} for reason in reasons]).order.step_up is step_up


def planned(**changes: Any) -> RunningSuspension:
    return RunningSuspension(**{"requester_id": MIA.id, "resume_on": date(2026, 3, 20), **changes})


@pytest.mark.parametrize(
    ("known", "stages"),
    [
        pytest.param(resuming(line(), running=planned()), [], id="before the planned day"),
        pytest.param(
            replace(resuming(line(), running=planned()), effective_on=date(2026, 3, 20)), [], id="on the planned day"
        ),
        pytest.param(
            replace(resuming(line(), running=planned()), effective_on=date(2026, 3, 21)),
            ["Manager"],
            id="later than planned",
        ),
        pytest.param(resuming(line(), running=planned(resume_on=None)), ["Manager"], id="nothing planned"),
        pytest.param(resuming(line()), ["Manager"], id="suspended outside Dialtone"),
        pytest.param(
            resuming(line(), running=planned(requester_id=ANN.id, resume_on=None)), [], id="the user suspended it"
        ),
        pytest.param(resuming(line("lost", LOST_PHONE), device_in_hand=True), [], id="the user found it"),
        pytest.param(
            replace(
                resuming(line("lost", LOST_PHONE), running=planned(), device_in_hand=True),
                requester=MIA,
            ),
            ["Manager"],
            id="someone else says that it was found",
        ),
    ],
)
def test_who_approves_depends_on_who_suspended_the_line_and_until_when(known: Facts, stages: list[str]) -> None:
    plan = approval.plan(known, quote(known), ())
    assert [stage.label for stage in plan] == stages


def test_a_dearer_plan_needs_a_manager_whatever_was_planned() -> None:
    dear = product("NEW", ProductKind.PLAN, monthly="99.00")
    known = replace(
        resuming(line(), running=planned(), plan="NEW"),
        products={
            **{one.sku: one for one in PRODUCTS},
            "PLAN": product("PLAN", ProductKind.PLAN, monthly="30.00", active=False),
            "NEW": dear,
        },
    )
    ruling = evaluate_order(known)
    assert (ruling.errors, [stage.label for stage in ruling.plan]) == ((), ["Manager"])


def test_it_says_why_no_one_approves() -> None:
    ruling = evaluate_order(resuming(line(), running=planned()))
    assert ruling.decided_by == (
        "policy v3: no approval needed, because the suspension was planned to end, or is the user's own"
    )


async def _resumed(env: WorkflowEnv, **differs: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What an order changes of a line: its row before and after."""
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE, **differs))
    (before,) = await env.lines()
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (after,) = await env.lines()
    return before.model_dump(), after.model_dump()


@pytest.mark.row("A-33")
async def test_a_resumed_line_keeps_all_but_its_status(env: WorkflowEnv) -> None:
    before, after = await _resumed(env)
    assert {name for name, value in after.items() if value != before[name]} == {"status", "suspended_for", "version"}
    assert (after["status"], after["suspended_for"]) == ("active", None)


async def test_the_carrier_gets_the_line_and_nothing_else(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    (item,) = sent.items
    (known,) = await env.lines()
    assert (item.action, item.subject.mdn) == ("resume", known.mdn)
    assert [row.approver_id for row in await env.rows(ApprovalRow, order)] == [factories.MANAGER]


async def test_a_line_that_is_suspended_and_resumed_the_next_minute_has_no_timer_left(env: WorkflowEnv) -> None:
    suspended = await env.start_new(order_type("SERVICE_SUSPEND"), until=Status.COMPLETED)
    (line_id,) = [item.line_id for item in suspended.items]
    order = await env.start_new(TYPE, line_ids=(line_id,), until=Status.COMPLETED)
    (after,) = await env.lines()
    assert (after.status, after.suspended_for) == ("active", None)
    (timer,) = await env.rows(LineTimerRow, suspended)
    assert (timer.state, timer.outcome) == ("ended", RESUMED_BY_ORDER)
    assert await env.rows(ApprovalRow, order) == [], "who suspended their own line resumes it without asking"


@pytest.mark.parametrize("reason", ["vacation", "lost"])
async def test_owners_hear_of_a_resumed_line_and_admins_if_its_phone_was_lost(env: WorkflowEnv, reason: str) -> None:
    await own_account(env, factories.CHIEF)
    answers = {"suspended_for": reason, "device_in_hand": True}
    order = await env.start_new(TYPE, answers=answers, until=Status.COMPLETED)
    sent = {row.event: row.recipient_id for row in await env.rows(NotificationRow, order)}
    to_admin = factories.ADMIN if reason == "lost" else None
    assert (sent.get("line_back"), sent.get("resumed_after_loss")) == (factories.CHIEF, to_admin)
