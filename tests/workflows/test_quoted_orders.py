"""Before an order is first placed, its carrier is asked again what it would cost, if the type says so."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlmodel import col, select

from activities.rule import facts_of
from models.carrier_quote import CarrierQuote
from models.db.carriers import carrier_quotes
from models.db.inventory.tables import LineRow
from models.db.orders import order_values
from models.db.orders.tables import EventRow
from models.errors import CarrierUnavailable
from models.lifecycle import Status
from models.optional_facts.carrier_quotes import content_of
from models.order import Order
from models.question import Asked, Source
from tests import factories
from tests.field.changing_company import approve_all, check_again
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

_CHANGE = order_type("PLAN_CHANGE")
QUOTED = replace(
    _CHANGE,
    quote=True,
    approval="MANAGER",
    questions=(*_CHANGE.questions, Asked("fee_ack", by=Source.CHECK)),
    checks=(*_CHANGE.checks, "carrier_accepts", "fee_accepted"),
)
ETF = CarrierQuote(eligible=True, etf=Decimal("120.00"))


async def waiting(env: WorkflowEnv) -> tuple[Order, str]:
    """An order that waits for approval, and the number of its line. The carrier had said nothing."""
    order = await env.start_new(QUOTED, until=Status.AWAITING_APPROVAL)
    async with env.database.transaction() as session:
        number = await session.first(select(LineRow.mdn).where(col(LineRow.id) == order.items[0].line_id))
    assert number is not None
    return order, number


@pytest.mark.fault("27")
async def test_a_fee_since_the_approval_goes_back_to_the_approver_with_both_prices(env: WorkflowEnv) -> None:
    order, number = await waiting(env)
    env.carrier.quotes[number] = ETF
    await env.approve(order)
    await env.until(order, lambda: env.events(order), lambda events: events.count("approval_needed") == 2)
    assert env.carrier.submissions == 0
    (event,) = [one for one in await env.rows(EventRow, order) if one.event == "price_changed"]
    assert (event.data["before"]["one_time"], event.data["after"]["one_time"]) == ("0.00", "120.00")
    row = await env.row(order)
    assert row.one_time == Decimal("120.00")
    assert order_values.carrier_quotes_of(row) == (ETF,)

    await approve_all(env, order)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert env.carrier.submissions == 1
    assert (await env.events(order)).count("price_changed") == 1


@pytest.mark.fault("27")
async def test_what_the_carrier_would_no_longer_do_is_held_until_it_would(env: WorkflowEnv) -> None:
    order, number = await waiting(env)
    env.carrier.quotes[number] = CarrierQuote(eligible=False, why_not="the account is past due")
    await env.approve(order)
    await env.wait_for_status(order, Status.ON_HOLD)
    (event,) = [one for one in await env.rows(EventRow, order) if one.event == "no_longer_allowed"]
    assert "“the account is past due”" in event.data["reason"]
    assert [error["code"] for error in event.data["errors"]] == ["CARRIER_REFUSES"]
    assert env.carrier.submissions == 0
    env.carrier.quotes[number] = CarrierQuote(eligible=True)
    await check_again(env, order)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)


async def test_a_carrier_that_cannot_be_asked_gets_the_order_as_it_was_approved(env: WorkflowEnv) -> None:
    order, number = await waiting(env)
    env.carrier.quotes[number] = ETF
    env.carrier.fails = {"quote": [CarrierUnavailable("down")]}
    await env.approve(order)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert "price_changed" not in await env.events(order)
    assert len(env.carrier.quoted) == 1


async def test_a_carrier_that_cannot_be_asked_takes_back_nothing_of_what_it_has_said(env: WorkflowEnv) -> None:
    """What is approved again has the fee that the carrier quoted some minutes ago."""
    order, _ = await waiting(env)
    async with env.database.transaction() as session:
        known = await facts_of(session, *await order_values.load_rows(session, order.ref))
        content = content_of(known, 0)
        lines = {content: order.items[0].line_id}
        await carrier_quotes.keep(session, order.tenant, {content: ETF}, lines, known.now)
    env.carrier.fails = {"quote": [CarrierUnavailable("down")]}
    await env.approve(order)
    await env.until(order, lambda: env.events(order), lambda events: events.count("approval_needed") == 2)
    assert (await env.row(order)).one_time == Decimal("120.00")


async def test_a_type_that_does_not_say_so_is_placed_without_a_question(env: WorkflowEnv) -> None:
    await env.start_new(_CHANGE, until=Status.IN_FULFILLMENT)
    assert env.carrier.quoted == []
    assert env.carrier.code == factories.CARRIER
