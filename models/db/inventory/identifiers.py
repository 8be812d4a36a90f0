"""SIMs and devices that carriers name and a line can get, as the inventory has them: in use, and on no line in use."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select

from models.db.clauses import matches
from models.db.inventory.tables import (
    ENDED_DEVICE_STATUSES,
    ENDED_LINE_STATUSES,
    ENDED_SIM_STATUSES,
    DeviceRow,
    LineRow,
    SimRow,
)
from models.db.session import Session
from models.identifiers import ICCID_DIGITS


async def free_sims(session: Session, tenant: str, told: Collection[str]) -> Mapping[tuple[str, str], str]:
    """By their carrier and what carriers say, with or without the check digit."""
    if not told:
        return {}
    digits = {iccid[:ICCID_DIGITS]: iccid for iccid in told}
    here = (
        col(SimRow.tenant) == tenant,
        col(SimRow.status).not_in(ENDED_SIM_STATUSES),
        ~_is_on_line(LineRow.sim_id, SimRow.id),
    )
    query = select(SimRow.carrier, SimRow.iccid).where(*here, func.left(SimRow.iccid, ICCID_DIGITS).in_(digits.keys()))
    rows = await session.all(query)
    return {(carrier, digits[iccid[:ICCID_DIGITS]]): iccid for carrier, iccid in rows if iccid}


async def free_devices(session: Session, tenant: str, told: Collection[str]) -> Mapping[str, str]:
    """By each of their IMEIs."""
    if not told:
        return {}
    here = (
        col(DeviceRow.tenant) == tenant,
        col(DeviceRow.status).not_in(ENDED_DEVICE_STATUSES),
        ~_is_on_line(LineRow.device_id, DeviceRow.id),
    )
    imeis = or_(col(DeviceRow.imei).in_(told), col(DeviceRow.imei2).in_(told))
    rows = await session.all(select(DeviceRow.imei, DeviceRow.imei2).where(*here, imeis))
    return {imei: imei for row in rows for imei in row if imei and imei in told}


def _is_on_line(column: Any, thing: Any) -> ColumnElement[bool]:
    return select(LineRow.id).where(matches(column, thing), col(LineRow.status).not_in(ENDED_LINE_STATUSES)).exists()
