"""Starting, running and ending the timers of lines."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.carrier_order import billing_account
from activities.history import append_timer_event
from activities.submission import submit
from carriers.base import Carrier, CarrierOrder, CarrierOrderItem
from models.db import bill_checks, rules_in_force
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.catalog import policy_versions
from models.db.catalog.products import product_names
from models.db.inventory import change_log, lines
from models.db.inventory.change_log import InventoryChange
from models.db.inventory.inventory_values import value_of
from models.db.inventory.tables import LineRow
from models.db.line_contacts import contacts_of
from models.db.line_timers import line_timers
from models.db.line_timers.tables import LineTimerRow
from models.db.locks import locks
from models.db.orders import order_rows, order_values
from models.db.orders.tables import ItemRow
from models.db.outbox.messages import enqueue, start_timer
from models.db.session import Database, Session, new_id
from models.events.suspension import LINE_CHANGED_BY_ORDER, LINE_RESUMED_BY_ORDER
from models.inventory import InventoryState, Line, LineStatus
from models.lifecycle import Status
from models.line_change import CarrierRequest, ChangeInput, LineChange, find_line_change
from models.lock import Thing, in_the_way
from models.order import Identifiers, Order, OrderEvent, OrderRef
from models.order_type import ThingKind
from models.timers import (
    EVENTS_PER_ITEM,
    RESUMED_BY_ORDER,
    STOPPED,
    TimerEvent,
    TimerInput,
    TimerPoint,
    TimerRef,
    TimerSchedule,
)
from policies.deadlines import local_day
from policies.timer_kind import TimerKind, TimerPlan, TimerStart, same_timer, timer_kind_of

_ENDED = frozenset({LineStatus.DISCONNECTED, LineStatus.TERMINATED})


@dataclass(frozen=True, kw_only=True)
class RecordTimerEventInput:
    """`problem`: what an operator must fix from now on; None if there is nothing to fix."""

    ref: TimerRef
    event: TimerEvent
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class TimerRequestInput:
    """`change` is the code of the `LineChange`; `declined_ref`: our reference of the request that was declined."""

    ref: TimerRef
    change: str
    event: TimerEvent
    declined_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class TimerRequestResult:
    """Our reference of the request, or the number of the order that is changing the line.

    Neither: the timer has ended.
    """

    client_ref: str | None = None
    held_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class EndTimerInput:
    """`change` is the code of a `LineChange`."""

    ref: TimerRef
    change: str
    event: TimerEvent


async def follow_line(session: Session, order: Order, item: ItemRow, done: InventoryChange, at: datetime) -> None:
    """If an order has changed what the timer of a line follows, end it, and start the one that the line has now.

    The bills of a line that it has disconnected are watched, until the line is in service again.
    """
    before, after = done.before.line, done.after.line
    if after is None or (before is not None and same_timer(before, after)):
        return
    if before is not None and timer_kind_of(before):
        is_resumed = before.status is not LineStatus.ACTIVE and after.status is LineStatus.ACTIVE
        outcome = RESUMED_BY_ORDER if is_resumed else STOPPED
        await line_timers.stop(session, before.id, by=order.ref, outcome=outcome, at=at)
    await _start(session, order, item, after, at=at)
    if after.status is LineStatus.DISCONNECTED:
        await bill_checks.begin(session, await policy_versions.newest(session, order.tenant), item, after, at)
    elif before is not None and before.status in _ENDED and after.status not in _ENDED:
        await bill_checks.end(session, order.tenant, after.id, at)


class TimerActivities:
    """All are idempotent, and change nothing once the timer's row says that it has ended."""

    def __init__(self, database: Database, carriers: Mapping[str, Carrier]) -> None:
        self._database = database
        self._carriers = carriers

    @activity.defn
    async def record_timer_event(self, request: RecordTimerEventInput) -> bool:
        """Record an event, with its emails; False if the timer has ended."""
        async with self._database.transaction() as session:
            row, line = await line_timers.lock(session, request.ref)
            if row.state != line_timers.RUNNING:
                return False
            await line_timers.set_problem(session, row, request.problem)
            await _append(session, row, line, request.event)
        return True

    @activity.defn
    async def record_timer_stop(self, request: RecordTimerEventInput) -> str:
        """Record that an order has ended the timer, if one has; returns how the timer has ended."""
        async with self._database.transaction() as session:
            row, line = await line_timers.lock(session, request.ref)
            if row.ended_by is not None:
                ended_by = await order_rows.row_of(session, OrderRef(tenant=row.tenant, id=row.ended_by))
                was_resumed = row.outcome == RESUMED_BY_ORDER
                stopped = LINE_RESUMED_BY_ORDER if was_resumed else LINE_CHANGED_BY_ORDER
                data = (("detail", f"Order {ended_by.number}."),)
                await _append(session, row, line, replace(request.event, event=stopped.code, data=data))
        return row.outcome or STOPPED

    @activity.defn
    async def request_from_carrier(self, request: TimerRequestInput) -> TimerRequestResult:
        """Ask the carrier to change the line, unless an order is changing it. An open request is not repeated."""
        async with self._database.transaction() as session:
            row, line = await line_timers.lock(session, request.ref)
            if row.state != line_timers.RUNNING:
                return TimerRequestResult()
            claims = await locks.claims_on(session, row.tenant, Thing(kind=ThingKind.LINE, id=row.line_id))
            asked = find_line_change(request.change).request
            assert asked is not None, "only such a change is requested"
            conflict = in_the_way(asked.waits_for, claims)
            if conflict is not None:
                return TimerRequestResult(held_by=conflict[1])
            order = replace(await order_values.load(session, _order_ref(row)), carrier=line.carrier)
            if request.declined_ref is not None:
                await carrier_orders.close_for_timer(session, request.ref, request.declined_ref)
            open_request = await carrier_orders.prepare_for_timer(session, request.ref, order, line.carrier)
            carrier_order = await _carrier_order(session, order, row, line, open_request.client_ref, asked)
        carrier_ref = open_request.carrier_ref or await self._submit(request.ref, order, open_request, carrier_order)
        async with self._database.transaction() as session:
            row, line = await line_timers.lock(session, request.ref)
            await carrier_orders.mark_accepted(session, open_request, carrier_ref)
            await _append(session, row, line, request.event)
        return TimerRequestResult(client_ref=open_request.client_ref)

    @activity.defn
    async def end_timer(self, request: EndTimerInput) -> str:
        """Change the line and end the timer, once, and start the one of the line's new status.

        Returns how the timer has ended.
        """
        async with self._database.transaction() as session:
            row, line = await line_timers.lock(session, request.ref)
            if row.state != line_timers.RUNNING:
                return row.outcome or STOPPED
            kind = timer_kind_of(value_of(Line, line))
            if kind is None or kind.code != row.kind:
                await line_timers.end(session, row, STOPPED, request.event.at)
                return STOPPED
            change = find_line_change(request.change)
            done, item = await _change_line(session, row, change, request.event.at)
            await line_timers.end(session, row, change.outcome, request.event.at)
            event = request.event
            if done is not None and done.after.line is not None:
                order, written = await order_values.load(session, _order_ref(row)), event.seq - _first_seq(item)
                following = await _start(session, order, item, done.after.line, at=event.at, written=written)
                if following is not None and following.kind != row.kind and following.last_day is not None:
                    event = replace(event, data=(*event.data, ("last_day", following.last_day.isoformat())))
            await _append(session, row, line, event)
        return change.outcome

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


