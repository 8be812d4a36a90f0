"""SIMs and devices in use that carriers name, as the inventory has them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class KnownThing:
    """A SIM or device that the company has, by its number, and whether it is on no line in use."""

    name: str
    is_free: bool


async def known_sims(session: Session, tenant: str, told: Collection[str]) -> Mapping[tuple[str, str], KnownThing]:
    """By their carrier and what carriers say, with or without the check digit."""
    if not told:
        return {}
    digits = {iccid[:ICCID_DIGITS]: iccid for iccid in told}
    here = (col(SimRow.tenant) == tenant, col(SimRow.status).not_in(ENDED_SIM_STATUSES))
    columns = (col(SimRow.carrier), col(SimRow.iccid), ~_is_on_line(LineRow.sim_id, SimRow.id))
    query = select(*columns).where(*here, func.left(SimRow.iccid, ICCID_DIGITS).in_(digits.keys()))
    return {
        (carrier, digits[iccid[:ICCID_DIGITS]]): KnownThing(name=iccid, is_free=is_free)
        for carrier, iccid, is_free in await session.all(query)
        if iccid
    }


async def known_devices(session: Session, tenant: str, told: Collection[str]) -> Mapping[str, KnownThing]:
    """By each of their IMEIs."""
    if not told:
        return {}
    here = (col(DeviceRow.tenant) == tenant, col(DeviceRow.status).not_in(ENDED_DEVICE_STATUSES))
    imeis = or_(col(DeviceRow.imei).in_(told), col(DeviceRow.imei2).in_(told))
    columns = (col(DeviceRow.imei), col(DeviceRow.imei2), ~_is_on_line(LineRow.device_id, DeviceRow.id))
    return {
        imei: KnownThing(name=imei, is_free=is_free)
        for *both, is_free in await session.all(select(*columns).where(*here, imeis))
        for imei in both
        if imei and imei in told
    }


def _is_on_line(column: Any, thing: Any) -> ColumnElement[bool]:
    return select(LineRow.id).where(matches(column, thing), col(LineRow.status).not_in(ENDED_LINE_STATUSES)).exists()
