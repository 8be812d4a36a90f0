from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.session import Database

_INSTALLMENTS_LEFT, _INSTALLMENT_AMOUNT = 8, 25


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
        characteristics = {"MDN": line.mdn, "planSku": line.plan, "lineStatus": line.status, **_contract(line)}
        found.setdefault(line.carrier, []).append({"id": line.carrier_product_id, "characteristics": characteristics})
    return found


def _contract(line: LineRow) -> Mapping[str, Any]:
    """A line in a contract also has a device of which installments are left."""
    if line.contract_until is None:
        return {}
    return {
        "contractUntil": line.contract_until.isoformat(),
        "installmentsLeft": _INSTALLMENTS_LEFT,
        "installmentAmount": _INSTALLMENT_AMOUNT,
    }
