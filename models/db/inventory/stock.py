"""SIMs that no line uses yet."""

from collections.abc import Collection

from sqlmodel import col, select

from models.db.inventory.inventory_values import value_of
from models.db.inventory.tables import SimRow
from models.db.session import Session
from models.inventory import Sim, SimStatus


async def lock_sims(session: Session, tenant: str, iccids: Collection[str]) -> dict[str, Sim]:
    """The SIMs in stock with these ICCIDs, by ICCID, locked until the transaction ends."""
    if not iccids:
        return {}
    rows = await session.all(
        select(SimRow)
        .where(col(SimRow.tenant) == tenant, col(SimRow.iccid).in_(iccids), col(SimRow.status) == SimStatus.IN_STOCK)
        .order_by(col(SimRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {str(row.iccid): value_of(Sim, row) for row in rows}
