"""SIMs and devices in use that carriers name, as the inventory has them."""

from collections.abc import Collection, Mapping

from sqlmodel import col, func, or_, select

from models.db.inventory.tables import ENDED_DEVICE_STATUSES, ENDED_SIM_STATUSES, DeviceRow, SimRow
from models.db.session import Session
from models.identifiers import ICCID_DIGITS


async def of_sims(session: Session, tenant: str, told: Collection[str]) -> Mapping[str, str]:
    """By what carriers say, with or without the check digit."""
    if not told:
        return {}
    digits = {iccid[:ICCID_DIGITS]: iccid for iccid in told}
    here = col(SimRow.tenant) == tenant, col(SimRow.status).not_in(ENDED_SIM_STATUSES)
    rows = await session.all(
        select(SimRow.iccid).where(*here, func.left(SimRow.iccid, ICCID_DIGITS).in_(digits.keys()))
    )
    return {digits[iccid[:ICCID_DIGITS]]: iccid for iccid in rows if iccid}


async def of_devices(session: Session, tenant: str, told: Collection[str]) -> Mapping[str, str]:
    """By each of their IMEIs."""
    if not told:
        return {}
    here = col(DeviceRow.tenant) == tenant, col(DeviceRow.status).not_in(ENDED_DEVICE_STATUSES)
    imeis = or_(col(DeviceRow.imei).in_(told), col(DeviceRow.imei2).in_(told))
    rows = await session.all(select(DeviceRow.imei, DeviceRow.imei2).where(*here, imeis))
    return {imei: imei for row in rows for imei in row if imei and imei in told}
