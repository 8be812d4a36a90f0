"""What the carrier refuses because of an answer is corrected in the same order."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from carriers.tmf622.refusals import CORRECTABLE
from models import questions
from models.db.carriers.tables import CarrierOrderRow
from models.db.catalog.tables import PriceRow, ProductRow
from models.db.orders.tables import EventRow, ItemRow
from models.db.session import new_id
from models.errors import CarrierDeclined
from models.lifecycle import ItemState, Status
from models.order import CancelResult, Order
from models.order_messages import Correction
from tests import factories
from tests.field.changing_company import change
from tests.workflows.test_lifecycle import NEW_LINE
from tests.workflows.workflow_env import REQUESTER, WorkflowEnv, rejects

pytestmark = pytest.mark.fault("34")
WRONG_ZIP = CarrierDeclined("Unknown ZIP code.", facts={"code": "SERVICE_ZIP_INVALID"}, needs=("service_zip",))
FINAL = CarrierDeclined("Credit declined.", facts={"code": "CREDIT_DECLINED"})


async def correct(env: WorkflowEnv, order: Order, **fields: Any) -> None:
    message = Correction(action_id=new_id(), actor=REQUESTER, fields=tuple(fields.items()))
    await env.update(order, "correct", message)


async def complete(env: WorkflowEnv, order: Order, rounds: Mapping[int, int]) -> None:
    """The carrier delivers each item in its round, and it is activated."""
    for item, number in rounds.items():
        await env.carrier_update(order, ItemState.AWAITING_ACTIVATION, item=item, round=number)
        await env.wait_for_status(order, Status.AWAITING_ACTIVATION)
        await env.activate(order, item=item)
        await env.carrier_update(order, ItemState.DONE, item=item, round=number)
    await env.wait_for_status(order, Status.COMPLETED)


async def refused(env: WorkflowEnv, **differs: Any) -> Order:
    """Refused when it is placed."""
    env.carrier.fails["submit"] = [WRONG_ZIP]
    return await env.start_new(NEW_LINE, until=Status.VENDOR_INFO_REQUIRED, **differs)


async def test_an_order_that_is_refused_is_corrected_under_the_same_approvals(env: WorkflowEnv) -> None:
    order = await refused(env)
    (item,) = await env.rows(ItemRow, order)
    assert item.state == ItemState.REFUSED
    assert (await env.row(order)).due_at is not None
    with rejects("ACTION_NOT_ALLOWED", "Correct the order instead"):
        await env.provide_info(order, "60601")
    await correct(env, order, service_zip="60601")
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    (item,) = await env.rows(ItemRow, order)
    assert item.answers["service_zip"] == "60601"
    sent = env.carrier.orders[f"{order.id}:2"]
    assert [one.changes["service_zip"] for one in sent.items] == ["60601"]
    rounds = {row.round: row.open for row in await env.rows(CarrierOrderRow, order)}
    assert rounds == {1: False, 2: True}
    assert (await env.events(order)).count("approved") == 1
    await complete(env, order, {1: 2})


async def test_what_has_become_dearer_meanwhile_is_approved_again(env: WorkflowEnv) -> None:
    order = await refused(env)
    await change(env, PriceRow, "sku", "PHONE-1", one_time=Decimal(900))
    await correct(env, order, service_zip="60601")
    await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    events = await env.events(order)
    assert events[events.index("corrected") :] == ["corrected", "price_changed", "approval_needed"]
    assert await env.advance(order, until=Status.IN_FULFILLMENT) is Status.IN_FULFILLMENT
    (sent,) = env.carrier.orders.values()
    assert (sent.client_ref, sent.items[0].changes["service_zip"]) == (f"{order.id}:2", "60601")


async def test_what_is_no_longer_allowed_meanwhile_is_held(env: WorkflowEnv) -> None:
    order = await refused(env)
    await change(env, ProductRow, "sku", "PHONE-1", active=False)
    await correct(env, order, service_zip="60601")
    await env.wait_for_status(order, Status.ON_HOLD)
    assert env.carrier.orders == {}


async def test_what_the_carrier_has_accepted_is_corrected_at_its_price(env: WorkflowEnv) -> None:
    """The rest of the order is under way."""
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT, items=2)
    await change(env, PriceRow, "sku", "PHONE-1", one_time=Decimal(900))
    await env.carrier_update(order, ItemState.DECLINED, item=2, code="SERVICE_ZIP_INVALID", needs=("service_zip",))
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await correct(env, order, service_zip="60601")
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert "price_changed" not in await env.events(order)


def test_no_refusal_is_corrected_with_what_was_approved() -> None:
    """An answer that has a price, or names what the order is about, makes another order."""
    assert [code for needs in CORRECTABLE.values() for code in needs if not questions.can_change(code)] == []
    assert not any(questions.can_change(code) for code in ("plan", "device", "line", "features"))


async def test_what_can_not_be_corrected_ends(env: WorkflowEnv) -> None:
    env.carrier.fails["submit"] = [FINAL]
    order = await env.start_new(NEW_LINE, until=Status.VENDOR_REJECTED)
    assert "refused" not in await env.events(order)


async def test_a_correction_can_be_refused_in_turn(env: WorkflowEnv) -> None:
    order = await refused(env)
    env.carrier.fails["submit"] = [WRONG_ZIP, FINAL]
    await correct(env, order, service_zip="60601")
    await env.until(order, lambda: env.events(order), lambda events: events.count("refused") == 2)
    await correct(env, order, service_zip="60602")
    await env.wait_for_status(order, Status.VENDOR_REJECTED)


async def test_a_refused_order_can_be_canceled(env: WorkflowEnv) -> None:
    order = await refused(env)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    assert env.carrier.canceled == []


@pytest.mark.parametrize("items", [1, 2])
async def test_what_is_refused_later_is_sent_once_more_beside_the_rest(env: WorkflowEnv, items: int) -> None:
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT, items=items)
    refusal = {"code": "SERVICE_ZIP_INVALID", "detail": "Unknown ZIP code.", "needs": ("service_zip",)}
    await env.carrier_update(order, ItemState.DECLINED, item=items, **refusal)
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await correct(env, order, service_zip="60601")
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert [one.item_id for one in env.carrier.orders[f"{order.id}:2"].items] == [order.items[-1].id]
    await complete(env, order, {item.number: 2 if item.number == items else 1 for item in order.items})


@pytest.mark.parametrize(
    ("items", "status", "states", "asked"),
    [
        (1, Status.CANCELED, [ItemState.CANCELED], 0),
        (2, Status.IN_FULFILLMENT, [ItemState.PLACED, ItemState.CANCELED], 1),
    ],
)
async def test_what_is_refused_later_is_canceled_without_the_carrier(
    env: WorkflowEnv, items: int, status: Status, states: list[ItemState], asked: int
) -> None:
    """It declines, as it has nothing more to cancel of what it has refused; the rest continues then."""
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT, items=items)
    env.carrier.cancel_answer = CancelResult.DECLINED
    await env.carrier_update(order, ItemState.DECLINED, item=items, code="SERVICE_ZIP_INVALID", needs=("service_zip",))
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await env.cancel(order, factories.actor(factories.REQUESTER), reason="Not needed.")
    await env.wait_for_status(order, status)
    assert await env.item_states(order) == states
    assert len(env.carrier.canceled) == asked


async def test_the_question_of_a_refusal_names_what_can_be_corrected(env: WorkflowEnv) -> None:
    """Not the plan: what an order costs has been approved."""
    env.carrier.fails["submit"] = [CarrierDeclined("No.", facts={"code": "X"}, needs=("plan", "service_zip", "other"))]
    order = await env.start_new(NEW_LINE, until=Status.VENDOR_INFO_REQUIRED)
    (refusal,) = [row for row in await env.rows(EventRow, order) if row.event == "refused"]
    assert refusal.data["needs"] == ["service_zip"]
    assert refusal.data["ends_at"] > refusal.at.isoformat()
