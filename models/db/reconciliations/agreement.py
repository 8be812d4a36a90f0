"""Differences that an import has settled: its lines have now what their carriers report, or have ended."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, case, func, update
from sqlmodel import col, select

from models.carrier_report import DifferenceKind
from models.db.clauses import matches
from models.db.inventory.tables import ENDED_LINE_STATUSES, DeviceRow, LineRow, SimRow
from models.db.reconciliations.tables import DifferenceRow
from models.db.session import NO_SYNC, Session
from models.identifiers import ICCID_DIGITS


async def close_agreed(
    session: Session, tenant: str, line_ids: Collection[str], *, import_number: int, at: datetime
) -> None:
    """Close what an import of these lines has settled, so that it is open again if the import is undone."""
    agrees = (
        select(LineRow.id)
        .outerjoin(SimRow, matches(SimRow.id, LineRow.sim_id))
        .outerjoin(DeviceRow, matches(DeviceRow.id, LineRow.device_id))
        .where(matches(LineRow.id, DifferenceRow.line_id), _agrees() | col(LineRow.status).in_(ENDED_LINE_STATUSES))
        .correlate(DifferenceRow)
        .exists()
    )
    await session.exec(
        update(DifferenceRow)
        .where(
            col(DifferenceRow.tenant) == tenant,
            col(DifferenceRow.line_id) == func.any(list(line_ids)),
            col(DifferenceRow.closed_at).is_(None),
            agrees,
        )
        .values(closed_at=at, import_number=import_number)
        .execution_options(**NO_SYNC)
    )


def _agrees() -> ColumnElement[bool]:
    theirs: Any = DifferenceRow.theirs
    told = theirs[1]
    return case(
        {
            DifferenceKind.STATUS.value: told == col(LineRow.status),
            DifferenceKind.ACCOUNT.value: told == col(LineRow.carrier_account),
            DifferenceKind.PLAN.value: told == col(LineRow.plan),
            DifferenceKind.FEATURES.value: theirs.contained_by(LineRow.features) & theirs.contains(LineRow.features),
            DifferenceKind.NUMBER.value: told == col(LineRow.mdn),
            DifferenceKind.SIM.value: _without_check_digit(told) == _without_check_digit(SimRow.iccid),
            DifferenceKind.DEVICE.value: told.in_([DeviceRow.imei, DeviceRow.imei2]),
        },
        value=col(DifferenceRow.kind),
        else_=False,
    )


def _without_check_digit(iccid: Any) -> ColumnElement[str]:
    return func.left(iccid, ICCID_DIGITS, type_=Text)
