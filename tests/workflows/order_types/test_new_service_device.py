from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, update

from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import DeviceRow, InventoryChangeRow
from models.db.line_timers.tables import LineTimerRow
from models.db.orders.tables import ItemRow
from models.db.session import utc_now
from models.errors import FieldError
from models.facts import Facts
from models.lifecycle import ItemState, Status
from models.order import Identifiers
from models.order_type import CancelWindow, Family, FrozenType, Milestone, Subject
from models.product import ProductKind
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Activate, Apply, Approve, Fulfill, Place, Reserve, Rule, Schedule
from policies.answers import resolve_partial
from policies.eligibility import check
from tests import factories
from tests.policies.sample_facts import product, request, selling
from tests.workflows.workflow_env import WorkflowEnv, item_identifiers
from workflows.order_types.new_service_device import NewServiceDevice

TYPE = NewServiceDevice.order_type

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="NEW_SERVICE_DEVICE",
    edition=1,
    family=Family.NEW,
    subject=Subject.NONE,
    questions=(
        Asked("device", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("plan", by=Source.CATALOG, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("features", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("features_end_on", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("ending_features", by=Source.CATALOG, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("accessories", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("sim_type", by=Source.CATALOG, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("area_code", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("service_zip", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("payment_term", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("ship_to", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("expedite", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("recurring_charges", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("use_policy", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.BENEFICIARY),
        Asked("imei", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
        Asked("iccid", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
        Asked("eid", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
    ),
    checks=(
        "requester_may_order",
        "beneficiary_active",
        "account_active",
        "billed_by_carrier",
        "in_catalog",
        "plan_fits_device",
        "accessories_fit",
        "features_fit",
        "last_day_known",
        "sim_type_fits",
        "line_allowance",
        "cost_center_valid",
        "effective_date_in_range",
    ),
    steps=(
        Rule(),
        Approve(),
        Schedule(),
        Reserve(),
        Place("new_line"),
        Fulfill(until=ItemState.AWAITING_ACTIVATION),
        Activate(),
        Apply(),
    ),
    effect="new_line",
    touches=(),
    approval="MANAGER_THEN_BUDGET",
    cancel_window=CancelWindow(Milestone.SHIPPED, days_before_start=0),
    step_up=False,
    multi_line=True,
)


# Monday, March 2, 2026; the sample facts' day.
CATALOG = (
    product("PLAN", ProductKind.PLAN, monthly="30.00", attributes={"requires": ["NEAR"]}),
    product("EUROPE", ProductKind.FEATURE, attributes={"roaming": ["FR", "DE"]}),
    product("NEAR", ProductKind.FEATURE, attributes={"roaming": ["CA"]}),
    product("TRIAL", ProductKind.FEATURE, attributes={"trial": True}),
    product("FILTER", ProductKind.FEATURE),
)


def ordering(*features: str, **answers: Any) -> Facts:
    known = selling(*CATALOG, type=TYPE)
    asked = replace(request(features=[*features], **answers), type=TYPE)
    resolved, errors = resolve_partial(asked, known)
    assert errors == ()
    return replace(known, answers=resolved)


def of_last_day(known: Facts) -> list[FieldError]:
    return [error for error in check(known) if error.field == "items.0.features_end_on"]


@pytest.mark.covers("NEW_SERVICE_DEVICE.END_DATE_REQUIRED")
def test_a_roaming_or_trial_feature_of_a_new_line_has_a_last_day_unless_the_plan_brings_it() -> None:
    (error,) = of_last_day(ordering("EUROPE", "FILTER"))
    assert (error.code, error.detail) == ("END_DATE_REQUIRED", "Enter the last day of Europe.")
    (error,) = of_last_day(ordering("TRIAL", "EUROPE"))
    assert error.detail == "Enter the last day of Trial and Europe."
    assert of_last_day(ordering("FILTER", "NEAR")) == []
    ending = ordering("EUROPE", "FILTER", "NEAR", features_end_on="2026-03-31")
    assert (of_last_day(ending), ending.answers[0]["ending_features"]) == ([], ["EUROPE"])


@pytest.mark.covers("NEW_SERVICE_DEVICE.END_BEFORE_START", "NEW_SERVICE_DEVICE.END_DATE_TOO_LATE")
def test_the_last_day_of_features_of_a_new_line_is_within_two_years() -> None:
    (past,) = of_last_day(ordering("EUROPE", features_end_on="2026-03-01"))
    assert past.code == "END_BEFORE_START"
    assert of_last_day(ordering("EUROPE", features_end_on="2026-03-02")) == []
    (late,) = of_last_day(ordering("EUROPE", features_end_on="2028-03-02"))
    assert (late.code, late.detail) == ("END_DATE_TOO_LATE", "Enter a day up to Wed, Mar 1, 2028.")


async def test_features_of_a_new_line_that_end_get_their_timer_when_it_is_active(env: WorkflowEnv) -> None:
    last_day = f"{utc_now().date() + timedelta(days=30)}"
    async with env.database.transaction() as session:
        await session.exec(
            update(ProductRow).where(col(ProductRow.sku) == "FEATURE-1").values(attributes={"trial": True})
        )
    answers = {"features": ["FEATURE-1"], "features_end_on": last_day}
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE, item_answers=(answers,)))
    await env.start(order)
    assert await env.advance(order, until=Status.AWAITING_ACTIVATION) is Status.AWAITING_ACTIVATION
    assert await env.rows(LineTimerRow, order) == []
    assert await env.advance(order) is Status.COMPLETED
    (line,) = await env.lines()
    assert line.feature_ends == [{"sku": "FEATURE-1", "on": last_day, "by": "us"}]
    (timer,) = await env.rows(LineTimerRow, order)
    assert (timer.features, str(timer.last_day), timer.ends_by) == (["FEATURE-1"], last_day, "remove_features")


@pytest.mark.row("A-03")
def test_at_most_five_answers_must_be_given() -> None:
    assert len(TYPE.required()) <= 5


def test_it_locks_nothing_because_the_line_does_not_exist_yet() -> None:
    assert TYPE.touches == ()


def test_it_can_be_canceled_until_it_ships() -> None:
    assert TYPE.cancel_window.until is Milestone.SHIPPED


async def test_the_line_is_pending_until_the_carrier_has_activated_it(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.AWAITING_ACTIVATION)
    (line,) = await env.lines()
    assert (line.status, line.mdn, line.person_id) == ("pending", None, factories.REQUESTER)
    await env.carrier_update(order, ItemState.DONE)
    await env.wait_for_status(order, Status.COMPLETED)
    (line,) = await env.lines()
    assert (line.status, line.mdn) == ("active", item_identifiers(1).mdn)
    assert line.activated_on is not None
    assert line.upgrade_on is not None
    assert line.upgrade_on.year == line.activated_on.year + 2


async def test_the_inventory_before_and_after_each_change_is_kept(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.COMPLETED)
    changes = {row.kind: row for row in await env.rows(InventoryChangeRow, order)}
    assert changes["reserve"].before["line"] is None
    assert changes["apply"].before == changes["reserve"].after
    assert changes["apply"].after["device"]["imei"] == item_identifiers(1).imei
    async with env.database.transaction() as session:
        device = await session.get_one(DeviceRow, (factories.TENANT, changes["apply"].after["device"]["id"]))
    assert (device.status, device.imei) == ("active", item_identifiers(1).imei)


async def test_the_carrier_receives_the_answers_and_no_existing_line(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    (item,) = sent.items
    (row,) = await env.rows(ItemRow, order)
    assert (item.action, item.subject) == ("new_line", Identifiers())
    assert item.changes.items() >= {"device": row.answers["device"], "plan": row.answers["plan"]}.items()
    assert [code for code, value in item.changes.items() if value in (None, "", [])] == []


@pytest.mark.row("U-06")
async def test_ten_lines_are_one_order_at_the_carrier(env: WorkflowEnv) -> None:
    await env.start_new(TYPE, items=10, until=Status.COMPLETED)
    assert env.carrier.submissions == 1
    assert {line.status for line in await env.lines()} == {"active"}
    assert len({line.mdn for line in await env.lines()}) == 10
