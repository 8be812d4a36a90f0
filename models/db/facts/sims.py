from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from models.db.clauses import matches
from models.db.exclusive_answers import given
from models.db.fact_loader import FactLoader
from models.db.inventory.tables import ENDED_SIM_STATUSES, LineRow, SimRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.facts import NamedLine
from models.inventory import SimStatus
from models.optional_facts.sims import SIMS_IN_USE
from models.order import OrderRequest
from models.questions.sim import ICCID


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, str]:
    del lines, now
    iccids = set(given(ICCID, request))
    if not iccids:
        return {}
    in_service = (
        select(col(SimRow.iccid), col(LineRow.id))
        .outerjoin(LineRow, matches(LineRow.sim_id, SimRow.id))
        .where(
            col(SimRow.tenant) == request.tenant,
            col(SimRow.iccid).in_(iccids),
            col(SimRow.status).not_in((SimStatus.IN_STOCK, *ENDED_SIM_STATUSES)),
        )
    )
    answered = func.coalesce(col(ItemRow.iccid), col(ItemRow.answers)[ICCID.code].as_string())
    ordered = (
        select(answered, col(ItemRow.line_id))
        .join(OrderRow, matches(OrderRow.id, ItemRow.order_id))
        .where(
            col(OrderRow.tenant) == request.tenant,
            col(OrderRow.id) != (request.order_id or ""),
            col(OrderRow.closed_at).is_(None),
            answered.in_(iccids),
        )
    )
    found = [*await session.all(ordered), *await session.all(in_service)]
    return {iccid: line_id or "" for iccid, line_id in found if iccid}


SIMS_IN_USE_LOADER = FactLoader(fact=SIMS_IN_USE, load=_load)