async def _change_line(
    session: Session, row: LineTimerRow, change: LineChange, at: datetime
) -> tuple[InventoryChange | None, ItemRow]:
    """Returns None for a change that was made before."""
    today = local_day(await policy_versions.newest(session, row.tenant), at)

    def changed(before: InventoryState) -> InventoryState:
        return change.apply(before, ChangeInput(today=today, features=tuple(row.features)))

    item = await change_log.lock_item(session, _order_ref(row), row.item_id)
    return await change_log.change_by_timer(session, item, row.id, changed, at), item


async def _start(
    session: Session, order: Order, item: ItemRow, line: Line, *, at: datetime, written: int = 0
) -> LineTimerRow | None:
    """Start the timer that the line has, if it has one: compute its schedule, add its row, enqueue its workflow."""
    kind = timer_kind_of(line)
    if kind is None:
        return None
    ended_on = line.disconnected_on if line.status is LineStatus.DISCONNECTED else None
    policy, rules = await rules_in_force.load(session, order.tenant, at, on=ended_on)
    answers = {**(await order_rows.row_of(session, order.ref)).answers, **item.answers}
    earlier = (await line_timers.periods(session, order.tenant, [line.id], until=at)).get(line.id, ())
    start = TimerStart(
        policy=policy,
        rules=rules.of(line.carrier),
        unknown=rules.of_unknown(line.carrier),
        began=at,
        line=line,
        answers=answers,
        earlier=earlier,
    )
    plan = kind.plan(start)
    timer = TimerInput(
        ref=TimerRef(tenant=order.tenant, id=new_id()),
        order=order.ref,
        number=order.number,
        item_id=item.id,
        item_number=item.number,
        carrier=line.carrier,
        schedule=TimerSchedule(code=kind.code, points=plan.points),
        written=written,
    )
    row = _row(timer, start, kind, plan)
    await line_timers.add(session, row)
    await enqueue(session, start_timer(timer), notify_relay=True)
    return row


