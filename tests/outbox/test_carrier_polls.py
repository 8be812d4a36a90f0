"""What a carrier answers when it is asked is received like its events, as of the moment it was asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from models.db.carriers.tables import CarrierOrderRow
from models.db.encryption import Keyring
from models.db.session import new_id
from models.lifecycle import ItemState
from models.order import CarrierUpdate, Channel, Identifiers, ItemUpdate
from outbox.carrier_intake import receive_update
from outbox.carrier_polls import poll
from tests.fakes import FakeCarrier
from tests.outbox.conftest import CARRIER, OrderAtCarrier

A, B = "+13125550142", "+13125550199"


@dataclass
class AskedCarrier(FakeCarrier):
    """Answers with what `says` returns."""

    code: str = CARRIER
    says: Callable[[], Awaitable[CarrierUpdate]] | None = None

    async def status(self, carrier_ref: str) -> CarrierUpdate:
        assert self.says is not None, carrier_ref
        return await self.says()


@dataclass
class Subject:
    """An order at a carrier that sends events, and is asked."""

    at_carrier: OrderAtCarrier
    keyring: Keyring
    client_ref: str

    async def now(self) -> datetime:
        async with self.at_carrier.database.transaction() as session:
            return await session.now()

    def update(
        self, mdn: str, state: ItemState = ItemState.IN_FULFILLMENT, *, at: datetime | None = None
    ) -> CarrierUpdate:
        item = ItemUpdate(
            item_id=self.at_carrier.office.order.items[0].id, state=state, identifiers=Identifiers(mdn=mdn)
        )
        return CarrierUpdate(event_id=new_id(), carrier=CARRIER, client_ref=self.client_ref, items=(item,), at=at)

    async def event(self, update: CarrierUpdate) -> None:
        await self.at_carrier.database.run(receive_update, self.keyring, CARRIER, update, b"{}")

    async def answer(self, update: CarrierUpdate, *, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        """Ask the carrier, which answers this; `meanwhile` happens before its answer arrives."""

        async def says() -> CarrierUpdate:
            if meanwhile is not None:
                await meanwhile()
            return replace(update, event_id=new_id(), channel=Channel.RECONCILER)

        async with self.at_carrier.database.transaction() as session:
            (row,) = await session.all(select(CarrierOrderRow))
        await poll(self.at_carrier.database, self.keyring, AskedCarrier(says=says), row)

    async def signaled(self) -> list[str]:
        """The states that the workflow got."""
        return [row.payload["items"][0]["state"] for row in await self.at_carrier.signals()]

    async def mdn(self) -> str | None:
        (item,) = await self.at_carrier.items()
        return item.mdn


@pytest.fixture
async def subject(at_carrier: OrderAtCarrier, keyring: Keyring) -> Subject:
    return Subject(at_carrier, keyring, await at_carrier.place())


@pytest.mark.fault("3")
@pytest.mark.parametrize("carrier_says_when", [False, True])
async def test_an_event_that_comes_before_the_answer_is_newer(subject: Subject, *, carrier_says_when: bool) -> None:
    async def event() -> None:
        await subject.event(subject.update(B, at=await subject.now() if carrier_says_when else None))

    await subject.answer(subject.update(A), meanwhile=event)
    assert await subject.mdn() == B


@pytest.mark.fault("3")
@pytest.mark.fault("18")
@pytest.mark.parametrize("clock", [timedelta(seconds=-30), timedelta(0), timedelta(hours=1)], ids=str)
async def test_answers_and_events_are_compared_by_the_carriers_clock(subject: Subject, clock: timedelta) -> None:
    await subject.answer(subject.update(A, at=await subject.now() + clock))
    await subject.event(subject.update(B, at=await subject.now() + clock))
    assert await subject.mdn() == B


@pytest.mark.fault("18")
@pytest.mark.usefixtures("clock_ahead")
async def test_a_clock_that_is_ahead_makes_no_later_event_late(subject: Subject) -> None:
    await subject.answer(subject.update(A))
    await subject.event(subject.update(B, at=await subject.now()))
    assert await subject.mdn() == B


@pytest.mark.fault("3")
async def test_a_state_that_came_too_late_is_signaled_once_it_counts(subject: Subject) -> None:
    """The workflow passes over the late one, so what the carrier says next is compared with what came before it."""
    start = await subject.now() - timedelta(hours=1)
    for minutes, state in ((10, ItemState.INFO_REQUIRED), (5, ItemState.BACKORDERED), (15, ItemState.BACKORDERED)):
        await subject.event(subject.update(A, state, at=start + timedelta(minutes=minutes)))
    assert await subject.signaled() == ["info_required", "backordered", "backordered"]


@pytest.mark.fault("2")
@pytest.mark.fault("3")
async def test_what_the_carrier_returns_to_counts(subject: Subject) -> None:
    for mdn in (A, B, A):
        await subject.answer(subject.update(mdn))
        assert await subject.mdn() == mdn
    assert len(await subject.at_carrier.events()) == 3


@pytest.mark.fault("3")
async def test_a_state_that_the_carrier_returns_to_counts(subject: Subject) -> None:
    states = (ItemState.BACKORDERED, ItemState.IN_FULFILLMENT, ItemState.BACKORDERED)
    for state in states:
        await subject.answer(subject.update(A, state))
    assert await subject.signaled() == [*states]


@pytest.mark.fault("3")
async def test_an_answer_that_an_event_has_contradicted_counts(subject: Subject) -> None:
    for mdn in (A, B, A):
        update = subject.update(mdn)
        await (subject.event(update) if mdn == B else subject.answer(update))
        assert await subject.mdn() == mdn


@pytest.mark.fault("3")
async def test_an_answer_that_came_too_late_counts_when_it_is_given_again(subject: Subject) -> None:
    async def event() -> None:
        await subject.event(subject.update(B))

    await subject.answer(subject.update(A), meanwhile=event)
    await subject.answer(subject.update(A))
    assert await subject.mdn() == A


async def test_the_same_answer_is_recorded_once(subject: Subject) -> None:
    for _ in range(3):
        await subject.answer(subject.update(A))
    assert len(await subject.at_carrier.events()) == 1
