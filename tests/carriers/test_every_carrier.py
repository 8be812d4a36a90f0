"""What every adapter guarantees, whichever API its carrier has."""

import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from carriers.base import Carrier
from carriers.registry import ADAPTERS
from models.errors import CarrierDeclined, SignatureInvalid
from models.lifecycle import ItemState
from models.order import CancelResult
from tests.carriers.carrier_client import adapter, carrier_order, own_device, phone, until_state


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A carrier under test; `backorder` is the simulated behavior that holds an order."""

    carrier: Carrier
    backorder: str


def _tmf622(simulator: str) -> Subject:
    return Subject(carrier=adapter(simulator, idempotency_header=None), backorder="backorder=3600")


SUBJECTS: dict[str, Callable[[str], Subject]] = {"tmf622": _tmf622}


@pytest.fixture(params=SUBJECTS)
async def subject(request: pytest.FixtureRequest, simulator: str) -> AsyncIterator[Subject]:
    subject = SUBJECTS[request.param](simulator)
    yield subject
    await subject.carrier.close()


def test_every_adapter_is_tested() -> None:
    assert SUBJECTS.keys() == ADAPTERS.keys()


async def test_every_call_is_timed(subject: Subject) -> None:
    calls = [name for name, method in vars(Carrier).items() if inspect.iscoroutinefunction(method)]
    timed = [name for name in calls if "with timed_call(" in inspect.getsource(getattr(type(subject.carrier), name))]
    assert timed == [name for name in calls if name != "close"]


async def test_all_orders_with_our_reference_are_found(subject: Subject) -> None:
    order = carrier_order()
    assert await subject.carrier.find(order.client_ref) == ()
    placed = [await subject.carrier.submit(order) for _ in range(2)]
    assert await subject.carrier.find(order.client_ref) == (*placed,)


async def test_two_rounds_of_an_order_are_two_orders(subject: Subject) -> None:
    first = await subject.carrier.submit(carrier_order(client_ref="01ROUNDS:1"))
    second = await subject.carrier.submit(carrier_order(client_ref="01ROUNDS:2"))
    assert first != second


async def test_an_update_has_our_reference_and_our_items(subject: Subject) -> None:
    carrier_ref = await subject.carrier.submit(order := carrier_order(phone("a"), own_device("b")))
    update = await subject.carrier.status(carrier_ref)
    assert (update.carrier, update.client_ref) == (subject.carrier.code, order.client_ref)
    assert [item.item_id for item in update.items] == ["a", "b"]


@pytest.mark.fault("3")
async def test_an_unchanged_status_says_the_same_in_an_answer_of_its_own(subject: Subject) -> None:
    carrier_ref = await subject.carrier.submit(carrier_order(simulate=subject.backorder))
    update = await until_state(subject.carrier, carrier_ref, ItemState.BACKORDERED)
    again = await subject.carrier.status(carrier_ref)
    assert again.items == update.items
    assert again.event_id != update.event_id


async def test_an_order_that_has_not_started_is_canceled(subject: Subject) -> None:
    carrier_ref = await subject.carrier.submit(carrier_order(simulate=subject.backorder))
    await until_state(subject.carrier, carrier_ref, ItemState.BACKORDERED)
    assert await subject.carrier.cancel(carrier_ref, "No longer needed.") is CancelResult.CANCELED
    await until_state(subject.carrier, carrier_ref, ItemState.CANCELED)


async def test_a_completed_order_is_neither_canceled_nor_activated_again(subject: Subject) -> None:
    carrier_ref = await subject.carrier.submit(carrier_order(own_device()))
    await until_state(subject.carrier, carrier_ref, ItemState.DONE)
    assert await subject.carrier.cancel(carrier_ref, "Too late.") is CancelResult.DECLINED
    await subject.carrier.activate(carrier_ref, "1", {})


async def test_the_status_of_an_unknown_order_is_declined(subject: Subject) -> None:
    with pytest.raises(CarrierDeclined):
        await subject.carrier.status("nobody")


async def test_an_unsigned_webhook_is_rejected(subject: Subject) -> None:
    with pytest.raises(SignatureInvalid):
        subject.carrier.read_webhook({"Content-Type": "application/json"}, b"{}")
