from collections.abc import Collection, Mapping
from datetime import date, datetime

from models.db import recover_windows
from models.db.fact_loader import FactLoader
from models.db.session import Session
from models.facts import NamedLine
from models.optional_facts.recover_windows import RECOVER_WINDOWS
from models.order import OrderRequest


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, date | None]:
    return await recover_windows.load(session, request.tenant, [one.line for one in lines], now)


RECOVER_WINDOWS_LOADER = FactLoader(fact=RECOVER_WINDOWS, load=_load)
