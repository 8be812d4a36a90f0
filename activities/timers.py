"""Starting, running and ending the timers of lines."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.carrier_order import billing_account
from activities.differences import close_differences
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
from models.formatting import lock_holder
from models.inventory import InventoryState, Line, LineStatus
from models.lifecycle import Status
from models.line_change import CarrierRequest, ChangeInput, LineChange, find_line_change
from models.lock import Thing, in_the_way
from models.order import Identifiers, Order, OrderEvent, OrderRef
from models.order_type import ThingKind
from models.timers import (
    FEATURES_ENDING,
    RESUMED_BY_ORDER,
    STOPPED,
    TimerEvent,
    TimerInput,
    TimerPoint,
    TimerRef,
    TimerSchedule,
)
from policies.deadlines import local_day
from policies.timer_kind import TimerKind, TimerPlan, TimerStart, timer_kinds

_ENDED = frozenset({LineStatus.DISCONNECTED, LineStatus.TERMINATED})


@dataclass(frozen=True, kw_only=True)
class RecordTimerEventInput:
    """`problem`: what an operator must fix from now on; None if there is nothing to fix.

    `refused`: the features that the carrier has not removed, if it has removed the others.
    """

    ref: TimerRef
    event: TimerEvent
    problem: str | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TimerRequestInput:
    """`change` is the code of the `LineChange`; `declined_ref`: our reference of the request that was declined."""

    ref: TimerRef
    change: str
    event: TimerEvent
    declined_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class TimerRequestResult:
    """Our reference of the request, or what it waits for.

    Neither: the timer has ended.
    """

    client_ref: str | None = None
    waits_for: str | None = None


@dataclass(frozen=True, kw_only=True)
class EndTimerInput:
    """`change` is the code of a `LineChange`."""

    ref: TimerRef
    change: str
    event: TimerEvent


async def follow_line(session: Session, order: Order, item: ItemRow, done: InventoryChange, at: datetime) -> None:
    """End the timers of a line that no longer have what they follow after an order, and start those that begin with it.

    Carrier and company have the same now. The bills of a line that it has disconnected are watched until it is back.
    """
    before, after = done.before.line, done.after.line
    if after is None:
        return
    if before is not None:
        await close_differences(session, order.tenant, done, at)
        for row in await line_timers.running_on(session, order.tenant, before.id):
            if not _stands(row, after):
                is_resumed = row.kind != FEATURES_ENDING and after.status is LineStatus.ACTIVE
                outcome = RESUMED_BY_ORDER if is_resumed else STOPPED
                await line_timers.stop(session, row, by=order.ref, outcome=outcome, at=at)
    await _start(session, order, item, before, after, at=at)
    if before is not None and before.status is after.status:
        return
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
            if not await _still_stands(session, row, line, request.event.at):
                return False
            if request.refused:
                await _remove_others(session, row, line, request)
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
        """Ask the carrier to change the line, which is held meanwhile, unless an order is changing it.

        An open request is not repeated.
        """
        asked = find_line_change(request.change).request
        assert asked is not None, "only such a change is requested"
        async with self._database.transaction() as session:
            row, line = await line_timers.lock(session, request.ref)
            if not await _still_stands(session, row, line, request.event.at):
                return TimerRequestResult()
            if asked.in_service and line.status != LineStatus.ACTIVE:
                return TimerRequestResult(waits_for="the line to be in service")
            held_by = await _held_by(session, row, asked, request.event.at)
            if held_by is not None:
                return TimerRequestResult(waits_for=lock_holder(held_by))
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
            if not await _still_stands(session, row, line, request.event.at):
                return row.outcome or STOPPED
            change = find_line_change(request.change)
            features = _features_left(row, value_of(Line, line))
            done, item = await _change_line(session, row, change, features, request.event.at, key=row.id)
            await line_timers.end(session, row, change.outcome, request.event.at)
            event = request.event
            if done is not None and done.after.line is not None:
                order = await order_values.load(session, _order_ref(row))
                begun = await _start(session, order, item, done.before.line, done.after.line, at=event.at)
                last_days = (one.last_day.isoformat() for one in begun if one.last_day)
                event = replace(event, data=(*event.data, *(("last_day", last) for last in last_days)))
            await _append(session, row, line, event, features)
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


def _stands(row: LineTimerRow, line: Line) -> bool:
    return timer_kinds()[row.kind].stands(line, row.features, row.last_day)


async def _still_stands(session: Session, row: LineTimerRow, line: LineRow, at: datetime) -> bool:
    """Whether the timer runs and has what it follows; if something else than an order has taken that, it ends."""
    if row.state != line_timers.RUNNING:
        return False
    stands = _stands(row, value_of(Line, line))
    if not stands:
        await line_timers.end(session, row, STOPPED, at)
    return stands


def _features_left(row: LineTimerRow, line: Line) -> tuple[str, ...]:
    return line.ending(row.features, row.last_day)


async def _held_by(session: Session, row: LineTimerRow, asked: CarrierRequest, at: datetime) -> str | None:
    """What keeps the carrier from being asked, an order or PLANNED_CHANGE; if nothing, the timer holds the line."""
    claims = await locks.claims_on(session, row.tenant, Thing(kind=ThingKind.LINE, id=row.line_id))
    conflict = in_the_way(asked.waits_for, claims)
    return conflict[1] if conflict else await line_timers.hold_line(session, row, at)


async def _remove_others(session: Session, row: LineTimerRow, line: LineRow, request: RecordTimerEventInput) -> None:
    """Change the line as far as the carrier has; the timer follows what it has refused."""
    features = _features_left(row, value_of(Line, line))
    removed = tuple(sku for sku in features if sku not in request.refused)
    assert row.ends_by is not None, "a timer of features has a change"
    key = f"{row.id}:{request.event.seq}"
    await _change_line(session, row, find_line_change(row.ends_by), removed, request.event.at, key=key)
    row.features = [sku for sku in row.features if sku not in removed]


async def _change_line(
    session: Session, row: LineTimerRow, change: LineChange, features: tuple[str, ...], at: datetime, *, key: str
) -> tuple[InventoryChange | None, ItemRow]:
    """Returns None for a change that was made before."""
    today = local_day(await policy_versions.newest(session, row.tenant), at)

    def changed(before: InventoryState) -> InventoryState:
        return change.apply(before, ChangeInput(today=today, features=features))

    item = await change_log.lock_item(session, _order_ref(row), row.item_id)
    done = await change_log.change_by_timer(session, item, key, changed, at)
    if done is not None:
        await close_differences(session, row.tenant, done, at)
    return done, item


async def _start(
    session: Session, order: Order, item: ItemRow, before: Line | None, after: Line, *, at: datetime
) -> list[LineTimerRow]:
    """Start the timers that begin with a change of a line."""
    begins = [(kind, line) for kind in timer_kinds().values() for line in kind.begins(before, after)]
    return [await _start_timer(session, order, item, kind, line, at=at) for kind, line in begins]


async def _start_timer(
    session: Session, order: Order, item: ItemRow, kind: TimerKind, line: Line, *, at: datetime
) -> LineTimerRow:
    """Compute the schedule of a timer, add its row, enqueue its workflow."""
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
        seq_offset=await line_timers.next_seq_offset(session, order.ref, item),
    )
    row = _row(timer, start, kind, plan)
    await line_timers.add(session, row)
    await enqueue(session, start_timer(timer), notify_relay=True)
    return row


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
        seq_offset=timer.seq_offset,
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


async def _append(
    session: Session, row: LineTimerRow, line: LineRow, event: TimerEvent, features: Collection[str] | None = None
) -> None:
    """Add an event to the history of the order that started the timer, whatever that order's status is.

    `features` are those it is about, by default those of the timer that the line still has.
    """
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
        about = _features_left(row, value_of(Line, line)) if features is None else features
        names = await product_names(session, row.tenant, about)
        data["features"] = [names.get(sku, sku) for sku in about]
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
        changes=request.changes(_features_left(row, value_of(Line, line))),
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