def _first_seq(item: ItemRow) -> int:
    return EVENTS_PER_ITEM * item.number


def _row(timer: TimerInput, start: TimerStart, kind: TimerKind, plan: TimerPlan) -> LineTimerRow:
    changes = timer.schedule.changes
    ends, limit = next(iter(changes), None), next((point for point in changes if _is_limit(point)), None)
    return LineTimerRow(
        tenant=timer.ref.tenant,
        id=timer.ref.id,
        kind=kind.code,
        line_id=start.line.id,
        order_id=timer.order.id,
        item_id=timer.item_id,
        reason=plan.reason,
        began_at=start.began,
        resume_on=plan.resume_on,
        last_day=plan.last_day,
        features=list(plan.features),
        ends_at=ends.at if ends else None,
        ends_by=ends.change if ends else None,
        limit_at=limit.at if limit else None,
        limit_by=limit.change if limit else None,
        rule_text=plan.rule_text,
        rule_source=plan.rule_source,
    )


def _is_limit(point: TimerPoint) -> bool:
    return point.change is not None and find_line_change(point.change).at_limit


async def _append(session: Session, row: LineTimerRow, line: LineRow, event: TimerEvent) -> None:
    """Add an event to the history of the order that started the timer, whatever that order's status is."""
    ref = _order_ref(row)
    order_row = await order_rows.row_of(session, ref)
    contacts = await contacts_of(session, line.tenant, [line.id])
    data = {
        "item_id": row.item_id,
        "account_id": line.account_id,
        "last_day": row.last_day.isoformat() if row.last_day else None,
        "holder_ids": [person_id for one in contacts for person_id in one.people],
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "ends_by": row.ends_by,
        "rule": row.rule_text,
    }
    if row.features:
        names = await product_names(session, row.tenant, row.features)
        data["features"] = [names.get(sku, sku) for sku in row.features]
    order_event = OrderEvent(
        seq=event.seq,
        at=event.at,
        event=event.event,
        status=Status(order_row.status),
        actor=event.actor,
        data=(*data.items(), *event.data),
    )
    await append_timer_event(session, await order_values.load(session, ref), order_event)


def _order_ref(row: LineTimerRow) -> OrderRef:
    return OrderRef(tenant=row.tenant, id=row.order_id)


async def _carrier_order(  # noqa: PLR0917 - a request is all of these
    session: Session, order: Order, row: LineTimerRow, line: LineRow, client_ref: str, request: CarrierRequest
) -> CarrierOrder:
    found = (await lines.at_carrier(session, line.tenant, [line.id])).get(line.id)
    item = CarrierOrderItem(
        item_id=row.item_id,
        action=request.action,
        subject=found.identifiers if found else Identifiers(),
        changes=request.changes(tuple(row.features)),
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
