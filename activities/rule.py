"""Applying the ruling that an order was submitted with."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydantic_core import to_jsonable_python
from temporalio import activity

from activities.approvals import approval_needed
from activities.history import StepInput, append_events
from models.db.catalog import policy_versions
from models.db.order_lock import lock_order
from models.db.orders import order_rows, order_values
from models.db.session import Database
from models.events.approval import APPROVAL_NEEDED, APPROVED, REJECTED
from models.lifecycle import Status
from models.order import Actor, ActorKind, Channel, Deadlines, OrderEvent, Ruling
from policies import deadlines


@dataclass(frozen=True, kw_only=True)
class RuleInput(StepInput):
    """The result is recorded as event number `seq`."""

    seq: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """The ruling, and the deadlines of its first approval stage, if it has one."""

    ruling: Ruling
    deadlines: Deadlines | None


class RuleActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def rule(self, request: RuleInput) -> RuleResult:
        """Record that the ruling rejects the order, approves it, or asks its first approvers. Idempotent."""
        async with self._database.transaction() as session:
            row = await lock_order(session, request.ref)
            order = order_values.from_rows(row, await order_rows.items_of(session, request.ref))
            ruling = order_values.ruling_of(row)
            policy = await policy_versions.get(session, order.tenant, ruling.policy_version)
            times = deadlines.stage_deadlines(policy, request.at) if ruling.allowed and ruling.plan else None
            await append_events(session, order, (*request.earlier_events, _event(request, ruling, times)))
        return RuleResult(ruling=ruling, deadlines=times)


def _event(request: RuleInput, ruling: Ruling, times: Deadlines | None) -> OrderEvent:
    policy = Actor(
        kind=ActorKind.RULE,
        id=f"policy:{ruling.policy_version}",
        name=f"Policy v{ruling.policy_version}",
        channel=Channel.SYSTEM,
    )
    approved = OrderEvent(seq=request.seq, at=request.at, event=APPROVED.code, status=Status.APPROVED, actor=policy)
    if not ruling.allowed:
        reason = " ".join(error.detail for error in ruling.errors)
        data = (("reason", reason), ("errors", to_jsonable_python(ruling.errors)))
        return replace(approved, event=REJECTED.code, status=Status.REJECTED, data=data)
    if times is None:
        return replace(approved, data=(("by", ruling.decided_by),))
    asked = replace(approved, event=APPROVAL_NEEDED.code, status=Status.AWAITING_APPROVAL)
    return approval_needed(asked, ruling.plan[0], times, 1)
