"""A carrier's events are recorded once, and signaled to the workflow if it acts on them."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import update as sql_update

from models.db.encryption import KeyPurpose, Keyring
from models.db.inventory.tables import LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.orders.tables import ItemRow
from models.lifecycle import ItemState
from models.order import CarrierUpdate, Identifiers, ItemUpdate
from models.timers import FEATURES_ENDING, TimerRef
from outbox.carrier_intake import receive_update
from tests.fixtures.office import TENANT
from tests.fixtures.statements import recorded_statements
from tests.outbox.conftest import CARRIER, OrderAtCarrier, carrier_update


@pytest.fixture
def receive(at_carrier: OrderAtCarrier, keyring: Keyring) -> "Receive":
    return Receive(at_carrier, keyring)


class Receive:
    """Receives an update in a transaction of its own."""

    def __init__(self, at_carrier: OrderAtCarrier, keyring: Keyring) -> None:
        self._at_carrier, self._keyring = at_carrier, keyring

    async def __call__(self, update: CarrierUpdate, body: bytes = b"{}", carrier: str = CARRIER) -> str | None:
        async with self._at_carrier.database.transaction() as session:
            message = await receive_update(session, self._keyring, carrier, update, body)
        return message.id if message is not None else None


async def test_an_update_is_signaled_to_its_order(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    action_id = await receive(carrier_update(client_ref, event_id="E1"))
    (signal,) = await at_carrier.signals()
    assert (signal.id, signal.kind, signal.name) == (action_id, "signal", "carrier_update")
    assert signal.workflow_id == at_carrier.office.order.workflow_id
    assert (signal.payload["event_id"], signal.payload["items"][0]["state"]) == ("E1", "backordered")


async def test_the_body_is_stored_encrypted(at_carrier: OrderAtCarrier, receive: Receive, keyring: Keyring) -> None:
    body = b'{"activationCode": "LPA:1$secret"}'
    await receive(carrier_update(await at_carrier.place()), body)
    (event,) = await at_carrier.events()
    assert (event.order_id, event.outcome) == (at_carrier.office.order.id, "passed_on")
    assert b"LPA" not in event.body
    opened = keyring.open(event.body, KeyPurpose.CARRIER_EVENTS, bound_to=f"{event.carrier}:{event.event_id}")
    assert opened == body


async def test_the_time_of_the_last_update_is_stored(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    before = await at_carrier.last_update_at()
    await receive(carrier_update(client_ref))
    assert await at_carrier.last_update_at() > before


async def test_a_repeated_event_is_signaled_once(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    first = await receive(carrier_update(client_ref, event_id="E1"))
    assert await receive(carrier_update(client_ref, ItemState.SHIPPED, event_id="E1")) is None
    assert [signal.id for signal in await at_carrier.signals()] == [first]
    assert len(await at_carrier.events()) == 1


async def test_an_event_that_moves_nothing_takes_three_statements(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    """Lock the order, note the report and read what is known of the items and was passed on last, record the event."""
    client_ref = await at_carrier.place()
    await receive(carrier_update(client_ref))
    async with recorded_statements(at_carrier.database) as sent:
        assert await receive(carrier_update(client_ref)) is None
    assert len(sent) == 3, sent


async def test_concurrent_copies_of_an_event_are_signaled_once(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    results = await asyncio.gather(*(receive(carrier_update(client_ref, event_id="E1")) for _ in range(8)))
    assert len([action_id for action_id in results if action_id]) == len(await at_carrier.signals()) == 1


async def test_several_events_of_one_change_are_signaled_once(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    results = [await receive(carrier_update(client_ref)) for _ in range(2)]
    assert [action_id is not None for action_id in results] == [True, False]
    assert [event.outcome for event in await at_carrier.events()] == ["passed_on", "noted"]


async def test_an_update_of_two_open_rounds_is_compared_with_earlier_ones_of_the_same_round(
    at_carrier: OrderAtCarrier, receive: Receive
) -> None:
    first, second = [await at_carrier.place(number=number) for number in (1, 2)]
    signaled = [await receive(carrier_update(ref, ItemState.SHIPPED)) for ref in (first, second, first, second)]
    assert [action_id is not None for action_id in signaled] == [True, True, False, False]


async def test_an_update_without_a_change_of_state_is_stored_with_the_item(
    at_carrier: OrderAtCarrier, receive: Receive
) -> None:
    client_ref = await at_carrier.place()
    (item,) = await at_carrier.items()
    update = ItemUpdate(
        item_id=item.id,
        state=ItemState.IN_FULFILLMENT,
        identifiers=Identifiers(mdn="+13125550142"),
        expected_at=datetime(2027, 1, 15, tzinfo=UTC),
    )
    assert await receive(CarrierUpdate(event_id="E1", carrier=CARRIER, client_ref=client_ref, items=(update,))) is None
    (item,) = await at_carrier.items()
    assert (item.mdn, item.expected_at, item.state) == (update.identifiers.mdn, update.expected_at, "pending")
    assert item.reported_at is not None


async def test_returning_to_an_earlier_state_is_signaled(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    for state in (ItemState.BACKORDERED, ItemState.CANCELING, ItemState.BACKORDERED):
        assert await receive(carrier_update(client_ref, state)) is not None
    assert len(await at_carrier.signals()) == 3


async def test_an_event_of_an_unknown_order_is_only_recorded(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    assert await receive(carrier_update("01NOBODY:1")) is None
    (event,) = await at_carrier.events()
    assert (event.outcome, event.tenant, event.order_id) == ("unknown_order", None, None)
    assert await at_carrier.signals() == []


async def test_an_event_of_another_carrier_is_not_signaled(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    assert await receive(carrier_update(client_ref), carrier="summit") is None
    assert await at_carrier.signals() == []


async def test_an_event_of_a_closed_order_is_only_recorded(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    await at_carrier.close()
    assert await receive(carrier_update(client_ref)) is None
    assert [event.outcome for event in await at_carrier.events()] == ["order_closed"]


async def test_two_carriers_may_use_the_same_event_id(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    await receive(carrier_update("01NOBODY:1", event_id="E1"), carrier="summit")
    assert await receive(carrier_update(client_ref, event_id="E1")) is not None


async def test_a_long_event_id_becomes_a_short_action_id(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place()
    states = (ItemState.BACKORDERED, ItemState.SHIPPED)
    results = [await receive(carrier_update(client_ref, state, event_id="E" * 250 + state[:3])) for state in states]
    assert len(set(results)) == 2
    assert all(action_id is not None and len(action_id) <= 64 for action_id in results)


TIMER = TimerRef(tenant=TENANT, id="01TIMER")
LAST_DAY = date(2026, 11, 30)


async def test_an_update_of_a_timers_request_is_signaled_to_the_timer(
    at_carrier: OrderAtCarrier, receive: Receive
) -> None:
    await receive(carrier_update(await at_carrier.place(), ItemState.DONE))
    await at_carrier.close()
    client_ref = await at_carrier.place_for_timer(TIMER)
    assert client_ref == f"{at_carrier.office.order.id}:1001"
    assert await receive(carrier_update(client_ref, ItemState.DONE)) is not None
    signals = await at_carrier.signals()
    assert [row.workflow_id for row in signals] == [at_carrier.office.order.workflow_id, TIMER.workflow_id]
    assert {row.order_id for row in signals} == {at_carrier.office.order.id}


@pytest.mark.parametrize(
    ("applied", "state", "refused"),
    [(("PTT",), ItemState.DONE, [["EUROPE", ""]]), ((), ItemState.DECLINED, [["PTT", ""], ["EUROPE", ""]])],
)
async def test_a_carrier_that_says_only_what_it_has_applied_has_refused_the_rest(
    at_carrier: OrderAtCarrier,
    receive: Receive,
    applied: tuple[str, ...],
    state: ItemState,
    refused: list[list[str]],
) -> None:
    async with at_carrier.database.transaction() as session:
        answers = {"add_features": ["PTT", "EUROPE"]}
        await session.exec(sql_update(ItemRow).values(answers=answers))
    (item,) = await at_carrier.items()
    told = ItemUpdate(item_id=item.id, state=ItemState.DONE, applied_features=applied)
    await receive(replace(carrier_update(await at_carrier.place()), items=(told,)))
    (signal,) = await at_carrier.signals()
    (passed_on,) = signal.payload["items"]
    assert (passed_on["state"], passed_on["in_part"]) == (state, True)
    assert (await at_carrier.items())[0].refused_features == refused


@pytest.mark.parametrize("moved_to", [None, LAST_DAY + timedelta(days=30)], ids=["feature gone", "end moved"])
async def test_what_a_timer_did_not_ask_for_is_not_refused(
    at_carrier: OrderAtCarrier, receive: Receive, moved_to: date | None
) -> None:
    """An order has removed EUROPE, or moved its last day, so that the carrier was asked to remove only PTT."""
    ends = [("PTT", LAST_DAY), *([("EUROPE", moved_to)] if moved_to else [])]
    async with at_carrier.database.transaction() as session:
        line = LineRow(
            tenant=TENANT, id="01LINE", carrier=CARRIER, status="active", account_id="sales", plan="PLAN-1",
            features=[sku for sku, _ in ends],
            feature_ends=[{"sku": sku, "on": on.isoformat(), "by": "us"} for sku, on in ends],
        )  # fmt: skip
        await session.insert(line)
        (item,) = await at_carrier.items()
        timer = LineTimerRow(
            tenant=TENANT, id=TIMER.id, kind=FEATURES_ENDING, line_id=line.id, order_id=item.order_id, item_id=item.id,
            began_at=datetime.now(UTC), seq_offset=1_000_000, last_day=LAST_DAY, features=["PTT", "EUROPE"],
            rule_text="", rule_source="",
        )  # fmt: skip
        await session.insert(timer)
    told = ItemUpdate(item_id=item.id, state=ItemState.DONE, applied_features=("PTT",))
    await receive(replace(carrier_update(await at_carrier.place_for_timer(TIMER)), items=(told,)))
    (signal,) = await at_carrier.signals()
    (passed_on,) = signal.payload["items"]
    assert (passed_on["state"], passed_on["in_part"], passed_on["refused_features"]) == (ItemState.DONE, False, [])


async def test_a_timer_keeps_its_reference_until_the_request_is_declined(
    at_carrier: OrderAtCarrier, receive: Receive
) -> None:
    first, again = [await at_carrier.place_for_timer(TIMER) for _ in range(2)]
    assert again == first
    assert await receive(carrier_update(first, ItemState.DECLINED)) is not None
    await at_carrier.decline_for_timer(TIMER, first)
    other = await at_carrier.place_for_timer(TIMER)
    assert other != first
    # The same state of another request is a change.
    assert await receive(carrier_update(other, ItemState.DECLINED)) is not None


async def test_closing_an_order_leaves_its_timers_requests_open(at_carrier: OrderAtCarrier, receive: Receive) -> None:
    client_ref = await at_carrier.place_for_timer(TIMER)
    await at_carrier.close()
    assert await receive(carrier_update(client_ref, ItemState.DONE)) is not None


async def test_timers_of_one_order_have_different_references(at_carrier: OrderAtCarrier) -> None:
    timers = [TimerRef(tenant=TENANT, id=f"01TIMER{number}") for number in range(4)]
    refs = await asyncio.gather(*(at_carrier.place_for_timer(timer) for timer in timers))
    assert len(set(refs)) == len(timers)
