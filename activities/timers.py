"""Starting, running and ending the timer of a suspended line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.carrier_order import billing_account
from activities.history import append_timer_event
from activities.submission import submit
from carriers.base import Carrier, CarrierOrder, CarrierOrderItem
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.catalog import policy_versions
from models.db.inventory import change_log, lines
from models.db.inventory.change_log import ChangeKind, InventoryChange
from models.db.inventory.tables import LineRow
from models.db.line_contacts import contacts_of
from models.db.locks import locks
from models.db.orders import order_rows, order_values
from models.db.orders.tables import ItemRow
from models.db.outbox.messages import enqueue, start_timer
from models.db.session import Database, Session, new_id
from models.db.suspension_timers import suspension_timers
from models.db.suspension_timers.tables import SuspensionTimerRow
from models.effects import suspension
from models.inventory import Line, LineStatus
from models.lifecycle import Status
from models.lock import HOLD, Thing, in_the_way
from models.order import Identifiers, Order, OrderEvent, OrderRef
from models.order_type import Aspect, ThingKind
from models.questions.suspension import RESUME_ON, SUSPEND_REASON
from models.timers import SuspensionEnd, TimerEvent, TimerInput, TimerOutcome, TimerRef
from policies import carrier_rules

RESUME = "resume"


@dataclass(frozen=True, kw_only=True)
class RecordTimerEventInput:
    """`problem`: what an operator must fix from now on; None if there is nothing to fix."""

    ref: TimerRef
    event: TimerEvent
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class ResumeInput:
    """`declined_ref`: our reference of the request that the carrier has declined."""

    ref: TimerRef
    event: TimerEvent
    declined_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class ResumeResult:
    """Our reference of the request, or the number of the order that is changing the line.

    Neither: the timer has ended.
    """

    client_ref: str | None = None
    held_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class EndSuspensionInput:
    ref: TimerRef
    ending: SuspensionEnd
    event: TimerEvent


async def sync_suspension_timer(
    session: Session, order: Order, item: ItemRow, done: InventoryChange, at: datetime
) -> None:
    """Stop the timer of a line that is no longer suspended; start one if the order type needs it."""
    before, after = done.before.line, done.after.line
    suspended = after is not None and after.status is LineStatus.SUSPENDED
    starts = suspended and order.type.timer is not None
    if before is not None and before.status is LineStatus.SUSPENDED and (starts or not suspended):
        await suspension_timers.stop(session, order.tenant, before.id, at)
    if after is not None and starts:
        await _start(session, order, item, after, at)


class TimerActivities:
    """All are idempotent, and change nothing once the timer's row says that it has ended."""

    def __init__(self, database: Database, carriers: Mapping[str, Carrier]) -> None:
        self._database = database
        self._carriers = carriers

    @activity.defn
    async def record_timer_event(self, request: RecordTimerEventInput) -> bool:
        """Record an event, with its emails; False if the timer has ended."""
        async with self._database.transaction() as session:
            row, line = await suspension_timers.lock(session, request.ref)
            if row.state != suspension_timers.RUNNING:
                return False
            await suspension_timers.set_problem(session, row, request.problem)
            await _append(session, row, line, request.event)
        return True

    @activity.defn
    async def request_resume(self, request: ResumeInput) -> ResumeResult:
        """Ask the carrier to resume the line, unless an order is changing it. An open request is not repeated."""
        async with self._database.transaction() as session:
            row, line = await suspension_timers.lock(session, request.ref)
            if row.state != suspension_timers.RUNNING:
                return ResumeResult()
            claims = await locks.claims_on(session, row.tenant, Thing(kind=ThingKind.LINE, id=row.line_id))
            conflict = in_the_way((Aspect.STATUS, HOLD), claims)
            if conflict is not None:
                return ResumeResult(held_by=conflict[1])
            order = replace(await order_values.load(session, _order_ref(row)), carrier=line.carrier)
            if request.declined_ref is not None:
                await carrier_orders.close_for_timer(session, request.ref, request.declined_ref)
            open_request = await carrier_orders.prepare_for_timer(session, request.ref, order, line.carrier)
            carrier_order = await _resume_order(session, order, row, line, open_request.client_ref)
        carrier_ref = open_request.carrier_ref or await self._submit(request.ref, order, open_request, carrier_order)
        async with self._database.transaction() as session:
            row, line = await suspension_timers.lock(session, request.ref)
            await carrier_orders.mark_accepted(session, open_request, carrier_ref)
            await _append(session, row, line, request.event)
        return ResumeResult(client_ref=open_request.client_ref)

    @activity.defn
    async def end_suspension(self, request: EndSuspensionInput) -> TimerOutcome:
        """Change the inventory and end the timer, once; returns how the timer has ended."""
        async with self._database.transaction() as session:
            row, line = await suspension_timers.lock(session, request.ref)
            if row.state != suspension_timers.RUNNING:
                return TimerOutcome(row.outcome or TimerOutcome.STOPPED)
            if line.status != LineStatus.SUSPENDED:
                await suspension_timers.end(session, row, TimerOutcome.STOPPED, request.event.at)
                return TimerOutcome.STOPPED
            item = await change_log.lock_item(session, _order_ref(row), row.item_id)
            change = partial(suspension.end, ending=request.ending)
            await change_log.perform(session, item, ChangeKind.END_SUSPENSION, change, request.event.at)
            await suspension_timers.end(session, row, request.ending.outcome, request.event.at)
            await _append(session, row, line, request.event)
        return request.ending.outcome

    async def _submit(
        self, ref: TimerRef, order: Order, open_request: CarrierOrderRow, carrier_order: CarrierOrder
    ) -> str:
        """Close the request if the carrier declines it, so that the next one gets a new reference."""
        try:
            return await submit(self._database, self._carriers, order, open_request, carrier_order)
        except ApplicationError as error:
            if error.non_retryable:
                async with self._database.transaction() as session:
                    await carrier_orders.close_for_timer(session, ref, carrier_order.client_ref)
            raise


