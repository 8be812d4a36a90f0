"""Until when lines that were disconnected can be reconnected."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from models.carrier_rule import RulesInForce
from models.db import rules_in_force
from models.db.inventory.tables import LineRow
from models.db.line_timers import line_timers
from models.db.session import Session
from models.inventory import Line, LineStatus
from models.rule_kinds.disconnection import published_last_day

# An order that reconnects a line makes it pending.
_CAN_RETURN = frozenset({LineStatus.DISCONNECTED, LineStatus.PENDING})


async def load(session: Session, tenant: str, lines: Iterable[Line | LineRow], now: datetime) -> dict[str, date | None]:
    """The last day of each of these lines that can be reconnected; None if its carrier doesn't publish it.

    It is the one that the line's timer has, or had; for a line without one, by the rule of the day on which the line
    was disconnected.
    """
    ended = {line.id: line for line in lines if line.status in _CAN_RETURN and line.disconnected_on is not None}
    timers = await line_timers.last_recovering(session, tenant, ended)
    by_day: dict[date, RulesInForce] = {}
    found: dict[str, date | None] = {}
    for line_id, line in ended.items():
        timer, day = timers.get(line_id), line.disconnected_on
        assert day is not None
        if timer is not None and timer.began_at.date() >= day - timedelta(days=1):  # of this time, in any time zone
            found[line_id] = timer.last_day
            continue
        if day not in by_day:
            _, by_day[day] = await rules_in_force.load(session, tenant, now, on=day)
        found[line_id] = published_last_day(by_day[day].of(line.carrier), day)
    return found
