"""What the timers of a line say: its suspension, now or before, and until when its number can be recovered."""

from typing import Any

from api.inventory.schemas import PastSuspensionView, SuspensionView
from models.carrier_rule import RulesInForce
from models.db import rules_in_force
from models.db.inventory.tables import LineRow
from models.db.line_timers import line_timers
from models.db.line_timers.tables import LineTimerRow
from models.db.orders import order_rows
from models.db.session import Session
from models.inventory import LineStatus
from models.order import OrderRef
from models.timers import SUSPENSION
from policies.deadlines import local_day
from policies.timer_kinds.recover_window import last_day, recover_days


async def line_times(session: Session, line: LineRow) -> dict[str, Any]:
    """The fields of `LineDetails` that the last timer of the line has."""
    timer = await line_timers.latest(session, line.tenant, line.id)
    policy, rules = await rules_in_force.load(session, line.tenant, await session.now())
    found: dict[str, Any] = {
        "suspension": None,
        "last_suspension": None,
        "recoverable_until": None,
        "given_up_on": None,
    }
    if timer is not None and timer.kind == SUSPENSION:
        found |= await _suspension(session, timer)
    if line.status == LineStatus.DISCONNECTED:
        found |= {"recoverable_until": _recoverable_until(rules, line, timer)}
    if line.status == LineStatus.TERMINATED and timer is not None and timer.ended_at is not None:
        found |= {"given_up_on": local_day(policy, timer.ended_at)}
    return found


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


def _recoverable_until(rules: RulesInForce, line: LineRow, timer: LineTimerRow | None) -> Any:
    """What its timer says; by the carrier's rule for a line without one."""
    if timer is not None and timer.ended_at is None and timer.last_day is not None:
        return timer.last_day
    days = recover_days(rules.of(line.carrier))
    return last_day(line.disconnected_on, days) if line.disconnected_on else None
