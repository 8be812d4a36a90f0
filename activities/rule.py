"""Asking the rules: facts from the database, judged by the policies."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import update
from sqlmodel import col
from temporalio import activity

from activities.history import append_events, approval_needed
from models.db import facts
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.db.session import Database, Session
from models.lifecycle import Event, Status
from models.order import Actor, ActorKind, Channel, Deadlines, Order, OrderEvent, OrderRef, Ruling
from policies import deadlines
from policies.evaluate import rule


@dataclass(frozen=True, kw_only=True)
class RuleCall:
    """Rule on this order, and write what comes of it as entry number `seq`."""

    ref: OrderRef
    seq: int
    at: datetime
    earlier: tuple[OrderEvent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """The ruling, and the clock of the first stage where there is one."""

    ruling: Ruling
    clock: Deadlines | None


_RULED = TypeAdapter(Ruled)


class RuleActivities:
    """The activity that rules; a second delivery returns what the first one decided."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def rule(self, call: RuleCall) -> Ruled:
        """Price the order, judge it, plan its approval, and write down where that leaves it."""
        async with self._database.transaction() as session:
            row = await session.get_one(OrderRow, (call.ref.tenant, call.ref.id), with_for_update=True)
            order = order_values.from_rows(row, await order_values.items_of(session, call.ref))
            if row.ruling is None:
                ruled = await judge(session, order, call.at)
            else:
                ruled = _RULED.validate_python(row.ruling)
            await append_events(session, order, (*call.earlier, _entry(call, ruled)))
        return ruled


async def judge(session: Session, order: Order, at: datetime) -> Ruled:
    """Rule on an order and keep the ruling in its row."""
    known = await facts.for_order(session, order)
    ruling = rule(known)
    clock = deadlines.for_stage(known.policy, at) if ruling.allowed and ruling.plan else None
    ruled = Ruled(ruling=ruling, clock=clock)
    await _keep(session, order.ref, ruled)
    return ruled


async def _keep(session: Session, ref: OrderRef, ruled: Ruled) -> None:
    quote = ruled.ruling.quote
    values: dict[str, Any] = {
        "ruling": to_jsonable_python(ruled),
        "policy_version": ruled.ruling.policy_version,
        "flags": list(ruled.ruling.flags),
        "one_time": quote.one_time,
        "monthly": quote.monthly,
        "term_total": quote.term_total,
        "term_months": quote.term_months,
    }
    await session.exec(
        update(OrderRow).where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id).values(values)
    )


def _entry(call: RuleCall, ruled: Ruled) -> OrderEvent:
    ruling = ruled.ruling
    rules = Actor(
        kind=ActorKind.RULE,
        id=f"policy:{ruling.policy_version}",
        name=f"Policy, version {ruling.policy_version}",
        channel=Channel.SYSTEM,
    )
    entry = OrderEvent(seq=call.seq, at=call.at, event=Event.APPROVED, status=Status.APPROVED, actor=rules)
    if not ruling.allowed:
        reason = " ".join(refusal.detail for refusal in ruling.refusals)
        errors = to_jsonable_python(ruling.refusals)
        data = (("reason", reason), ("errors", errors))
        return replace(entry, event=Event.REJECTED, status=Status.REJECTED, data=data)
    if ruled.clock is None:
        return replace(entry, data=(("by", ruling.decided_by),))
    asking = replace(entry, event=Event.APPROVAL_NEEDED, status=Status.AWAITING_APPROVAL)
    return approval_needed(asking, ruling.plan[0], ruled.clock, 1)
