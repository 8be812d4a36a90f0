from collections.abc import Mapping
from typing import Any

from models.db.inventory import lines
from models.db.session import Database
from models.inventory import Line

_INSTALLMENTS_LEFT, _INSTALLMENT_AMOUNT = 8, 25


async def carrier_products(database: Database) -> Mapping[str, list[dict[str, Any]]]:
    """The lines as products of their carriers, by carrier, as the simulated ones take them: also the disconnected."""
    async with database.read() as session:
        kept = await lines.kept_by_carriers(session)
    found: dict[str, list[dict[str, Any]]] = {}
    for line in kept:
        characteristics = {"MDN": line.mdn, "planSku": line.plan, "lineStatus": line.status, **_contract(line)}
        product = {"id": line.carrier_product_id, "characteristics": characteristics, **_end(line)}
        found.setdefault(line.carrier, []).append(product)
    return found


def _end(line: Line) -> Mapping[str, Any]:
    return {"active": False, "ended_on": line.disconnected_on.isoformat()} if line.disconnected_on else {}


def _contract(line: Line) -> Mapping[str, Any]:
    """A line in a contract also has a device of which installments are left."""
    if line.contract_until is None:
        return {}
    return {
        "contractUntil": line.contract_until.isoformat(),
        "installmentsLeft": _INSTALLMENTS_LEFT,
        "installmentAmount": _INSTALLMENT_AMOUNT,
    }
