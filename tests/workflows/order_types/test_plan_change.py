from dataclasses import replace
from typing import Any

import pytest

from models.db import order_details
from models.facts import Facts
from models.holder import Holder
from models.inventory import Device, DeviceStatus, LineStatus
from models.lifecycle import ItemState, Status
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
from policies.pricing import quote
from tests import factories
from tests.policies.sample_facts import ANN, MIA, changed, facts, named_line, product, selling
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
    ),
    checks=(
        "requester_may_order",
        "line_active",
        "lines_together",
        "billed_by_carrier",
        "in_catalog",
        "other_plan",
        "plan_fits_line",
        "lost_features_accepted",
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


async def test_an_email_names_both_plans_and_the_difference(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.COMPLETED)
    async with env.database.transaction() as session:
        details = await order_details.load(session, order.tenant, order.id)
    text = order_text(details, {}, order_types_by_code(), reader_id=details.order.requester_id)
    assert ("Plan", "Plan-1 (was Plan-0)") in text.items[0].details
    assert text.price == "$7.00 less per month"
