"""Applying the rules to an order: by the ruling it was submitted with, and on the facts of a later day."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from pydantic_core import to_jsonable_python
from temporalio import activity

from activities.approvals import approval_needed
from activities.history import StepInput, append_events
from models.approval_plan import Deadlines
from models.db.catalog import policy_versions
from models.db.facts.base import for_order
from models.db.orders import order_rows, order_values
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Database, Session
from models.events.approval import APPROVAL_NEEDED, APPROVED, PRICE_CHANGED, REJECTED
from models.facts import Facts, Policy
from models.lifecycle import Status
from models.order import Actor, ActorKind, Changes, Channel, Order, OrderEvent, OrderRef, Ruling
from models.questions.shipping import SHIP_TO
from models.waiting import WaitTimes
from notifications.order_changes import price_increase
from policies import deadlines, eligibility, evaluate, pricing


@dataclass(frozen=True, kw_only=True)
class RuleInput(StepInput):
    """The result is recorded as event number `seq`."""

    seq: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RuleAgainInput(StepInput):
    """The new price is recorded as event number `seq`, the request to approve it, or that none is needed, as the next.

    `round` is the round of approvals that begins.
    """

    seq: int
    at: datetime
    round: int


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """The ruling, the deadlines of its first approval stage, if it has one, and how long the order waits for others."""

    ruling: Ruling
    deadlines: Deadlines | None
    wait_times: WaitTimes


class RuleActivities:
    """All are idempotent: an event is recorded once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def rule(self, request: RuleInput) -> RuleResult:
        """Record that the ruling rejects the order, approves it, or asks its first approvers."""
        async with self._database.transaction() as session:
            row, items = await order_values.lock_rows(session, request.ref)
            order, ruling = order_values.from_rows(row, items), order_values.ruling_of(row)
            policy = await policy_versions.get(session, order.tenant, ruling.policy_version)
            times = deadlines.stage_deadlines(policy, request.at) if ruling.allowed and ruling.plan else None
            await append_events(session, order, (*request.earlier_events, _event(request, ruling, times)))
        return RuleResult(ruling=ruling, deadlines=times, wait_times=_wait_times(policy, request.at, order))

    @activity.defn
    async def find_changes(self, request: StepInput) -> Changes:
        """What has changed since the order was submitted or approved."""
        async with self._database.transaction() as session:
            row, items = await order_values.lock_rows(session, request.ref)
            await append_events(session, order_values.from_rows(row, items), request.earlier_events)
            return await changes_of(session, row, items)

    @activity.defn
    async def rule_again(self, request: RuleAgainInput) -> RuleResult:
        """Give the order the price and the approval plan of today, and ask the first approvers to approve them."""
        async with self._database.transaction() as session:
            row, items = await order_values.lock_rows(session, request.ref)
            order, before = order_values.from_rows(row, items), order_values.ruling_of(row)
            ruling = await _reprice(session, row, items) if row.seq < request.seq else before
            policy = await policy_versions.get(session, order.tenant, ruling.policy_version)
            times = deadlines.stage_deadlines(policy, request.at) if ruling.plan else None
            await append_events(
                session, order, (*request.earlier_events, *_price_changed(request, before, ruling, times))
            )
        return RuleResult(ruling=ruling, deadlines=times, wait_times=_wait_times(policy, request.at, order))


def _wait_times(policy: Policy, at: datetime, order: Order) -> WaitTimes:
    return deadlines.wait_times(policy, at, ships=order.type.asks(SHIP_TO.code))


async def changes_of(session: Session, row: OrderRow, items: Sequence[ItemRow], known: Facts | None = None) -> Changes:
    """What has changed since an order was submitted or approved; `known` are its facts, if they were just loaded."""
    return evaluate.changes(known or await facts_of(session, row, items), order_values.ruling_of(row))


async def facts_of(session: Session, row: OrderRow, items: Sequence[ItemRow]) -> Facts:
    """The facts by which an order is evaluated again."""
    needs = eligibility.needs_again(order_values.type_of(row))
    return await for_order(session, row, items, needs=needs)


async def _reprice(session: Session, row: OrderRow, items: Sequence[ItemRow]) -> Ruling:
    """Store the ruling and the prices of today, unless the order is no longer allowed; returns the stored ruling."""
    known = await facts_of(session, row, items)
    ruling = evaluate.evaluate_again(known)
    if not ruling.allowed:
        return order_values.ruling_of(row)
    prices = zip(items, pricing.price_items(known), strict=True)
    await order_rows.reprice(
        session, OrderRef(tenant=row.tenant, id=row.id), ruling, {item.id: vars(price) for item, price in prices}
    )
    return ruling


def _price_changed(
    request: RuleAgainInput, before: Ruling, ruling: Ruling, times: Deadlines | None
) -> Iterator[OrderEvent]:
    changed = OrderEvent(
        seq=request.seq,
        at=request.at,
        event=PRICE_CHANGED.code,
        status=Status.AWAITING_APPROVAL if times else Status.APPROVED,
        actor=_policy(ruling),
        data=(
            ("before", asdict(before.quote)),
            ("after", asdict(ruling.quote)),
            ("detail", price_increase(before.quote, ruling.quote)),
        ),
    )
    yield changed
    if times is None:
        yield replace(changed, seq=request.seq + 1, event=APPROVED.code, data=(("by", ruling.decided_by),))
    else:
        asked = replace(changed, seq=request.seq + 1, event=APPROVAL_NEEDED.code, data=())
        yield approval_needed(asked, ruling.plan[0], times, request.round)


def _policy(ruling: Ruling) -> Actor:
    return Actor(
        kind=ActorKind.RULE,
        id=f"policy:{ruling.policy_version}",
        name=f"Policy v{ruling.policy_version}",
        channel=Channel.SYSTEM,
    )


def _event(request: RuleInput, ruling: Ruling, times: Deadlines | None) -> OrderEvent:
    approved = OrderEvent(
        seq=request.seq, at=request.at, event=APPROVED.code, status=Status.APPROVED, actor=_policy(ruling)
    )
    if not ruling.allowed:
        reason = " ".join(error.detail for error in ruling.errors)
        data = (("reason", reason), ("errors", to_jsonable_python(ruling.errors)))
        return replace(approved, event=REJECTED.code, status=Status.REJECTED, data=data)
    if times is None:
        return replace(approved, data=(("by", ruling.decided_by),))
    asked = replace(approved, event=APPROVAL_NEEDED.code, status=Status.AWAITING_APPROVAL)
    return approval_needed(asked, ruling.plan[0], times, 1)
