"""A variant whose question is asked per item: what the order and what each item keeps of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.db.orders.tables import ItemRow
from models.lifecycle import Status
from models.order_type import CancelWindow, Milestone, OrderType, Variant
from models.step import Apply, Fulfill, Place
from policies import variants
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

STAYS, MOVES = {"device_moves": False}, {"device_moves": True}


def reassigning(**changes: Any) -> OrderType:
    """Lines are reassigned; `changes` are those for a line whose device stays behind."""
    variant = Variant(question="device_moves", equals=False, changes=changes)
    return replace(order_type("LINE_REASSIGN"), approval="MANAGER", variants=(variant,))


def resolved(kind: OrderType, *answers: Mapping[str, Any]) -> variants.ResolvedType:
    return variants.resolve(kind, answers)


def test_the_strictest_approval_of_the_items_applies_to_the_order() -> None:
    stricter, milder = reassigning(approval="BOTH_MANAGERS"), reassigning(approval="NONE")
    assert resolved(stricter, MOVES, STAYS).order.approval == "BOTH_MANAGERS"
    assert resolved(milder, MOVES, STAYS).order.approval == "MANAGER"
    assert resolved(milder, STAYS, STAYS).order.approval == "NONE"


def test_the_cancel_window_that_closes_first_applies_to_the_order() -> None:
    sooner, later = CancelWindow(Milestone.SUBMITTED), CancelWindow(Milestone.APPLIED)
    usual = order_type("LINE_REASSIGN").cancel_window
    assert resolved(reassigning(cancel_window=sooner), MOVES, STAYS).order.cancel_window == sooner
    assert resolved(reassigning(cancel_window=later), MOVES, STAYS).order.cancel_window == usual
    assert resolved(reassigning(cancel_window=later), STAYS).order.cancel_window == later


def test_a_window_that_closes_days_before_the_start_counts_as_sooner() -> None:
    usual = order_type("LINE_REASSIGN").cancel_window
    sooner = replace(usual, days_before_start=3)
    for answers in ((MOVES, STAYS), (STAYS, MOVES)):
        assert resolved(reassigning(cancel_window=sooner), *answers).order.cancel_window == sooner


def test_one_item_that_needs_a_step_up_is_enough() -> None:
    assert resolved(reassigning(step_up=True), MOVES, STAYS).order.step_up
    assert not resolved(reassigning(step_up=True), MOVES).order.step_up


async def test_each_item_has_the_effect_of_its_own_answer(env: WorkflowEnv) -> None:
    spec = factories.OrderSpec(type=reassigning(effect="suspend_line"), item_answers=(MOVES, STAYS))
    order = await factories.create_order(env.database, spec)
    assert [order.effect_of(item) for item in order.items] == ["reassign_line", "suspend_line"]
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    lines = {line.id: line for line in await env.lines()}
    moved, suspended = (lines[item.line_id or ""] for item in order.items)
    assert (moved.person_id, moved.status) == (factories.REQUESTER, "active")
    assert (suspended.person_id, suspended.status) == (factories.HOLDER, "suspended")


async def test_the_carrier_is_asked_what_each_items_own_steps_say(env: WorkflowEnv) -> None:
    usual, own = ((Place(action), Fulfill(), Apply()) for action in ("suspend", "resume"))
    kind = replace(reassigning(steps=own), steps=usual)
    order = await env.start_new(kind, item_answers=(MOVES, STAYS), until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    assert [item.action for item in sent.items] == ["suspend", "resume"]
    assert {row.number: row.variant is None for row in await env.rows(ItemRow, order)} == {1: True, 2: False}
    assert await env.advance(order) is Status.COMPLETED
