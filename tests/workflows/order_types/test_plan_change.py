from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, update

from carriers.tmf622.action import find_action
from models.db import order_details
from models.db.inventory.tables import LineRow
from models.db.session import utc_now
from models.facts import Facts
from models.holder import Holder
from models.inventory import Device, DeviceStatus, LineStatus
from models.lifecycle import ItemState, Status
from models.optional_facts.accounts import CYCLE_DAYS
from models.order import OrderRequest
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.product import ProductKind
from models.question import Answerer, Asked, AskedAt, Source
from models.questions.products import PLAN
from models.step import Apply, Approve, Fulfill, Place, Rule, Schedule
from notifications.order_summary import order_text
from policies.answers import resolve_partial
from policies.choices import offered
from policies.eligibility import check
from policies.evaluate import changes, evaluate_order
from policies.pricing import quote
from policies.start_date import starts_on
from tests import factories
from tests.policies.sample_facts import ANN, MIA, changed, facts, named_line, policy, product, selling
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_types_by_code
from workflows.order_types.plan_change import PlanChange

TYPE = PlanChange.order_type

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="PLAN_CHANGE",
    edition=1,
    family=Family.MODIFY,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("plan", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("kept_features", by=Source.LINE, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("lost_features", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("plan_starts", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
    ),
    checks=(
        "requester_may_order",
        "line_active",
        "lines_together",
        "billed_by_carrier",
        "in_catalog",
        "other_plan",
        "plan_unchanged",
        "plan_fits_line",
        "lost_features_accepted",
        "start_known",
        "contract_ended",
        "plan_change_left",
        "shared_plans_kept",
        "cost_center_valid",
        "effective_date_in_range",
    ),
    steps=(Rule(), Approve(), Schedule(), Place("change_plan"), Fulfill(until=ItemState.DONE), Apply()),
    effect="change_plan",
    touches=(Aspect.PLAN, Aspect.FEATURES),
    approval="BY_COST",
    cancel_window=CancelWindow(Milestone.PLACED, days_before_start=1),
    step_up=False,
    multi_line=True,
)

CATALOG = (
    product("OLD", ProductKind.PLAN, monthly="32.00"),
    product("SMALL", ProductKind.PLAN, monthly="25.00"),
    product("LARGE", ProductKind.PLAN, monthly="44.00", attributes={"requires": ["ROAM"]}),
    product("TABLET-PLAN", ProductKind.PLAN, monthly="16.00", fits=frozenset({"TABLET"})),
    product("OTHER", ProductKind.PLAN, monthly="20.00", carrier="bluepeak"),
    product("EUROPE", ProductKind.FEATURE, monthly="15.00", fits=frozenset({"OLD", "LARGE"})),
    product("FILTER", ProductKind.FEATURE, monthly="2.00"),
    product("ROAM", ProductKind.FEATURE, monthly="0.00"),
)


def changing(plan: str, *features: str, **answers: Any) -> Facts:
    """Ann orders another plan for her line, which has the plan OLD and these features."""
    line = named_line("l1", ANN, (MIA,), mdn="+13125550142", plan="OLD", features=features)
    known = selling(*CATALOG, type=TYPE, lines={"l1": line})
    request = OrderRequest(
        tenant="acme",
        type=TYPE,
        requester_id="ann",
        beneficiary=Holder.of(person_id="ann"),
        answers={},
        items=({"line": "l1", "plan": plan, **answers},),
    )
    resolved, errors = resolve_partial(request, known)
    assert errors == ()
    return facts(type=TYPE, lines={"l1": line}, products=known.products, answers=resolved)


def errors_of(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


@pytest.mark.covers("PLAN_CHANGE.SAME_PLAN")
def test_the_plan_that_the_line_has_is_no_change() -> None:
    assert errors_of(changing("OLD")) == [("SAME_PLAN", "items.0.plan")]


@pytest.mark.covers("PLAN_CHANGE.PLAN_CHANGED")
def test_an_order_is_checked_again_against_the_plan_that_it_was_submitted_for() -> None:
    later = replace(changing("SMALL"), submitted=True, replaced=({"plan": "LARGE"},))
    (error,) = check(later)
    assert (error.code, error.field) == ("PLAN_CHANGED", "items.0.plan")
    assert error.detail == (
        "The line has Old now, and had Large when this was ordered. Cancel this order and order again."
    )
    assert check(replace(later, replaced=({"plan": "OLD"},))) == ()


@pytest.mark.covers("PLAN_CHANGE.INCOMPATIBLE_PLAN")
def test_a_plan_of_another_carrier_is_rejected_and_not_offered() -> None:
    known = changing("OTHER")
    assert errors_of(known) == [("INCOMPATIBLE_PLAN", "items.0.plan")]
    assert [plan.sku for plan in offered(known, 0, PLAN)] == ["TABLET-PLAN", "SMALL", "PLAN", "LARGE"]


def test_only_plans_that_fit_the_line_s_device_are_offered() -> None:
    known = changing("SMALL")
    tablet = Device(id="d1", sku="TABLET", status=DeviceStatus.ACTIVE, account_id="sales")
    with_tablet = {"l1": replace(known.lines["l1"], device=tablet)}
    with_phone = {"l1": replace(known.lines["l1"], device=replace(tablet, sku="PHONE"))}
    assert "TABLET-PLAN" in [plan.sku for plan in offered(replace(known, lines=with_tablet), 0, PLAN)]
    assert "TABLET-PLAN" not in [plan.sku for plan in offered(replace(known, lines=with_phone), 0, PLAN)]


@pytest.mark.covers("PLAN_CHANGE.LOST_FEATURES_ACK_REQUIRED")
def test_features_that_end_must_be_accepted() -> None:
    (error,) = check(changing("SMALL", "EUROPE", "FILTER"))
    assert (error.code, error.field) == ("LOST_FEATURES_ACK_REQUIRED", "items.0.lost_features")
    assert error.detail == "Small doesn't offer Europe, which ends with this change. Accept this to continue."
    assert check(changing("SMALL", "EUROPE", lost_features=True)) == ()


@pytest.mark.covers("PLAN_CHANGE.LINE_NOT_ACTIVE")
def test_a_suspended_line_gets_no_new_plan() -> None:
    known = changing("SMALL")
    suspended = {"l1": changed(known.lines["l1"], status=LineStatus.SUSPENDED)}
    assert errors_of(replace(known, lines=suspended)) == [("LINE_NOT_ACTIVE", "items.0.line")]


def test_the_features_after_the_change_follow_from_the_plan() -> None:
    assert changing("SMALL", "EUROPE", "FILTER").answers[0]["kept_features"] == ["FILTER"]
    assert changing("LARGE", "EUROPE").answers[0]["kept_features"] == ["EUROPE", "ROAM"]


def test_the_price_is_the_difference_with_the_features_that_end() -> None:
    assert quote(changing("SMALL")).monthly_change == -7
    assert quote(changing("SMALL", "EUROPE", "FILTER")).monthly_change == -22


DECEMBER_3 = datetime(2026, 12, 3, 15, tzinfo=UTC)


def starting(answer: str | None, *cycle_days: int, on: date | None = None, **policy_: Any) -> Facts:
    """Ann orders another plan on December 3 for lines whose billing cycles start on these days."""
    known = changing("SMALL")
    line = known.lines["l1"]
    lines = {one: changed(line, id=one) for one in (f"l{number}" for number in range(len(cycle_days) or 1))}
    days = {CYCLE_DAYS.code: dict(zip(lines, cycle_days, strict=False))}
    known = replace(known, now=DECEMBER_3, lines=lines, effective_on=on, policy=policy(**policy_), optional=days)
    request = OrderRequest(
        tenant="acme",
        type=TYPE,
        requester_id="ann",
        beneficiary=Holder.of(person_id="ann"),
        answers={"plan": "SMALL"} | ({"plan_starts": answer} if answer else {}),
        items=tuple({"line": line_id} for line_id in lines),
        effective_on=on,
    )
    return replace(known, answers=resolve_partial(request, known)[0])


@pytest.mark.parametrize(
    ("known", "answer", "day"),
    [
        pytest.param(starting(None, 18), "next_cycle", date(2026, 12, 18), id="with the next billing cycle"),
        pytest.param(starting(None, 18, 18), "next_cycle", date(2026, 12, 18), id="that is that of all lines"),
        pytest.param(starting(None, 18, 20), "now", None, id="which differ"),
        pytest.param(starting(None), "now", None, id="which is not known"),
        pytest.param(starting(None, 18, plan_starts="now"), "now", None, id="as the policy says"),
        pytest.param(starting("now", 18), "now", None, id="as the requester says"),
        pytest.param(starting(None, 18, on=date(2026, 12, 7)), "date", date(2026, 12, 7), id="on the start date"),
        pytest.param(starting("next_cycle", 3), "next_cycle", date(2027, 1, 3), id="the cycle starts today"),
    ],
)
def test_a_plan_starts_with_the_next_billing_cycle_unless_said_otherwise(
    known: Facts, answer: str, day: date | None
) -> None:
    assert (known.answers[0]["plan_starts"], starts_on(known)) == (answer, day)
    assert check(known) == ()


@pytest.mark.covers(
    "PLAN_CHANGE.START_DATE_UNCLEAR",
    "PLAN_CHANGE.ANSWER_REQUIRED",
    "PLAN_CHANGE.BILL_CYCLE_UNKNOWN",
    "PLAN_CHANGE.BILL_CYCLES_DIFFER",
)
def test_the_answer_and_the_start_date_name_one_day() -> None:
    on = date(2026, 12, 7)
    assert errors_of(starting("now", 18, on=on)) == [("START_DATE_UNCLEAR", "effective_on")]
    assert errors_of(starting("next_cycle", 18, on=on)) == [("START_DATE_UNCLEAR", "effective_on")]
    assert errors_of(starting("date", 18)) == [("ANSWER_REQUIRED", "effective_on")]
    assert errors_of(starting("next_cycle")) == [("BILL_CYCLE_UNKNOWN", "answers.plan_starts")]
    assert errors_of(starting("next_cycle", 18, 20)) == [("BILL_CYCLES_DIFFER", "answers.plan_starts")]


@pytest.mark.parametrize(
    ("answer", "today", "moved"),
    [
        ("next_cycle", datetime(2026, 12, 18, 15, tzinfo=UTC), None),
        ("next_cycle", datetime(2026, 12, 19, 15, tzinfo=UTC), datetime(2027, 1, 18, 15, tzinfo=UTC)),
        ("date", datetime(2026, 12, 19, 15, tzinfo=UTC), None),
    ],
)
def test_a_cycle_that_begins_during_the_approval_moves_the_change_to_the_next_one(
    answer: str, today: datetime, moved: datetime | None
) -> None:
    known = starting(answer, 18, on=date(2026, 12, 18) if answer == "date" else None)
    later = replace(known, effective_on=date(2026, 12, 18), now=today, submitted=True)
    assert changes(later, evaluate_order(known)).starts_at == moved


async def test_an_order_whose_billing_cycle_has_passed_waits_for_the_next_one(env: WorkflowEnv) -> None:
    answers = {"plan_starts": "next_cycle"}
    order = await env.start_new(
        TYPE, answers=answers, effective_at=utc_now() - timedelta(days=2), until=Status.SCHEDULED
    )
    row = await env.row(order)
    assert row.effective_at is not None
    assert row.effective_at > utc_now()
    assert env.carrier.submissions == 0


def test_the_limits_of_the_carrier_count_on_the_day_on_which_the_plan_changes() -> None:
    known = starting("next_cycle", 18)
    bound = {"l0": changed(known.lines["l0"], contract_until=date(2026, 12, 18))}
    assert errors_of(replace(known, lines=bound)) == [("MINIMUM_TERM", "items.0.line")]
    bound = {"l0": changed(known.lines["l0"], contract_until=date(2026, 12, 17))}
    assert errors_of(replace(known, lines=bound)) == []


async def test_a_feature_that_has_ended_while_the_order_waited_does_not_come_back(env: WorkflowEnv) -> None:
    async with env.database.transaction() as session:
        line_id = await factories.create_line(session, features=["FEATURE-1"])
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE, line_ids=(line_id,)))
    async with env.database.transaction() as session:
        await session.exec(update(LineRow).where(col(LineRow.id) == line_id).values(features=[]))
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (line,) = await env.lines()
    assert (line.plan, line.features) == ("PLAN-1", [])
    (sent,) = env.carrier.orders.values()
    asked = find_action("change_plan").characteristics(sent.items[0])
    assert asked["keepFeatureSkus"] == [], "the carrier is told what the line has now"


async def test_the_plan_changes_and_nothing_else_of_the_line(env: WorkflowEnv) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE))
    (before,) = await env.lines()
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (after,) = await env.lines()
    assert {name for name, value in after.model_dump().items() if value != getattr(before, name)} == {"plan", "version"}
    assert (before.plan, after.plan) == ("PLAN-0", "PLAN-1")


async def test_the_carrier_gets_the_number_and_the_plan(env: WorkflowEnv) -> None:
    await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    (line,) = await env.lines()
    assert (sent.items[0].action, sent.items[0].subject.mdn) == ("change_plan", line.mdn)
    assert sent.items[0].changes["plan"] == "PLAN-1"
    asked = find_action("change_plan").characteristics(sent.items[0])
    assert asked["effective"] == "now", "it is sent on the day itself"


async def test_an_email_names_both_plans_and_the_difference(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.COMPLETED)
    async with env.database.transaction() as session:
        details = await order_details.load(session, order.tenant, order.id)
    text = order_text(details, {}, order_types_by_code(), reader_id=details.order.requester_id)
    assert ("Plan", "Plan-1 (was Plan-0)") in text.items[0].details
    assert text.price == "$7.00 less per month"
