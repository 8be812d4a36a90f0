"""Activities that call the order's carrier."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.carrier_client import DECLINED, carrier_client, outcome_unknown
from activities.carrier_order import already_ended, build_carrier_order, has_work
from activities.history import StepInput, append_events
from activities.rule import changes_of, facts_of
from activities.submission import find_lost, submit
from carriers import quoting
from carriers.base import Carrier, Secrets
from carriers.quoting import QuoteRequest
from models import questions
from models.db import late_deliveries
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.encryption import Keyring
from models.db.locks import locks
from models.db.order_lock import lock_order
from models.db.orders import order_rows, order_values, secret_answers
from models.db.session import Database
from models.errors import CarrierDeclined
from models.facts import Facts
from models.formatting import join_names
from models.order import CancelResult, Changes, Identifiers, Order, OrderEvent, OrderRef
from models.step import carrier_actions
from models.task_action import NOT_POSSIBLE


@dataclass(frozen=True, kw_only=True)
class PlaceInput(StepInput):
    """`round` counts the orders sent to the carrier, `part` the PLACE steps of the type, both from 1.

    `replaces` is the round that is placed again, because the carrier has lost what was sent in it. `sending` is
    recorded before the carrier is called, `placed` when it has accepted. `quoted`: before the order is first sent, the
    carrier is asked what it would cost.
    """

    round: int
    part: int
    item_ids: tuple[str, ...]
    sending: OrderEvent
    placed: OrderEvent
    replaces: int | None = None
    quoted: bool = False


@dataclass(frozen=True, kw_only=True)
class PlaceResult:
    """Why the order was not sent: an order, or PLANNED_CHANGE, holds one of its lines, or something has changed.

    Or the carrier knows what it had lost again, under the reference `found`. `idle` are the items for which it has
    nothing to do; with `needless` that is all of them. `ended` has the names of features that were to be removed and
    had ended, by item.
    """

    held_by: str | None = None
    changes: Changes | None = None
    found: str | None = None
    needless: bool = False
    idle: tuple[str, ...] = ()
    ended: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether the carrier has what it has to do, if anything."""
        return (self.held_by, self.changes, self.found) == (None, None, None)

    @property
    def was_sent(self) -> bool:
        return self.is_done and not self.needless


