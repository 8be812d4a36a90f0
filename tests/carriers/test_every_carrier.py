"""What every adapter promises, whatever its carrier speaks."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from carriers.base import Carrier
from carriers.registry import ADAPTERS
from models.errors import CarrierRefused, SignatureInvalid
from models.lifecycle import ItemState
from models.order import CancelAnswer, Identifiers
from tests.carriers.carrier_client import adapter, own_device, phone, until_state, work


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A carrier under test, and how it is told to hold orders back."""

    carrier: Carrier
    hold: str


def _tmf622(simulator: str) -> Subject:
    return Subject(carrier=adapter(simulator), hold="backorder=3600")


SUBJECTS: dict[str, Callable[[str], Subject]] = {"tmf622": _tmf622}


@pytest.fixture(params=SUBJECTS)
async def subject(request: pytest.FixtureRequest, simulator: str) -> AsyncIterator[Subject]:
    subject = SUBJECTS[request.param](simulator)
    yield subject
    await subject.carrier.close()


def test_every_adapter_is_under_test() -> None:
    assert SUBJECTS.keys() == ADAPTERS.keys()


async def test_an_order_is_placed_once_however_often_it_is_submitted(subject: Subject) -> None:
    order = work()
    receipts = [await subject.carrier.submit(order) for _ in range(3)]
    assert [receipt.found for receipt in receipts] == [False, True, True]
    assert len({receipt.carrier_ref for receipt in receipts}) == 1


async def test_two_rounds_of_an_order_are_two_orders(subject: Subject) -> None:
    first = await subject.carrier.submit(work(client_ref="01ROUNDS:1"))
    second = await subject.carrier.submit(work(client_ref="01ROUNDS:2"))
    assert first.carrier_ref != second.carrier_ref


async def test_news_name_our_reference_and_our_items(subject: Subject) -> None:
    receipt = await subject.carrier.submit(order := work(phone("a"), own_device("b")))
    news = await subject.carrier.status(receipt.carrier_ref)
    assert (news.carrier, news.client_ref) == (subject.carrier.code, order.client_ref)
    assert [item.item_id for item in news.items] == ["a", "b"]


async def test_nothing_new_is_no_new_event(subject: Subject) -> None:
    receipt = await subject.carrier.submit(work(steer=subject.hold))
    news = await until_state(subject.carrier, receipt.carrier_ref, ItemState.BACKORDERED)
    assert await subject.carrier.status(receipt.carrier_ref) == news


async def test_what_has_not_begun_is_cancelled(subject: Subject) -> None:
    receipt = await subject.carrier.submit(work(steer=subject.hold))
    await until_state(subject.carrier, receipt.carrier_ref, ItemState.BACKORDERED)
    assert await subject.carrier.cancel(receipt.carrier_ref, "No longer needed.") is CancelAnswer.CANCELED
    await until_state(subject.carrier, receipt.carrier_ref, ItemState.CANCELED)


async def test_what_is_done_is_neither_canceled_nor_activated_again(subject: Subject) -> None:
    receipt = await subject.carrier.submit(work(own_device()))
    await until_state(subject.carrier, receipt.carrier_ref, ItemState.DONE)
    assert await subject.carrier.cancel(receipt.carrier_ref, "Too late.") is CancelAnswer.DECLINED
    await subject.carrier.activate(receipt.carrier_ref, "1", Identifiers())


async def test_an_order_that_does_not_exist_is_refused(subject: Subject) -> None:
    with pytest.raises(CarrierRefused):
        await subject.carrier.status("nobody")


async def test_a_webhook_nobody_signed_is_turned_away(subject: Subject) -> None:
    with pytest.raises(SignatureInvalid):
        subject.carrier.read_webhook({"Content-Type": "application/json"}, b"{}")
