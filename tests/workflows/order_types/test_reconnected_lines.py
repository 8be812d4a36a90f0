"""How lines that were disconnected get their service back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select, update
from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from models.db.carrier_rules import carrier_rules
from models.db.inventory.lines import LineFilters, find_line, list_lines
from models.db.inventory.tables import LineRow, SimRow
from models.db.line_timers import line_timers
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import ItemRow
from models.db.people import lookup
from models.db.session import new_id, utc_now
from models.db.tasks.tables import TaskRow
from models.facts import Facts
from models.formatting import day
from models.inventory import LineStatus
from models.lifecycle import ItemState, Status
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.recover_windows import RECOVER_WINDOWS
from models.optional_facts.suspensions import RUNNING_SUSPENSIONS
from models.order import Identifiers, Order, OrderRequest
from models.order_messages import OperatorAction
from models.step import ships
from policies.answers import resolve_partial
from policies.eligibility import check
from policies.pricing import quote
from policies.variants import resolve
from tests import factories
from tests.field.changing_company import approve_all, change
from tests.models.db.carrier_rules.test_carrier_rules import row as rule
from tests.policies.sample_facts import ANN, MIA, changed, facts, named_line
from tests.workflows.order_types.test_service_resume import TODAY, TYPE, codes, line, resuming
from tests.workflows.order_types.test_service_terminate import recoverable
from tests.workflows.workflow_env import ADMIN, WorkflowEnv

DISCONNECTED = {"resume_from": "disconnected"}
ANOTHER = "+13125550199"


def reconnecting(
    days: int,
    *,
    of_carrier: int | None = 30,
    starts_in: int | None = None,
    status: str = "disconnected",
    windows: Mapping[str, date | None] | None = None,
    **more: Any,
) -> Facts:
    """Ann has her line reconnected, which was disconnected days ago, with a carrier that does so for 30 days."""
    ended_on = TODAY - timedelta(days=days)
    named = named_line("l1", ANN, (MIA,), status=LineStatus(status), disconnected_on=ended_on)
    last = None if of_carrier is None else ended_on + timedelta(days=of_carrier)
    return facts(
        type=TYPE,
        lines={"l1": named},
        answers=({"line": "l1", "resume_from": "disconnected", **more},),
        optional={
            CARRIER_RULES.code: recoverable(of_carrier),
            RUNNING_SUSPENSIONS.code: {},
            RECOVER_WINDOWS.code: {"l1": last} if windows is None else dict(windows),
        },
        effective_on=None if starts_in is None else TODAY + timedelta(days=starts_in),
    )


def changed_line(known: Facts, **changes: Any) -> Facts:
    return replace(known, lines={code: changed(named, **changes) for code, named in known.lines.items()})


@pytest.mark.covers("SERVICE_RESUME.RESUME_WINDOW_CLOSED")
@pytest.mark.parametrize(
    ("known", "closed"),
    [
        pytest.param(reconnecting(29), False, id="29 days"),
        pytest.param(reconnecting(30), False, id="30 days"),
        pytest.param(reconnecting(31), True, id="31 days"),
        pytest.param(reconnecting(29, starts_in=1), False, id="on the last day"),
        pytest.param(reconnecting(29, starts_in=2), True, id="a day later"),
        pytest.param(reconnecting(10, status="terminated"), True, id="given up"),
        pytest.param(
            reconnecting(30, of_carrier=10, windows={"l1": TODAY}), False, id="as its timer says, not today's rule"
        ),
        pytest.param(replace(reconnecting(30, status="pending"), submitted=True), False, id="reserved in time"),
        pytest.param(replace(reconnecting(31, status="pending"), submitted=True), True, id="reserved too late"),
    ],
)
def test_a_line_is_reconnected_while_the_carrier_keeps_its_number(known: Facts, *, closed: bool) -> None:
    errors = check(known)
    assert [error.code for error in errors] == ["RESUME_WINDOW_CLOSED"] * closed
    for error in errors:
        (named,) = known.named_lines
        assert named.line.disconnected_on is not None
        assert day(named.line.disconnected_on + timedelta(days=30)) in error.detail
        assert error.detail.endswith("Order a new line instead.")
    if not closed:
        # The same line is refused a month later.
        assert check(replace(known, now=known.now + timedelta(days=30), effective_on=None))


@pytest.mark.parametrize(
    ("known", "monthly", "before"),
    [
        (reconnecting(5), "30.00", "0.00"),
        (changed_line(reconnecting(5), features=("ROAMING",)), "40.00", "0.00"),
        (reconnecting(5, plan="PLAN"), "30.00", "0.00"),
        (resuming(line()), "0.00", "0.00"),
    ],
)
def test_a_reconnected_line_costs_its_plan_and_features_again(known: Facts, monthly: str, before: str) -> None:
    price = quote(known)
    assert (str(price.monthly), str(price.monthly_before)) == (monthly, before)


@pytest.mark.covers("SERVICE_RESUME.NEW_NUMBER_LIKELY")
def test_nobody_is_surprised_by_a_new_number() -> None:
    (error,) = check(reconnecting(5, of_carrier=None))
    assert (error.code, error.field) == ("NEW_NUMBER_LIKELY", "items.0.new_number_ack")
    assert check(reconnecting(5, of_carrier=None, new_number_ack=True)) == ()


@pytest.mark.covers("SERVICE_RESUME.RESUME_SEPARATELY")
def test_suspended_and_disconnected_lines_are_ordered_separately() -> None:
    first = reconnecting(5)
    second = replace(line(), line=replace(line().line, id="l2"))
    known = replace(
        first,
        lines={**first.lines, "l2": second},
        answers=(*first.answers, {"line": "l2", "resume_from": "suspended", "suspended_for": "vacation"}),
    )
    assert codes(known) == [("RESUME_SEPARATELY", "items.1.line")]


def test_a_reconnected_line_costs_money_again_so_an_admin_approves() -> None:
    resolved = resolve(TYPE, [{"resume_from": "disconnected"}]).order
    assert (resolved.approval, resolved.effect) == ("MANAGER_THEN_ADMIN", "reconnect_line")
    assert [step.kind for step in resolved.steps] == [
        "RULE", "APPROVE", "SCHEDULE", "RESERVE", "PLACE", "FULFILL", "ACTIVATE", "RECORD", "APPLY",
    ]  # fmt: skip
    assert not ships(resolved.steps)


def test_what_the_line_is_resumed_from_follows_from_its_status() -> None:
    for named, expected in ((line(), "suspended"), (reconnecting(5).named_lines[0], "disconnected")):
        known = facts(type=TYPE, lines={"l1": named}, answers=({},))
        request = OrderRequest(
            tenant="acme", type=TYPE, requester_id="ann", beneficiary=None, answers={}, items=({"line": "l1"},)
        )
        (answers,), _ = resolve_partial(request, known)
        assert answers["resume_from"] == expected


async def test_a_recovered_line_is_what_it_was_before(env: WorkflowEnv) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE, answers=DISCONNECTED))
    (before,) = await env.lines()
    async with env.database.transaction() as session:
        await session.exec(update(SimRow).values(status="retired"))
    await env.start(order)
    await env.advance(order, until=Status.IN_FULFILLMENT)
    (placed,) = env.carrier.orders.values()
    assert (placed.items[0].action, placed.items[0].offering) == ("reconnect", f"PO-{factories.PRESENT_PLAN}")
    assert [one.status for one in await env.lines()] == ["pending"]
    new = Identifiers(mdn=before.mdn, carrier_product_id="PRD-NEW")
    await env.carrier_update(order, ItemState.DONE, identifiers=new)
    await env.wait_for_status(order, Status.COMPLETED)
    (after,) = await env.lines()
    changed = {name for name, value in after.model_dump().items() if value != getattr(before, name)}
    assert changed == {"status", "disconnected_on", "carrier_product_id", "version"}
    assert (after.status, after.carrier_product_id) == ("active", "PRD-NEW")
    async with env.database.transaction() as session:
        assert (await session.exec(select(SimRow.status))).all() == ["active"]


async def test_a_line_with_another_number_is_found_by_the_old_one(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, answers=DISCONNECTED, until=Status.IN_FULFILLMENT)
    (before,) = await env.lines()
    await env.carrier_update(order, ItemState.INFO_REQUIRED, needs=("accept_new_number",))
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await env.provide_info(order, fields=(("accept_new_number", True),))
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn="+13125550199"))
    await env.wait_for_status(order, Status.COMPLETED)
    (after,) = await env.lines()
    assert (after.id, after.mdn) == (before.id, "+13125550199")
    assert [(one["number"], one["reason"]) for one in after.former_numbers] == [(before.mdn, "not_recovered")]
    async with env.database.transaction() as session:
        reader = await lookup.by_id(session, factories.TENANT, factories.REQUESTER)
        assert reader is not None
        assert (await find_line(session, reader, before.mdn or "")).row.id == after.id
        searched = LineFilters(identifier=before.mdn)
        found = await list_lines(session, reader, searched, relations=None)
        assert [one.row.id for one in found] == [after.id]


async def test_a_line_whose_window_closes_before_the_approval_is_held_as_it_is(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, answers=DISCONNECTED, until=Status.AWAITING_APPROVAL)
    await change(env, LineRow, "id", order.items[0].line_id or "", disconnected_on=date(2026, 1, 2))
    await approve_all(env, order)
    await env.wait_for_status(order, Status.ON_HOLD)
    assert "reserved" not in await env.events(order)
    assert [one.status for one in await env.lines()] == ["disconnected"]


async def given_another(env: WorkflowEnv) -> Order:
    """An order whose line the carrier has reconnected with another number, without asking."""
    order = await env.start_new(TYPE, answers=DISCONNECTED, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn=ANOTHER))
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    return order


async def accept(env: WorkflowEnv, order: Order, *, item: int = 1) -> None:
    await env.provide_info(order, fields=(("accept_new_number", True),), item_id=order.items[item - 1].id)


async def test_another_number_is_the_line_s_only_once_its_user_accepts_it(env: WorkflowEnv) -> None:
    order = await given_another(env)
    (before,) = await env.lines()
    assert (before.status, before.mdn == ANOTHER) == ("pending", False)
    assert (await env.row(order)).due_at is not None
    asked = [row.recipient_id for row in await env.rows(NotificationRow, order) if row.event == "new_number"]
    assert asked == [factories.REQUESTER]
    await accept(env, order)
    await env.wait_for_status(order, Status.COMPLETED)
    (after,) = await env.lines()
    assert (after.status, after.mdn) == ("active", ANOTHER)
    assert [one["number"] for one in after.former_numbers] == [before.mdn]
    (item,) = await env.rows(ItemRow, order)
    assert item.answers["accept_new_number"] is True


async def test_who_does_not_accept_another_number_leaves_it_to_an_operator(env: WorkflowEnv) -> None:
    order = await given_another(env)
    await env.provide_info(order, "We need the old number.", item_id=order.items[0].id)
    await env.wait_for_status(order, Status.FAILED)
    (task,) = [row for row in await env.rows(TaskRow, order) if row.kind == "failed_step"]
    assert "its user hasn't accepted it" in str(task.evidence)
    await env.update(order, "retry", OperatorAction(action_id=new_id(), actor=ADMIN, evidence="They take it."))
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await accept(env, order)
    await env.wait_for_status(order, Status.COMPLETED)


async def two_numbers(env: WorkflowEnv) -> Order:
    """An order of two lines, both of which have got another number."""
    order = await env.start_new(TYPE, answers=DISCONNECTED, items=2, until=Status.IN_FULFILLMENT)
    for item, number in ((1, ANOTHER), (2, "+13125550198")):
        await env.carrier_update(order, ItemState.DONE, item=item, identifiers=Identifiers(mdn=number))
    await env.until(order, lambda: env.events(order), lambda events: events.count("new_number") == 2)
    return order


async def test_each_line_s_new_number_is_accepted_on_its_own(env: WorkflowEnv) -> None:
    order = await two_numbers(env)
    await accept(env, order)
    await env.until(order, lambda: env.item_states(order), lambda states: states == ["done", "info_required"])
    assert (await env.row(order)).status == Status.VENDOR_INFO_REQUIRED
    await env.provide_info(order, "We need the old number.", item_id=order.items[1].id)
    await env.wait_for_status(order, Status.FAILED)
    accepted = {item.id: item.answers.get("accept_new_number") for item in await env.rows(ItemRow, order)}
    assert [accepted[item.id] for item in order.items] == [True, None]
    assert {line.status for line in await env.lines()} == {"active", "pending"}


async def test_an_objection_is_not_the_answer_to_what_the_carrier_asks(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, answers=DISCONNECTED, items=2, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn=ANOTHER))
    await env.carrier_update(order, ItemState.INFO_REQUIRED, item=2, detail="Which SIM card?")
    await env.until(order, lambda: env.item_states(order), lambda states: states == ["info_required"] * 2)
    await env.provide_info(order, "We need the old number.", item_id=order.items[0].id)
    await env.wait_for_status(order, Status.FAILED)
    assert env.carrier.provided == []
    await env.retry(order)
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await env.provide_info(order, "The one in the drawer.")
    await env.until(order, lambda: env.events(order), lambda events: events.count("info_provided") == 2)
    assert [answer.note for answer in env.carrier.provided] == ["The one in the drawer."]
    with pytest.raises(WorkflowUpdateFailedError):
        await env.provide_info(order, "No.", item_id=order.items[1].id)


async def test_nobody_is_asked_to_accept_a_number_while_they_cannot(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, answers=DISCONNECTED, items=2, until=Status.IN_FULFILLMENT)
    env.faults.of(order).broken = {"apply"}
    await env.carrier_update(order, ItemState.DONE, item=2, identifiers=Identifiers(mdn="+13125550198"))
    await env.wait_for_status(order, Status.FAILED)
    env.faults.of(order).broken = set()
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn=ANOTHER))
    await env.let_workflow_run()
    assert "new_number" not in await env.events(order)
    await env.retry(order)
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    for item in (1, 2):
        await env.until(order, lambda: env.events(order), lambda events: "new_number" in events)
        await accept(env, order, item=item)
    await env.wait_for_status(order, Status.COMPLETED)


async def test_a_line_whose_new_number_is_not_accepted_can_be_given_up(env: WorkflowEnv) -> None:
    """The carrier doesn't cancel what it has done, so an operator ends the service there."""
    order = await given_another(env)
    await env.provide_info(order, "We need the old number.", item_id=order.items[0].id)
    await env.wait_for_status(order, Status.FAILED)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    assert [one.status for one in await env.lines()] == ["disconnected"]