@dataclass(frozen=True, kw_only=True)
class CancelInput(StepInput):
    """`rounds` are those that the carrier has not completed, the latest first."""

    rounds: tuple[int, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class ActivateInput(StepInput):
    """`answers` are those to the item's late questions, which was sent in this `round`.

    `sent` is recorded after the carrier was called.
    """

    round: int
    item_id: str
    answers: tuple[tuple[str, Any], ...]
    sent: OrderEvent


@dataclass(frozen=True, kw_only=True)
class ProvideInfoInput(StepInput):
    """What a person answers the carrier about these items, which were sent in this `round`.

    `sent` is recorded after the carrier was called.
    """

    round: int
    item_ids: tuple[str, ...]
    fields: tuple[tuple[str, Any], ...]
    text: str
    sent: OrderEvent


@dataclass(frozen=True, kw_only=True)
class RestoreInput:
    """`rounds` are those that the carrier has not completed."""

    ref: OrderRef
    rounds: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class EndDeliveryInput:
    """The item that the carrier has delivered after it had refused it, and the round in which it was sent."""

    ref: OrderRef
    item_id: str
    round: int
    reason: str


class CarrierActivities:
    def __init__(self, database: Database, carriers: Mapping[str, Carrier], keyring: Keyring) -> None:
        self._database = database
        self._carriers = carriers
        self._keyring = keyring

    @activity.defn
    async def place(self, request: PlaceInput) -> PlaceResult:
        """Hold the lines, record that we are about to send, send, and record that the carrier has accepted.

        Until the carrier has accepted the order once, its checks run again before it is sent, also after a correction.
        It is not sent if it is no longer allowed or dearer.
        After a time-out it is unknown whether the order arrives: `submit` sends it again only once it can't anymore.
        """
        if request.replaces is not None and (again := await self._find_lost(request, request.replaces)):
            return PlaceResult(found=again)
        known = await self._ask_for_quotes(request) if request.quoted else None
        async with self._database.transaction() as session:
            order_row, items = await order_values.lock_rows(session, request.ref)
            order = order_values.from_rows(order_row, items)
            if request.earlier_events:
                await append_events(session, order, request.earlier_events)
                order_row, items = await order_values.load_rows(session, request.ref)
            if not await carrier_orders.was_sent(session, order.ref) and (
                found := await changes_of(session, order_row, items, known)
            ):
                return PlaceResult(changes=found)
            held_by = await locks.hold(session, order_row, order, request.sending.at)
            if held_by is not None:
                return PlaceResult(held_by=held_by)
            reference = carrier_orders.reference(order, request.round)
            carrier_order = await build_carrier_order(
                session, self._keyring, order_row, items, request.item_ids, part=request.part, client_ref=reference
            )
            asked = tuple(item for item in carrier_order.items if request.replaces is not None or has_work(item))
            carrier_order = replace(carrier_order, items=asked)
            idle = tuple(sorted({*request.item_ids} - {item.item_id for item in asked}))
            result = PlaceResult(idle=idle, ended=await already_ended(session, order, request.item_ids))
            if not asked:
                return replace(result, needless=True)
            row = await carrier_orders.prepare(session, order, request.round)
            if request.replaces is not None:
                await carrier_orders.replace_round(session, order.ref, request.replaces, by=request.round)
            await append_events(session, order, (request.sending,))
        try:
            carrier_ref = row.carrier_ref or await submit(self._database, self._carriers, order, row, carrier_order)
        except ApplicationError as error:
            if error.type == DECLINED:
                await self._close(order, request.round)
            raise
        async with self._database.transaction() as session:
            await lock_order(session, request.ref)
            carrier_ref = await carrier_orders.mark_accepted(session, row, carrier_ref)
            placed = replace(request.placed, data=(*request.placed.data, ("carrier_ref", carrier_ref)))
            await append_events(session, order, (placed,))
        return result

    async def _ask_for_quotes(self, request: PlaceInput) -> Facts | None:
        """Ask the carrier again what the order would cost; the facts with its answer, None if the order was sent."""
        async with self._database.read() as session:
            if await carrier_orders.was_sent(session, request.ref):
                return None
            row, items = await order_values.load_rows(session, request.ref)
            known = await facts_of(session, row, items)
        order = order_values.from_rows(row, items)
        actions = [carrier_actions(order.steps_of(item))[request.part - 1] for item in order.items]
        asked = QuoteRequest(facts=known, actions=actions, carrier=order.carrier or "")
        return await quoting.ask(self._database, self._carriers, asked, within=quoting.PLACE_LIMIT, again=True)

    async def _close(self, order: Order, number: int) -> None:
        """The carrier has turned this round away. The order may be sent again, corrected, in another one."""
        async with self._database.transaction() as session:
            await lock_order(session, order.ref)
            await carrier_orders.close_round(session, order.ref, number, is_lost=False)

    async def _find_lost(self, request: PlaceInput, number: int) -> str | None:
        """The carrier's reference of what it had lost, if it has that again. Events are recorded first."""
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            await append_events(session, order, request.earlier_events)
            row = await carrier_orders.submission(session, request.ref, number)
        return await find_lost(self._database, self._carriers, order, row)

    @activity.defn
    async def cancel_at_carrier(self, request: CancelInput) -> CancelResult:
        """The answer about the latest round decides: only if the carrier stops it, earlier ones are canceled too.

        CANCELED also if the carrier has nothing open for this order.
        """
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            await append_events(session, order, request.earlier_events)
        latest, *earlier = request.rounds
        answer = await self._cancel_round(order, latest, request.reason)
        if answer is CancelResult.DECLINED:
            return answer
        others = [await self._cancel_round(order, number, request.reason) for number in earlier]
        canceled = answer is CancelResult.CANCELED and any(other is not CancelResult.CANCELED for other in others)
        return CancelResult.IN_PART if canceled else answer

    async def _cancel_round(self, order: Order, number: int, reason: str) -> CancelResult:
        async with self._database.transaction() as session:
            # A round that isn't recorded may be at the carrier all the same, if the database was restored.
            row = await carrier_orders.prepare(session, order, number)
        if not row.open:
            return CancelResult.CANCELED
        with carrier_client(self._carriers, order) as carrier:
            answer = await self._cancel(carrier, row, reason)
        is_lost = answer is None and row.lost_at is not None
        if is_lost or answer is CancelResult.CANCELED:
            async with self._database.transaction() as session:
                await lock_order(session, order.ref)
                await carrier_orders.close_round(session, order.ref, number, is_lost=is_lost)
            return CancelResult.CANCELED
        return answer or CancelResult.DECLINED

    async def _cancel(self, carrier: Carrier, row: CarrierOrderRow, reason: str) -> CancelResult | None:
        """None if the carrier doesn't know the order.

        Without the carrier's reference it is unknown whether the order arrived, or still does: look for it first.
        """
        carrier_ref = row.carrier_ref or await self._find(carrier, row)
        try:
            return CancelResult.CANCELED if carrier_ref is None else await carrier.cancel(carrier_ref, reason)
        except CarrierDeclined:
            return None

    @activity.defn
    async def end_delivery(self, request: EndDeliveryInput) -> CancelResult:
        """Ask the carrier to cancel its order, which may be closed here.

        It fails for good if the order also has what is kept.
        """
        async with self._database.transaction() as session:
            order = await order_values.load(session, request.ref)
            row = await carrier_orders.submission(session, request.ref, request.round)
            kept = await late_deliveries.kept_with(session, request.ref, request.item_id)
        if kept:
            problem = (
                f"The carrier's order has item {join_names(map(str, kept))}, which is kept and would be canceled, too."
            )
            raise ApplicationError(problem, type=NOT_POSSIBLE, non_retryable=True)
        with carrier_client(self._carriers, order) as carrier:
            return await self._cancel(carrier, row, request.reason) or CancelResult.DECLINED

    async def _find(self, carrier: Carrier, row: CarrierOrderRow) -> str | None:
        """The carrier's reference of what was sent; None once it can't arrive anymore."""
        carrier_ref = await self._look_for(carrier, row)
        if carrier_ref is not None:
            return carrier_ref
        async with self._database.transaction() as session:
            left = await carrier_orders.can_arrive_for(session, row, carrier.unknown_window)
        if left is not None:
            raise outcome_unknown(carrier, left)
        return None

    async def _look_for(self, carrier: Carrier, row: CarrierOrderRow) -> str | None:
        """The carrier's reference of what was sent, which is recorded; None if it hasn't arrived."""
        found = await carrier.find(row.client_ref)
        if not found:
            return None
        async with self._database.transaction() as session:
            await lock_order(session, OrderRef(tenant=row.tenant, id=row.order_id))
            return await carrier_orders.mark_accepted(session, row, found[0])

    @activity.defn
    async def activate(self, request: ActivateInput) -> None:
        """Ask the carrier to start service, with what the person answered; store the answers if it accepts them."""
        order, row = await self._record_and_load(request.ref, request.earlier_events, request.round)
        answers, carrier_ref = dict(request.answers), _known_reference(row)
        opened, secrets = await self._opened(order, answers)
        with carrier_client(self._carriers, order) as carrier:
            await carrier.activate(carrier_ref, request.item_id, opened, secrets=secrets)
        await self._record(order, request.sent, (request.item_id,), answers)

    @activity.defn
    async def provide_info(self, request: ProvideInfoInput) -> None:
        """Send the carrier the information that it asked for; store the answers if it accepts them."""
        order, row = await self._record_and_load(request.ref, request.earlier_events, request.round)
        answers, carrier_ref = dict(request.fields), _known_reference(row)
        opened, secrets = await self._opened(order, answers)
        with carrier_client(self._carriers, order) as carrier:
            await carrier.provide(carrier_ref, request.item_ids, opened, request.text, secrets=secrets)
        await self._record(order, request.sent, request.item_ids, answers)

    @activity.defn
    async def restore_submissions(self, request: RestoreInput) -> None:
        """Hold the lines, and look at the carrier for what was submitted in these rounds, where that isn't recorded.

        The carrier is soon asked about each of them, as the identifiers that it has reported may be lost.
        """
        async with self._database.transaction() as session:
            order_row, items = await order_values.lock_rows(session, request.ref)
            order = order_values.from_rows(order_row, items)
            await locks.hold(session, order_row, order, request.at)
            rows = [await carrier_orders.prepare(session, order, number) for number in request.rounds]
        for row in rows:
            if row.carrier_ref is None:
                with carrier_client(self._carriers, order) as carrier:
                    await self._look_for(carrier, row)
            async with self._database.transaction() as session:
                await carrier_orders.poll_next(session, row.carrier, row.client_ref)

    async def _record_and_load(
        self, ref: OrderRef, events: tuple[OrderEvent, ...], number: int
    ) -> tuple[Order, CarrierOrderRow | None]:
        """Record events; returns the order and what the carrier got in round `number`, if that is open."""
        async with self._database.transaction() as session:
            order = await order_values.lock(session, ref)
            await append_events(session, order, events)
            return order, await carrier_orders.open_round(session, ref, number)

    async def _opened(self, order: Order, answers: Mapping[str, Any]) -> tuple[Mapping[str, Any], Secrets]:
        """The answers of a message as the carrier gets them, and the secrets that it has got."""
        if not secret_answers.asked_by(order.type):
            return answers, {}
        async with self._database.read() as session:
            items = await order_rows.items_of(session, order.ref)
            opened, *of_items = await secret_answers.opened(
                session, self._keyring, order.ref, [answers, *(item.answers for item in items)]
            )
        return opened, {
            item.id: {code: answer for code, answer in known.items() if questions.is_secret(code)}
            for item, known in zip(items, of_items, strict=True)
        }

    async def _record(
        self, order: Order, event: OrderEvent, item_ids: Collection[str], answers: Mapping[str, Any]
    ) -> None:
        """Record that the carrier has accepted these answers, and store them. The carrier knows fields of its own.

        Identifiers are stored with the event.
        """
        identifiers = Identifiers.among(answers).known
        own = {code: answer for code, answer in answers.items() if order.type.asks(code) and code not in identifiers}
        async with self._database.transaction() as session:
            await lock_order(session, order.ref)
            await append_events(session, order, (event,))
            await order_rows.add_answers(session, order.ref, item_ids, own)


def _known_reference(row: CarrierOrderRow | None) -> str:
    """The carrier's reference of the order's latest submission.

    An order that waits for what the carrier does next has one, unless the database was restored.
    """
    if row is None or row.carrier_ref is None:
        raise ApplicationError(
            "The carrier's reference of this order is missing.", type="CARRIER_REFERENCE_MISSING", non_retryable=True
        )
    return row.carrier_ref
