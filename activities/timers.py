"""What a suspended line's clock does: it begins with its order, tells people, asks the carrier, and ends once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.carrier import CarrierActivities
from activities.history import append_timer_event
from carriers.base import CarrierOrder, CarrierOrderItem
from models.asks import Ask
from models.db import facts, line_locks, suspension_timers
from models.db.accounts import account_tree
from models.db.carriers import carrier_orders
from models.db.inventory import changes
from models.db.inventory.changes import Performed
from models.db.inventory.tables import LineRow, SuspensionTimerRow
from models.db.orders import order_values
from models.db.orders.tables import ItemRow
from models.db.outbox.messages import enqueue, start_timer
from models.db.session import Database, Session, new_id
from models.inventory import SUSPENSION_ENDS, Line, LineStatus
from models.lifecycle import Status
from models.order import Order, OrderEvent, OrderRef
from models.order_type import Aspect, in_the_way
from models.timers import Ending, TimerEvent, TimerInput, TimerOutcome, TimerRef
from policies import carrier_rules

RESUME = "resume"


@dataclass(frozen=True, kw_only=True)
class ClockTold:
    """Write this down; `attention` is what an operator has to mend after it, None where nothing is amiss."""

    ref: TimerRef
    note: TimerEvent
    attention: str | None = None


@dataclass(frozen=True, kw_only=True)
class ResumeCall:
    """Ask the carrier to resume the line; `refused` is our reference of the request it has turned down."""

    ref: TimerRef
    note: TimerEvent
    refused: str | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What came of asking: our reference at the carrier, or the order that changes the line; neither: it is over."""

    client_ref: str | None = None
    held_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class ClockEnd:
    """The suspension is over: make the inventory say so, and tell people."""

    ref: TimerRef
    ending: Ending
    note: TimerEvent


async def sync_suspension_timer(session: Session, order: Order, item: ItemRow, done: Performed, at: datetime) -> None:
    """Stop the clock of a line that is suspended no more, and begin one where the order's type asks for it."""
    before, after = done.before.line, done.after.line
    suspended = after is not None and after.status is LineStatus.SUSPENDED
    begins = suspended and order.type.clock is not None
    if before is not None and before.status is LineStatus.SUSPENDED and (begins or not suspended):
        await suspension_timers.stop(session, order.tenant, before.id, at)
    if after is not None and begins:
        await _begin(session, order, item, after, at)


class TimerActivities:
    """Activities of clocks. Each looks first whether the clock still runs: what comes too late, or twice, does nothing.

    What the clock's row says counts; the workflow learns it from the answers.
    """

    def __init__(self, database: Database, vendors: CarrierActivities) -> None:
        self._database = database
        self._vendors = vendors

    @activity.defn
    async def tell(self, call: ClockTold) -> bool:
        """Write down what happens, with the mails that follow from it; False when the clock runs no more."""
        async with self._database.transaction() as session:
            row, line = await suspension_timers.lock(session, call.ref)
            if row.state != suspension_timers.RUNNING:
                return False
            await suspension_timers.call_attention(session, row, call.attention)
            await _write(session, row, line, call.note)
        return True

    @activity.defn
    async def ask_to_resume(self, call: ResumeCall) -> Asked:
        """Ask the carrier to resume the line, unless an order is about to change it; nothing is asked twice."""
        async with self._database.transaction() as session:
            row, line = await suspension_timers.lock(session, call.ref)
            if row.state != suspension_timers.RUNNING:
                return Asked()
            taken = in_the_way(
                (Aspect.STATUS, line_locks.HOLD), await line_locks.claims_on(session, row.tenant, row.line_id)
            )
            if taken is not None:
                return Asked(held_by=taken[1])
            order = replace(await order_values.load(session, _order(row)), carrier=line.carrier)
            if call.refused is not None:
                await carrier_orders.close_of_clock(session, call.ref, call.refused)
            sent = await carrier_orders.intend_for_clock(session, call.ref, order, line.carrier, call.note.at)
            work = await _work(session, order, row, line, sent.client_ref)
        carrier_ref = sent.carrier_ref or await self._submit(call.ref, order, work)
        async with self._database.transaction() as session:
            await carrier_orders.accepted_for_clock(session, call.ref, sent.client_ref, carrier_ref)
            row, line = await suspension_timers.lock(session, call.ref)
            await _write(session, row, line, call.note)
        return Asked(client_ref=sent.client_ref)

    @activity.defn
    async def end(self, call: ClockEnd) -> TimerOutcome:
        """Change the inventory once, end the clock, and tell people; returns how the clock has ended."""
        async with self._database.transaction() as session:
            known = await suspension_timers.get(session, call.ref)
            item = await changes.lock_item(session, _order(known), known.item_id)
            row, line = await suspension_timers.lock(session, call.ref)
            if row.state != suspension_timers.RUNNING:
                return TimerOutcome(row.outcome or TimerOutcome.STOPPED)
            if line.status != LineStatus.SUSPENDED:
                await suspension_timers.end(session, row, TimerOutcome.STOPPED, call.note.at)
                return TimerOutcome.STOPPED
            await changes.perform(session, item, changes.CLOCK, SUSPENSION_ENDS[call.ending], call.note.at)
            await suspension_timers.end(session, row, call.ending.outcome, call.note.at)
            await _write(session, row, line, call.note)
        return call.ending.outcome

    async def _submit(self, clock: TimerRef, order: Order, work: CarrierOrder) -> str:
        try:
            return await self._vendors.submit(order, work)
        except ApplicationError as error:
            if error.non_retryable:
                async with self._database.transaction() as session:
                    await carrier_orders.close_of_clock(session, clock, work.client_ref)
            raise


