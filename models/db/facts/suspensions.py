from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import col, select

from models.db.clauses import matches
from models.db.fact_loader import FactLoader
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.db.suspension_timers import suspension_timers
from models.db.suspension_timers.tables import SuspensionTimerRow
from models.facts import NamedLine
from models.optional_facts.suspensions import RUNNING_SUSPENSIONS, SUSPENSIONS, RunningSuspension
from models.order import OrderRequest
from models.timers import SuspensionPeriod


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, tuple[SuspensionPeriod, ...]]:
    return await suspension_timers.periods(session, request.tenant, [one.line.id for one in lines], until=now)


async def _load_running(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, RunningSuspension]:
    del now
    rows = await session.all(
        select(SuspensionTimerRow, OrderRow.requester_id)
        .join(OrderRow, matches(OrderRow.id, SuspensionTimerRow.order_id))
        .where(
            col(SuspensionTimerRow.tenant) == request.tenant,
            col(SuspensionTimerRow.line_id).in_([one.line.id for one in lines]),
            col(SuspensionTimerRow.state) == suspension_timers.RUNNING,
        )
    )
    return {
        timer.line_id: RunningSuspension(requester_id=requester_id, resume_on=timer.resume_on)
        for timer, requester_id in rows
    }


SUSPENSIONS_LOADER = FactLoader(fact=SUSPENSIONS, load=_load)
RUNNING_SUSPENSIONS_LOADER = FactLoader(fact=RUNNING_SUSPENSIONS, load=_load_running)
