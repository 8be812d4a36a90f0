from collections.abc import Collection, Mapping
from datetime import date, datetime

from models.db.fact_loader import FactLoader
from models.db.line_timers import line_timers
from models.db.session import Session
from models.facts import NamedLine
from models.inventory import LineStatus
from models.optional_facts.recover_windows import RECOVER_WINDOWS
from models.order import OrderRequest


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, date | None]:
    del now
    ended = [one.line.id for one in lines if one.line.status is LineStatus.DISCONNECTED]
    return await line_timers.recover_windows(session, request.tenant, ended)


RECOVER_WINDOWS_LOADER = FactLoader(fact=RECOVER_WINDOWS, load=_load)