async def _start(session: Session, order: Order, item: ItemRow, line: Line, at: datetime) -> None:
    """Compute the schedule, add the timer's row, and enqueue the start of its workflow."""
    policy = await policy_versions.newest(session, order.tenant)
    rule = carrier_rules.rule_for(policy, line.carrier)
    answers = {**(await order_rows.row_of(session, order.ref)).answers, **item.answers}
    reason, day = SUSPEND_REASON.of(answers) or "", RESUME_ON.of(answers)
    resume_on = date.fromisoformat(day) if day else None
    earlier = (await suspension_timers.periods(session, order.tenant, [line.id], until=at)).get(line.id, ())
    schedule = carrier_rules.schedule(policy, rule, reason=reason, began=at, resume_on=resume_on, earlier=earlier)
    ref = TimerRef(tenant=order.tenant, id=new_id())
    await suspension_timers.add(
        session,
        SuspensionTimerRow(
            tenant=ref.tenant,
            id=ref.id,
            kind=str(order.type.timer),
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
    timer = TimerInput(
        ref=ref,
        order=order.ref,
        number=order.number,
        item_id=item.id,
        item_number=item.number,
        carrier=line.carrier,
        schedule=schedule,
    )
    await enqueue(session, start_timer(timer), notify_relay=True)


async def _append(session: Session, row: SuspensionTimerRow, line: LineRow, event: TimerEvent) -> None:
    """Add an event to the history of the order that suspended the line, whatever that order's status is."""
    ref = _order_ref(row)
    order_row = await order_rows.row_of(session, ref)
    contacts = await contacts_of(session, line.tenant, [line.id])
    data = {
        "item_id": row.item_id,
        "holder_ids": [person_id for one in contacts for person_id in one.people],
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "ends_by": row.ends_by,
        "rule": row.rule_text,
    }
    order_event = OrderEvent(
        seq=event.seq,
        at=event.at,
        event=event.event,
        status=Status(order_row.status),
        actor=event.actor,
        data=(*data.items(), *event.data),
    )
    await append_timer_event(session, await order_values.load(session, ref), order_event)


def _order_ref(row: SuspensionTimerRow) -> OrderRef:
    return OrderRef(tenant=row.tenant, id=row.order_id)


async def _resume_order(
    session: Session, order: Order, row: SuspensionTimerRow, line: LineRow, client_ref: str
) -> CarrierOrder:
    found = (await lines.at_carrier(session, line.tenant, [line.id])).get(line.id)
    item = CarrierOrderItem(
        item_id=row.item_id,
        action=RESUME,
        subject=found.identifiers if found else Identifiers(),
        changes={},
        billing_account=line.carrier_account,
    )
    return CarrierOrder(
        client_ref=client_ref,
        number=order.number,
        items=(item,),
        ship_to=None,
        expedite=False,
        urgency=order.urgency,
        billing_account=await billing_account(session, line.tenant, line.account_id, line.carrier),
    )
