from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, TEXT, all_, any_, func, literal
from sqlmodel import col, select

from models.db.clauses import matches
from models.db.exclusive_answers import given
from models.db.fact_loader import FactLoader
from models.db.inventory.tables import ENDED_SIM_STATUSES, LineRow, SimRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.facts import NamedLine
from models.inventory import SimStatus
from models.optional_facts.sims import SIMS_IN_USE
from models.order import OrderRequest
from models.questions.sim import ICCID

_iccids = param("iccids", ARRAY(TEXT))
_answered = func.coalesce(col(ItemRow.iccid), col(ItemRow.answers)[ICCID.code].as_string())
_ordered: Any = (
    select(_answered.label("iccid"), col(ItemRow.line_id).label("line_id"), literal(0).label("rank"))
    .join(OrderRow, matches(OrderRow.id, ItemRow.order_id))
    .where(
        col(OrderRow.tenant) == param("tenant"),
        col(OrderRow.id) != param("order_id"),
        col(OrderRow.closed_at).is_(None),
        _answered == any_(_iccids),
    )
)
_in_service: Any = (
    select(col(SimRow.iccid), col(LineRow.id), literal(1))
    .outerjoin(LineRow, matches(LineRow.sim_id, SimRow.id))
    .where(
        col(SimRow.tenant) == param("tenant"),
        col(SimRow.iccid) == any_(_iccids),
        col(SimRow.status) != all_(literal([SimStatus.IN_STOCK, *ENDED_SIM_STATUSES], ARRAY(TEXT))),
    )
)
# Those in service come last, so that they count.
_IN_USE = Statement[tuple[str, str | None, int]](_ordered.union_all(_in_service).order_by("rank"))


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, str]:
    del lines, now
    iccids = set(given(ICCID, request))
    if not iccids:
        return {}
    found = await session.all(_IN_USE, tenant=request.tenant, iccids=[*iccids], order_id=request.order_id or "")
    return {iccid: line_id or "" for iccid, line_id, _ in found}


SIMS_IN_USE_LOADER = FactLoader(fact=SIMS_IN_USE, load=_load)