async def _begin(session: Session, order: Order, item: ItemRow, line: Line, at: datetime) -> None:
    """Reckon the schedule, note the clock, and have its workflow started; all with the suspension itself."""
    policy = await facts.policy_of(session, order.tenant)
    rule = carrier_rules.rule_for(policy, line.carrier)
    row = await order_values.row_of(session, order.ref)
    reason, resume_on = _said({**row.answers, **item.answers})
    earlier = (await suspension_timers.periods(session, order.tenant, [line.id], until=at)).get(line.id, ())
    schedule = carrier_rules.schedule(policy, rule, reason=reason, began=at, resume_on=resume_on, earlier=earlier)
    ref = TimerRef(tenant=order.tenant, id=new_id())
    await suspension_timers.add(
        session,
        SuspensionTimerRow(
            tenant=ref.tenant,
            id=ref.id,
            kind=str(order.type.clock),
            line_id=line.id,
            order_id=order.id,
            item_id=item.id,
            reason=reason,
            began_at=at,
            resume_on=resume_on,
            ends_at=schedule.ends_at,
            ends_by=schedule.ends_by,
            limit_at=schedule.limit_at,
            limit_by=schedule.limit_by,
            rule=rule.code,
            rule_text=rule.text,
            rule_source=f"{rule.source}, {rule.as_of.isoformat()}",
        ),
    )
    plan = TimerInput(
        ref=ref,
        order=order.ref,
        number=order.number,
        item_id=item.id,
        item_number=item.number,
        carrier=line.carrier,
        schedule=schedule,
    )
    await enqueue(session, start_timer(plan), notify_relay=True)


def _said(answers: Mapping[str, Any]) -> tuple[str, date | None]:
    """Why the line is suspended, and until when, as the order says."""
    resume_on = answers.get(Ask.RESUME_ON)
    return str(answers.get(Ask.SUSPEND_REASON) or ""), date.fromisoformat(str(resume_on)) if resume_on else None


async def _write(session: Session, row: SuspensionTimerRow, line: LineRow, note: TimerEvent) -> None:
    """Add the entry to the history of the order that suspended the line, wherever that order stands."""
    ref = _order(row)
    placed = await order_values.row_of(session, ref)
    about = {
        "item_id": row.item_id,
        "holder_id": line.person_id,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "ends_by": row.ends_by,
        "rule": row.rule_text,
    }
    entry = OrderEvent(
        seq=note.seq,
        at=note.at,
        event=note.event,
        status=Status(placed.status),
        actor=note.actor,
        data=(*about.items(), *note.data),
    )
    await append_timer_event(session, await order_values.load(session, ref), entry)


def _order(row: SuspensionTimerRow) -> OrderRef:
    return OrderRef(tenant=row.tenant, id=row.order_id)


async def _work(
    session: Session, order: Order, row: SuspensionTimerRow, line: LineRow, client_ref: str
) -> CarrierOrder:
    wanted = {"mdn": line.mdn} if line.mdn else {}
    return CarrierOrder(
        client_ref=client_ref,
        number=order.number,
        items=(CarrierOrderItem(item_id=row.item_id, action=RESUME, wanted=wanted),),
        ship_to=None,
        expedite=False,
        urgency=order.urgency,
        account_number=await account_tree.account_number(session, line.tenant, line.account_id),
    )
