"""Opening an order: the ruling it was submitted with, and who is asked first."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydantic_core import to_jsonable_python
from temporalio import activity

from activities.history import append_events, approval_needed
from models.db import facts
from models.db.orders import order_values
from models.db.session import Database
from models.lifecycle import Event, Status
from models.order import Actor, ActorKind, Channel, Deadlines, OrderEvent, OrderRef, Ruling
from policies import deadlines


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


class RuleActivities:
    """The activity that opens an order under the ruling it was submitted with. Safe to run twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def rule(self, call: RuleCall) -> Ruled:
        """Write down where the ruling leaves the order: rejected, approved, or waiting for its first stage."""
        async with self._database.transaction() as session:
            row = await order_values.lock(session, call.ref)
            order = order_values.from_rows(row, await order_values.items_of(session, call.ref))
            ruling = order_values.ruling_of(row)
            policy = await facts.policy_version(session, order.tenant, ruling.policy_version)
            clock = deadlines.for_stage(policy, call.at) if ruling.allowed and ruling.plan else None
            ruled = Ruled(ruling=ruling, clock=clock)
            await append_events(session, order, (*call.earlier, _entry(call, ruled)))
        return ruled


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