async def test_nobody_who_accepts_another_number_is_waited_for_without_end(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    order = await given_another(skipping_env)
    await time_skipping.sleep(timedelta(days=14))
    await skipping_env.wait_for_status(order, Status.FAILED)
    events = await skipping_env.events(order)
    assert "new_number_reminder" in events[events.index("new_number") : events.index("failed")]


async def test_the_number_that_the_line_had_is_not_asked_about(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, answers=DISCONNECTED, until=Status.IN_FULFILLMENT)
    (line_before,) = await env.lines()
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn=line_before.mdn))
    await env.wait_for_status(order, Status.COMPLETED)
    assert "new_number" not in await env.events(order)


async def test_a_line_that_the_carrier_does_not_reconnect_stays_disconnected_as_long_as_before(
    env: WorkflowEnv,
) -> None:
    """A rule that is newer than its end doesn't count."""
    today = utc_now().date()
    async with env.database.transaction() as session:
        await carrier_rules.add(session, rule("10", valid_from=today - timedelta(days=2)))
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE, answers=DISCONNECTED))
    ended_on = today - timedelta(days=5)
    async with env.database.transaction() as session:
        await session.exec(update(LineRow).values(disconnected_on=ended_on))
    await env.start(order)
    assert await env.advance(order, until=Status.IN_FULFILLMENT) is Status.IN_FULFILLMENT
    await env.carrier_update(order, ItemState.DECLINED, code="TOO_LATE", detail="The number is gone.")
    await env.wait_for_status(order, Status.VENDOR_REJECTED)
    (after,) = await env.lines()
    assert (after.status, after.disconnected_on) == ("disconnected", ended_on)
    async with env.database.transaction() as session:
        timer = await line_timers.latest(session, order.tenant, after.id)
    assert timer is not None
    assert (timer.state, timer.last_day) == ("running", ended_on + timedelta(days=50))
