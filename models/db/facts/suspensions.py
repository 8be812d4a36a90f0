from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ARRAY, TEXT, any_
from sqlmodel import col, select

from models.db.clauses import matches
from models.db.fact_loader import FactLoader
from models.db.line_timers import line_timers
from models.db.line_timers.tables import LineTimerRow
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.facts import NamedLine
from models.optional_facts.suspensions import RUNNING_SUSPENSIONS, SUSPENSIONS, RunningSuspension
from models.order import OrderRequest
from models.timers import SUSPENSION, SuspensionPeriod

_RUNNING = Statement[tuple[LineTimerRow, str]](
    select(LineTimerRow, OrderRow.requester_id)
    .join(OrderRow, matches(OrderRow.id, LineTimerRow.order_id))
    .where(
        col(LineTimerRow.tenant) == param("tenant"),
        col(LineTimerRow.line_id) == any_(param("ids", ARRAY(TEXT))),
        col(LineTimerRow.state) == line_timers.RUNNING,
        col(LineTimerRow.kind) == SUSPENSION,
    ),
    LineTimerRow,
    None,
)


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, tuple[SuspensionPeriod, ...]]:
    return await line_timers.periods(session, request.tenant, [one.line.id for one in lines], until=now)


async def _load_running(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, RunningSuspension]:
    del now
    rows = await session.all(_RUNNING, tenant=request.tenant, ids=[one.line.id for one in lines])
    return {
        timer.line_id: RunningSuspension(requester_id=requester_id, resume_on=timer.resume_on)
        for timer, requester_id in rows
    }


SUSPENSIONS_LOADER = FactLoader(fact=SUSPENSIONS, load=_load)
RUNNING_SUSPENSIONS_LOADER = FactLoader(fact=RUNNING_SUSPENSIONS, load=_load_running)
