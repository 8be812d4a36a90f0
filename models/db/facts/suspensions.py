from collections.abc import Collection, Mapping
from datetime import datetime

from models.db.fact_loader import FactLoader
from models.db.session import Session
from models.db.suspension_timers import suspension_timers
from models.facts import NamedLine
from models.optional_facts.suspensions import SUSPENSIONS
from models.order import OrderRequest
from models.timers import SuspensionPeriod


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, tuple[SuspensionPeriod, ...]]:
    return await suspension_timers.periods(session, request.tenant, [one.line.id for one in lines], until=now)


SUSPENSIONS_LOADER = FactLoader(fact=SUSPENSIONS, load=_load)
