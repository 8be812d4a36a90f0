from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, update

from activities.carrier_order import item_changes
from carriers.base import CarrierOrderItem
from carriers.tmf622.action import find_action
from models.db import order_details
from models.db.inventory.tables import LineRow
from models.db.orders.tables import EventRow, ItemRow
from models.facts import Facts
from models.holder import Holder
from models.inventory import Device, DeviceStatus, FeatureEnd, LineStatus
from models.lifecycle import ItemState, Status
from models.optional_facts.accounts import CYCLE_DAYS
from models.order import Identifiers, Order, OrderRequest
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.product import ProductKind
from models.question import Answerer, Asked, AskedAt, Source
from models.questions.features import ADD_FEATURES, ENDS_ON, REMOVE_FEATURES
from models.rule_kinds.features import EndedBy
from models.step import Apply, Approve, Fulfill, Place, Rule, Schedule
from notifications.order_summary import order_text
from policies.answers import resolve_partial
from policies.choices import offered
from policies.eligibility import check
from policies.pricing import quote
from tests import factories
from tests.policies.carriers import in_force, published
from tests.policies.sample_facts import ANN, MIA, changed, named_line, policy, product, selling
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_types_by_code
from workflows.order_types.features_change import FeaturesChange

TYPE = FeaturesChange.order_type

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="FEATURES_CHANGE",
    edition=1,
    family=Family.MODIFY,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("add_features", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("remove_features", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("replace_conflicting", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("replaced_features", by=Source.LINE, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("moved_features", by=Source.LINE, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("destination", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("starts_on", by=Source.POLICY, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("ends_on", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("ends_at_carrier", by=Source.POLICY, at=AskedAt.NEVER, who=Answerer.REQUESTER),
    ),
    checks=(
        "requester_may_order",
        "line_active",
        "lines_together",
        "billed_by_carrier",
        "something_changes",
        "in_catalog",
        "features_on_as_said",
        "features_fit_line",
        "no_conflicts",
        "mandatory_kept",
        "trip_known",
        "cost_center_valid",
        "start_in_range",
    ),
    steps=(Rule(), Approve(), Schedule(), Place("change_features"), Fulfill(until=ItemState.DONE), Apply()),
    effect="change_features",
    touches=(Aspect.FEATURES,),
    approval="BY_COST",
    cancel_window=CancelWindow(Milestone.PLACED),
    step_up=False,
    multi_line=True,
)

# Monday, March 2, 2026; the sample facts' day.
CATALOG = (
    product("OLD", ProductKind.PLAN, monthly="32.00", attributes={"requires": ["BASIC"]}),
    product("SMALL", ProductKind.PLAN, monthly="25.00"),
    product("BASIC", ProductKind.FEATURE),
    product("EUROPE", ProductKind.FEATURE, monthly="15.00", attributes={"roaming": ["FR", "DE"]}),
    product(
        "WORLD", ProductKind.FEATURE, monthly="30.00", attributes={"roaming": True, "conflicts": ["EUROPE", "BASIC"]}
    ),
    product("FILTER", ProductKind.FEATURE, monthly="2.00"),
    product("TRIAL", ProductKind.FEATURE, attributes={"trial": True}),
    product("SMALL-ONLY", ProductKind.FEATURE, fits=frozenset({"SMALL"})),
    product("ELSEWHERE", ProductKind.FEATURE, carrier="bluepeak"),
    product("WITHDRAWN", ProductKind.FEATURE, monthly="4.00", visible=False),
    product("TABLET", ProductKind.DEVICE, attributes={"requires": ["FILTER"]}),
)
TRIP: dict[str, Any] = {"destination": "FR", "ends_on": "2026-03-31"}


def changing(
    add: tuple[str, ...] = (), remove: tuple[str, ...] = (), *, present: tuple[str, ...] = ("BASIC",), **answers: Any
) -> Facts:
    """Ann changes the features of her line, which has the plan OLD, on March 2."""
    line = named_line("l1", ANN, (MIA,), mdn="+13125550142", plan="OLD", features=present)
    known = selling(
        *CATALOG,
        type=TYPE,
        lines={"l1": line},
        effective_on=answers.pop("on", None),
        policy=policy(**answers.pop("policy", {})),
        optional={CYCLE_DAYS.code: {"l1": 18}, **in_force(published("att_business"))},
    )
    item = {"line": "l1", "add_features": [*add], "remove_features": [*remove], **answers}
    request = OrderRequest(
        tenant="acme",
        type=TYPE,
        requester_id="ann",
        beneficiary=Holder.of(person_id="ann"),
        answers={},
        items=({code: answer for code, answer in item.items() if answer != []},),
        effective_on=known.effective_on,
    )
    resolved, errors = resolve_partial(request, known)
    assert errors == ()
    return replace(known, answers=resolved)


def errors_of(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


@pytest.mark.covers("FEATURES_CHANGE.NOTHING_CHANGES")
def test_an_order_adds_or_removes_something() -> None:
    assert errors_of(changing()) == [("NOTHING_CHANGES", "items.0.add_features")]
    assert errors_of(changing(("FILTER",))) == []


@pytest.mark.covers("FEATURES_CHANGE.LINE_NOT_ACTIVE")
def test_features_of_a_suspended_line_stay() -> None:
    known = changing(("FILTER",))
    suspended = {"l1": changed(known.lines["l1"], status=LineStatus.SUSPENDED)}
    assert errors_of(replace(known, lines=suspended)) == [("LINE_NOT_ACTIVE", "items.0.line")]


@pytest.mark.covers("FEATURES_CHANGE.FEATURE_ALREADY_ON", "FEATURES_CHANGE.FEATURE_NOT_ON")
def test_what_is_added_is_not_on_and_what_is_removed_is() -> None:
    (on,) = check(changing(("FILTER",), present=("BASIC", "FILTER")))
    assert (on.code, on.field) == ("FEATURE_ALREADY_ON", "items.0.add_features")
    assert on.detail == "The line already has Filter. Leave it out."
    (off,) = check(changing(remove=("FILTER",)))
    assert (off.code, off.field) == ("FEATURE_NOT_ON", "items.0.remove_features")
    assert off.detail == "The line doesn't have Filter. Leave it out."


def ending(known: Facts, *skus: str, on: date = date(2026, 3, 31)) -> Facts:
    """The facts in which these features of the line have a last day."""
    ends = tuple(FeatureEnd(sku=sku, on=on, by=EndedBy.US) for sku in skus)
    return replace(known, lines={"l1": changed(known.lines["l1"], feature_ends=ends)})


def test_the_last_day_of_a_feature_can_be_moved() -> None:
    again = ending(changing(("EUROPE",), present=("EUROPE",), **TRIP | {"ends_on": "2026-04-30"}), "EUROPE")
    assert errors_of(again) == []
    same_day = ending(changing(("EUROPE",), present=("EUROPE",), **TRIP), "EUROPE")
    assert errors_of(same_day) == [("FEATURE_ALREADY_ON", "items.0.add_features")]
    for_good = ending(changing(("FILTER",), present=("FILTER",)), "FILTER")
    assert errors_of(for_good) == []
    assert "FILTER" in [one.sku for one in offered(for_good, 0, ADD_FEATURES)]


def test_a_feature_that_has_ended_since_stops_no_order_that_changes_something_else() -> None:
    both = replace(changing(("TRIAL",), remove=("FILTER",), ends_on="2026-03-31"), submitted=True)
    assert check(both) == ()
    (nothing_left,) = check(replace(changing(remove=("FILTER",)), submitted=True))
    assert nothing_left.code == "FEATURE_NOT_ON"


@pytest.mark.covers("FEATURES_CHANGE.FEATURE_INCOMPATIBLE")
@pytest.mark.parametrize(
    ("feature", "answers", "detail"),
    [
        ("SMALL-ONLY", {}, "Small-Only isn't available with Old. Choose another feature."),
        ("ELSEWHERE", {}, "Elsewhere is from another carrier. Choose a feature of the line's carrier."),
        ("EUROPE", TRIP | {"destination": "JP"}, "Europe doesn't work in Japan. Choose another feature."),
    ],
)
def test_a_feature_fits_the_plan_the_carrier_and_the_destination(
    feature: str, answers: dict[str, Any], detail: str
) -> None:
    (error,) = check(changing((feature,), **answers))
    assert (error.code, error.field, error.detail) == ("FEATURE_INCOMPATIBLE", "items.0.add_features", detail)


@pytest.mark.covers("FEATURES_CHANGE.FEATURE_CONFLICT")
def test_features_that_conflict_are_replaced_unless_they_are_to_be_kept() -> None:
    replaced = changing(("WORLD",), present=("EUROPE",), **TRIP)
    assert replaced.answers[0]["replaced_features"] == ["EUROPE"]
    assert errors_of(replaced) == []
    assert quote(replaced).monthly_change == 15
    (kept,) = check(changing(("WORLD",), present=("EUROPE",), replace_conflicting=False, **TRIP))
    assert (kept.code, kept.field) == ("FEATURE_CONFLICT", "items.0.replace_conflicting")
    assert kept.detail == "The line's Europe can't be on together with what you add. Have it replaced."
    by_policy = changing(("WORLD",), present=("EUROPE",), policy={"replace_conflicting": False}, **TRIP)
    assert [code for code, _ in errors_of(by_policy)] == ["FEATURE_CONFLICT"]
    (both,) = check(changing(("WORLD", "EUROPE"), present=(), **TRIP))
    assert both.detail == "Europe and World can't be on together. Choose one of them."


@pytest.mark.covers("FEATURES_CHANGE.FEATURE_MANDATORY")
def test_what_comes_with_the_plan_or_the_device_stays() -> None:
    (of_plan,) = check(changing(remove=("BASIC",)))
    assert (of_plan.code, of_plan.field) == ("FEATURE_MANDATORY", "items.0.remove_features")
    assert of_plan.detail == "Basic comes with Old. Keep it."
    (replaced,) = check(changing(("WORLD",), **TRIP))
    assert (replaced.code, replaced.field) == ("FEATURE_MANDATORY", "items.0.add_features")
    known = changing(remove=("FILTER",), present=("FILTER",))
    tablet = Device(id="d1", sku="TABLET", status=DeviceStatus.ACTIVE, account_id="sales")
    on_tablet = replace(known, lines={"l1": replace(known.lines["l1"], device=tablet)})
    assert [error.detail for error in check(on_tablet)] == ["Filter comes with Tablet. Keep it."]
    assert check(known) == ()


@pytest.mark.covers("FEATURES_CHANGE.ANSWER_REQUIRED", "FEATURES_CHANGE.END_DATE_REQUIRED")
def test_roaming_has_a_destination_and_an_end_and_a_trial_an_end() -> None:
    assert errors_of(changing(("EUROPE",))) == [
        ("ANSWER_REQUIRED", "items.0.destination"),
        ("END_DATE_REQUIRED", "items.0.ends_on"),
    ]
    (trial,) = check(changing(("TRIAL",)))
    assert (trial.code, trial.detail) == ("END_DATE_REQUIRED", "Enter the last day of Trial.")
    assert check(changing(("EUROPE", "TRIAL"), **TRIP)) == ()
    assert check(changing(("FILTER",), ends_on="2026-03-31")) == (), "any feature can have an end"


@pytest.mark.covers("FEATURES_CHANGE.END_BEFORE_START")
def test_features_end_after_they_start() -> None:
    (past,) = check(changing(("FILTER",), ends_on="2026-03-01"))
    assert (past.code, past.field) == ("END_BEFORE_START", "items.0.ends_on")
    assert past.detail == "Enter a day from Mon, Mar 2, 2026 on, when the features are added."
    assert check(changing(("FILTER",), ends_on="2026-03-02")) == ()
    later = changing(("FILTER",), ends_on="2026-03-08", on=date(2026, 3, 9))
    assert errors_of(later) == [("END_BEFORE_START", "items.0.ends_on")]


@pytest.mark.covers("FEATURES_CHANGE.END_DATE_TOO_LATE")
@pytest.mark.parametrize("day", ["2028-03-02", "9999-12-31"])
def test_features_end_within_two_years(day: str) -> None:
    assert check(changing(("FILTER",), ends_on="2028-03-01")) == ()
    assert errors_of(changing(("FILTER",), ends_on=day)) == [("END_DATE_TOO_LATE", "items.0.ends_on")]


@pytest.mark.covers("FEATURES_CHANGE.EFFECTIVE_DATE_OUT_OF_RANGE")
def test_features_count_from_the_billing_cycle_on_at_the_earliest_and_only_where_the_carrier_does_it() -> None:
    backdated = changing(("FILTER",), on=date(2026, 2, 18))
    assert (errors_of(backdated), backdated.answers[0]["starts_on"]) == ([], "2026-02-18")
    (error,) = check(changing(("FILTER",), on=date(2026, 2, 17)))
    assert (error.code, error.field) == ("EFFECTIVE_DATE_OUT_OF_RANGE", "effective_on")
    assert error.detail == "Choose a date from Wed, Feb 18, 2026 on."
    of_another = {CYCLE_DAYS.code: {"l1": 18}, **in_force(published("verizon_business"))}
    (error,) = check(replace(backdated, optional=of_another))
    assert error.detail == "Choose a date from Mon, Mar 2, 2026 on."
    assert errors_of(changing(("FILTER",), on=date(2026, 12, 2))) == [("EFFECTIVE_DATE_OUT_OF_RANGE", "effective_on")]
    (error,) = check(changing(remove=("FILTER",), present=("FILTER",), on=date(2026, 2, 18)))
    assert error.detail == "Only features that are added can count from an earlier day. Choose today or a later date."
    ahead = changing(("FILTER",), on=date(2026, 3, 9))
    assert (errors_of(ahead), ahead.answers[0].get("starts_on")) == ([], None)


@pytest.mark.covers("FEATURES_CHANGE.NOT_IN_CATALOG")
def test_a_feature_that_is_no_longer_sold_can_be_removed_and_not_added() -> None:
    assert errors_of(changing(("WITHDRAWN",))) == [("NOT_IN_CATALOG", "items.0.add_features")]
    removed = changing(remove=("WITHDRAWN",), present=("WITHDRAWN",))
    assert check(removed) == ()
    assert quote(removed).monthly_change == -4


def test_only_what_fits_and_is_not_on_is_offered_and_only_what_is_on_to_remove() -> None:
    known = changing(("FILTER",), present=("BASIC", "WITHDRAWN"))
    to_add = [one.sku for one in offered(known, 0, ADD_FEATURES)]
    assert to_add == ["TRIAL", "FILTER", "EUROPE", "WORLD"]
    assert [one.sku for one in offered(known, 0, REMOVE_FEATURES)] == ["BASIC", "WITHDRAWN"]


def test_the_price_is_what_is_added_less_what_is_removed() -> None:
    price = quote(changing(("FILTER",), ("WITHDRAWN",), present=("BASIC", "WITHDRAWN")))
    assert [price.monthly, price.monthly_before, price.monthly_change] == [2, 4, -2]


async def test_features_are_added_to_a_line_and_nothing_else_of_it_changes(env: WorkflowEnv) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE))
    (before,) = await env.lines()
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (after,) = await env.lines()
    differs = {name for name, value in after.model_dump().items() if value != getattr(before, name)}
    assert differs == {"features", "version"}
    assert (before.features, after.features) == ([], ["FEATURE-1"])


async def test_one_request_to_the_carrier_adds_and_removes(env: WorkflowEnv) -> None:
    async with env.database.transaction() as session:
        line = await factories.create_line(session, features=["OLD-1", "OLD-2"])
    answers = {"remove_features": ["OLD-1"]}
    spec = factories.OrderSpec(type=TYPE, line_ids=(line,), item_answers=(answers,))
    order = await factories.create_order(env.database, spec)
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (sent,) = env.carrier.orders.values()
    assert sent.items[0].changes["add_features"] == ["FEATURE-1"]
    assert sent.items[0].changes["remove_features"] == ["OLD-1"]
    (after,) = await env.lines()
    assert after.features == ["OLD-2", "FEATURE-1"]


async def test_what_is_replaced_is_removed_by_name(env: WorkflowEnv) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE))
    (item,) = await env.rows(ItemRow, order)
    answers = {"add_features": ["WORLD"], "remove_features": ["FILTER"], "replaced_features": ["EUROPE"]}
    changes = item_changes(order, item, answers, {})
    asked = find_action("change_features").characteristics(
        CarrierOrderItem(
            item_id=item.id, action="change_features", subject=Identifiers(mdn="+13125550142"), changes=changes
        )
    )
    assert asked == {"MDN": "+13125550142", "addFeatureSkus": ["WORLD"], "removeFeatureSkus": ["FILTER", "EUROPE"]}


async def test_what_has_ended_since_is_not_removed_again(env: WorkflowEnv) -> None:
    async with env.database.transaction() as session:
        line = await factories.create_line(session, features=["OLD-1", "OLD-2"])
    given = {"remove_features": ["OLD-1", "OLD-2"]}
    spec = factories.OrderSpec(type=TYPE, line_ids=(line,), item_answers=(given,))
    order = await factories.create_order(env.database, spec)
    async with env.database.transaction() as session:
        await session.exec(update(LineRow).where(col(LineRow.id) == line).values(features=["OLD-1"]))
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (sent,) = env.carrier.orders.values()
    assert sent.items[0].changes["remove_features"] == ["OLD-1"]
    (entry,) = [row for row in await env.rows(EventRow, order) if row.event == "already_ended"]
    assert entry.data["detail"] == "OLD-2 had already ended before the order was sent."


async def changed_in_part(env: WorkflowEnv, *more: ItemState) -> Order:
    """The carrier adds FEATURE-1 and refuses to remove OLD-1; of more items it reports these states."""
    async with env.database.transaction() as session:
        lines = [await factories.create_line(session, features=["OLD-1"]) for _ in (None, *more)]
    given = ({"remove_features": ["OLD-1"]},) * len(lines)
    order = await factories.create_order(
        env.database, factories.OrderSpec(type=TYPE, line_ids=tuple(lines), item_answers=given)
    )
    await env.start(order)
    await env.advance(order, until=Status.IN_FULFILLMENT)
    refused = (("OLD-1", "comes with the contract"),)
    await env.carrier_update(order, ItemState.DONE, refused_features=refused, in_part=True)
    for number, state in enumerate(more, start=2):
        await env.carrier_update(order, state, item=number)
    return order


@pytest.mark.parametrize("more", [(), (ItemState.DONE,), (ItemState.DECLINED,)])
async def test_what_the_carrier_refuses_of_an_item_stays_as_it_was(
    env: WorkflowEnv, more: tuple[ItemState, ...]
) -> None:
    order = await changed_in_part(env, *more)
    await env.wait_for_status(order, Status.PARTIALLY_FULFILLED)
    assert (await env.item_states(order))[0] == "partly_done"
    async with env.database.transaction() as session:
        line = await session.get_one(LineRow, (factories.TENANT, order.items[0].line_id))
    assert line.features == ["OLD-1", "FEATURE-1"]


async def test_an_email_says_which_features_are_on_and_which_were_refused_and_why(env: WorkflowEnv) -> None:
    order = await changed_in_part(env)
    await env.wait_for_status(order, Status.PARTIALLY_FULFILLED)
    async with env.database.transaction() as session:
        details = await order_details.load(session, order.tenant, order.id)
    text = order_text(details, {}, order_types_by_code(), reader_id=details.order.requester_id)
    assert (text.items[0].outcome, text.items[0].decline_reason) == (
        "Partially completed",
        "Added: Feature-1. Refused by the carrier: OLD-1 (comes with the contract).",
    )


async def test_an_email_says_what_is_added_and_removed(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.COMPLETED)
    async with env.database.transaction() as session:
        details = await order_details.load(session, order.tenant, order.id)
    text = order_text(details, {}, order_types_by_code(), reader_id=details.order.requester_id)
    assert ("Features to add", "Feature-1") in text.items[0].details
    assert ENDS_ON.text("2027-01-31", {}) == "Sun, Jan 31, 2027"
    assert text.title.startswith("Feature-1 for ")
