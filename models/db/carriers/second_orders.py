"""Orders that a carrier has under our reference beside the one that counts."""

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlmodel import col, select

from models.db.carriers.tables import CarrierOrderRow, SecondOrderRow
from models.db.session import NO_SYNC, Session
from models.order import CancelResult

# A process that asked the carrier and did not note its answer by then has died.
ASKED_AGAIN_AFTER = timedelta(minutes=2)


async def add(session: Session, row: CarrierOrderRow, carrier_ref: str) -> None:
    """The carrier has another order under the reference of this submission. Idempotent."""
    await session.insert_once(
        SecondOrderRow(
            carrier=row.carrier, carrier_ref=carrier_ref, tenant=row.tenant, order_id=row.order_id, round=row.round
        )
    )


async def claim(session: Session, carrier: str, *, since: datetime) -> SecondOrderRow | None:
    """A second order about which the carrier was to be asked at `since`, by the database's clock."""
    asked_at = col(SecondOrderRow.asked_at)
    row = await session.first(
        select(SecondOrderRow)
        .where(
            col(SecondOrderRow.carrier) == carrier,
            col(SecondOrderRow.answer).is_(None),
            or_(asked_at.is_(None), asked_at + ASKED_AGAIN_AFTER <= since),
        )
        .order_by(asked_at.nulls_first())
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.asked_at = await session.now()
    return row


async def answered(session: Session, row: SecondOrderRow, answer: CancelResult) -> bool:
    """Note the carrier's answer; False if it is known already."""
    this = col(SecondOrderRow.carrier) == row.carrier, col(SecondOrderRow.carrier_ref) == row.carrier_ref
    noted = (
        update(SecondOrderRow)
        .where(*this, col(SecondOrderRow.answer).is_(None))
        .values(answer=answer)
        .execution_options(**NO_SYNC)
    )
    return await session.affected(noted) == 1
