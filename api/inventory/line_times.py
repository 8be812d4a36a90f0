"""The times of a line: its suspension, now or before, until when its number can be recovered, and its coming plan."""

from typing import Any

from api.inventory.schemas import ComingPlanView, PastSuspensionView, ProductView, SuspensionView
from models.db import recover_windows
from models.db.catalog import policy_versions
from models.db.inventory.tables import LineRow
from models.db.line_timers import line_timers
from models.db.line_timers.tables import LineTimerRow
from models.db.orders import coming_plans, order_rows
from models.db.session import Session
from models.inventory import Device, Line, LineStatus
from models.order import OrderRef
from models.timers import SUSPENSION
from policies.check import LineState
from policies.deadlines import local_day
from policies.reconnection import closed_on


async def line_times(session: Session, line: LineRow) -> dict[str, Any]:
    """The fields of `LineDetails` that the line's last timer and the orders for its plan have."""
    timer = await line_timers.latest(session, line.tenant, line.id)
    found: dict[str, Any] = {
        "suspension": None,
        "last_suspension": None,
        "recoverable_until": None,
        "given_up_on": None,
        "coming_plan": await _coming_plan(session, line),
    }
    if timer is not None and timer.kind == SUSPENSION:
        found |= await _suspension(session, timer)
    if line.status == LineStatus.DISCONNECTED:
        windows = await recover_windows.load(session, line.tenant, [line], await session.now())
        found |= {"recoverable_until": windows.get(line.id)}
    if line.status == LineStatus.TERMINATED and timer is not None and timer.ended_at is not None:
        policy = await policy_versions.newest(session, line.tenant)
        found |= {"given_up_on": local_day(policy, timer.ended_at)}
    return found


async def _coming_plan(session: Session, line: LineRow) -> ComingPlanView | None:
    coming = await coming_plans.coming_plan(session, line)
    if coming is None:
        return None
    policy = await policy_versions.newest(session, line.tenant)
    return ComingPlanView(
        plan=ProductView(sku=coming.sku, name=coming.name),
        starts_on=local_day(policy, coming.effective_at) if coming.effective_at else None,
        order=coming.order,
    )


async def _suspension(session: Session, timer: LineTimerRow) -> dict[str, Any]:
    named = {
        "order": await _number(session, timer, timer.order_id),
        "since": timer.began_at,
        "reason": timer.reason or "",
    }
    if timer.ended_at is None:
        shown = timer.model_dump() | named | {"rule": timer.rule_text}
        return {"suspension": SuspensionView.model_validate(shown)}
    ended_by = await _number(session, timer, timer.ended_by) if timer.ended_by else None
    ended = {"until": timer.ended_at, "outcome": timer.outcome, "ended_by": ended_by}
    return {"last_suspension": PastSuspensionView.model_validate(named | ended)}


async def _number(session: Session, timer: LineTimerRow, order_id: str) -> str:
    return (await order_rows.row_of(session, OrderRef(tenant=timer.tenant, id=order_id))).number


async def state_of(session: Session, line: Line, row: LineRow, device: Device | None) -> LineState:
    """What can refuse orders for a line."""
    if line.status is not LineStatus.DISCONNECTED:
        return LineState(line=line, device=device)
    now = await session.now()
    policy = await policy_versions.newest(session, row.tenant)
    last = (await recover_windows.load(session, row.tenant, [row], now)).get(row.id)
    return LineState(line=line, device=device, closed_on=closed_on(line, last, local_day(policy, now)))
