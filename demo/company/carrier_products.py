from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.session import Database


async def carrier_products(database: Database) -> Mapping[str, list[dict[str, Any]]]:
    """The lines in use as products of their carriers, by carrier, as the simulated ones take them."""
    async with database.transaction() as session:
        lines = await session.all(
            select(LineRow)
            .where(col(LineRow.carrier_product_id).is_not(None), col(LineRow.status).not_in(ENDED_LINE_STATUSES))
            .order_by(col(LineRow.id))
        )
    found: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        characteristics = {"MDN": line.mdn, "planSku": line.plan, "lineStatus": line.status}
        found.setdefault(line.carrier, []).append({"id": line.carrier_product_id, "characteristics": characteristics})
    return found
