"""A new service and device in tiny steps: what an order would cost if every step and status had its own activity."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from models.lifecycle import Event, ItemState, Status
from models.order import (
    SYSTEM,
    Activation,
    Actor,
    ActorKind,
    CarrierUpdate,
    Decision,
    Identifiers,
    ItemSnapshot,
    Order,
    OrderEvent,
    Outcome,
)
from workflows.progress import Accepted

with workflow.unsafe.imports_passed_through():
    from activities.history import Batch, HistoryActivities, approval_needed
    from activities.inventory import InventoryActivities, InventoryCall
    from bench.tiny.activities import TinyStep, TinySteps

TASK_QUEUE = "bench-tiny"
CALLS_QUEUE = "bench-tiny-calls"
STATUS = SearchAttributeKey.for_keyword("OrderStatus")
_SOON = timedelta(seconds=45)
_NEWS = {ItemState.SHIPPED: Event.SHIPPED, ItemState.AWAITING_ACTIVATION: Event.ACTIVATION_NEEDED}


@workflow.defn(name="NEW_SERVICE_DEVICE")
class TinyNewServiceDevice:
    """One item, the happy path only; it does to the database, the carrier and the mails what the real order does."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        self.order = order
        self.seq = 1
        self.status = Status.VALIDATING
        self.state = ItemState.PENDING
        self.known = Identifiers()
        self.decision: Decision | None = None
        self.activation: Activation | None = None
        self.news: list[CarrierUpdate] = []

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        """Carry the order from the request to a line in use, one tiny step after the other."""
        await self._approval()
        await self._do(InventoryActivities.reserve, self._inventory())
        self.state = ItemState.RESERVED
        await self._record(Event.RESERVED, Status.APPROVED)
        await self._do(TinySteps.hold, self._step())
        await self._record(Event.SUBMITTING, Status.SUBMITTING)
        carrier_ref = await self._do(TinySteps.submit, self._step(), task_queue=CALLS_QUEUE)
        self.state = ItemState.PLACED
        await self._record(Event.PLACED, Status.IN_FULFILLMENT, carrier=order.carrier, carrier_ref=carrier_ref)
        await self._follow(ItemState.AWAITING_ACTIVATION)
        await workflow.wait_condition(lambda: self.activation is not None)
        await self._do(TinySteps.start_service, self._step(), task_queue=CALLS_QUEUE)
        await self._record(Event.ACTIVATION_SENT, Status.AWAITING_ACTIVATION, item_id=order.items[0].id)
        await self._follow(ItemState.DONE)
        await self._do(InventoryActivities.apply, self._inventory())
        self.state = ItemState.DONE
        await self._record(Event.COMPLETED, Status.COMPLETED, item_id=order.items[0].id)
        return Outcome(status=self.status, items=(self._mark(),))

    @workflow.update
    async def approve(self, message: Decision) -> Accepted:
        """Take the decision."""
        await workflow.wait_condition(lambda: self.status is Status.AWAITING_APPROVAL)
        self.decision = message
        return Accepted(status=Status.APPROVED, seq=self.seq)

    @workflow.update
    async def activate(self, message: Activation) -> Accepted:
        """Take the person's word that the device has arrived."""
        await workflow.wait_condition(lambda: self.status is Status.AWAITING_ACTIVATION)
        self.activation = message
        return Accepted(status=self.status, seq=self.seq)

    @workflow.signal
    def carrier_update(self, news: CarrierUpdate) -> None:
        """Hear of the carrier."""
        self.news.append(news)

    async def _approval(self) -> None:
        ruled = await self._do(TinySteps.judge, self._step())
        assert ruled.clock is not None
        stage = ruled.ruling.plan[0]
        asking = self._entry(Event.APPROVAL_NEEDED, Status.AWAITING_APPROVAL)
        await self._write(approval_needed(asking, stage, ruled.clock, 1))
        await self._wait(lambda: self.decision is not None)
        assert self.decision is not None
        decider = self.decision.actor
        said = {"round": 1, "stage": stage.number, "approver_id": decider.acts_as, "stage_done": True}
        await self._record(Event.APPROVED_BY, self.status, actor=decider, **said)
        await self._record(Event.APPROVED, Status.APPROVED, by=None)

    async def _follow(self, until: ItemState) -> None:
        """Write down what the carrier reports until the item stands there."""
        while self.state is not until:
            await self._wait(lambda: bool(self.news))
            news = self.news.pop(0)
            said = news.items[0]
            known = {name: value for name, value in vars(said.identifiers).items() if value is not None}
            self.known, self.state = Identifiers(**{**vars(self.known), **known}), said.state
            if said.state in _NEWS:
                carrier = Actor(kind=ActorKind.CARRIER, id=news.carrier, name=news.carrier, channel=news.channel)
                await self._record(_NEWS[said.state], Status(said.state.upper()), actor=carrier, item_id=said.item_id)

    async def _wait(self, condition: Callable[[], bool]) -> None:
        """Wait with a deadline, as an order does."""
        await workflow.wait_condition(condition, timeout=timedelta(days=1))

    async def _do(self, step: Any, call: Any, *, task_queue: str | None = None) -> Any:
        return await workflow.execute_activity_method(
            step, call, start_to_close_timeout=_SOON, task_queue=task_queue, summary=step.__name__
        )

    async def _record(self, event: Event, status: Status, *, actor: Actor = SYSTEM, **data: Any) -> None:
        await self._write(self._entry(event, status, actor=actor, **data))

    async def _write(self, entry: OrderEvent) -> None:
        """Write one entry, and where it stands to where Temporal can be searched."""
        await self._do(HistoryActivities.record, Batch(ref=self.order.ref, entries=(entry,)))
        if entry.status is not self.status:
            self.status = entry.status
            workflow.upsert_search_attributes([STATUS.value_set(self.status)])
            workflow.set_current_details(f"**{self.status}** {self.order.number}")

    def _entry(self, event: Event, status: Status, *, actor: Actor = SYSTEM, **data: Any) -> OrderEvent:
        self.seq += 1
        moved = () if self.state is ItemState.PENDING else (self._mark(),)
        return OrderEvent(
            seq=self.seq,
            at=workflow.now(),
            event=event,
            status=status,
            actor=actor,
            items=moved,
            data=tuple(data.items()),
        )

    def _mark(self) -> ItemSnapshot:
        known = self.known if self.known != Identifiers() else None
        return ItemSnapshot(item_id=self.order.items[0].id, state=self.state, identifiers=known)

    def _step(self) -> TinyStep:
        return TinyStep(ref=self.order.ref, at=workflow.now(), activation=self.activation)

    def _inventory(self) -> InventoryCall:
        return InventoryCall(ref=self.order.ref, at=workflow.now(), item_ids=(self.order.items[0].id,))
