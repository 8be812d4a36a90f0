"""Idempotency keys: the first request with a key makes the order, the others find it."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.db.orders.tables import IdempotencyRow
from models.db.session import Session
from models.errors import IdempotencyKeyReused


async def find(session: Session, tenant: str, person_id: str, key: str) -> str | None:
    """The order a key has made, if it has made one."""
    known = await session.get(IdempotencyRow, (tenant, person_id, key))
    return known.order_id if known else None


async def claim(session: Session, wanted: IdempotencyRow) -> str | None:
    """Claim a key for a new order; None when it is ours now, else the order it made before.

    A second request with the same key waits here until the first one's transaction has ended. Raises
    IdempotencyKeyReused when the key came with another body.
    """
    added = (
        insert(IdempotencyRow).values(wanted.model_dump()).on_conflict_do_nothing().returning(col(IdempotencyRow.key))
    )
    if (await session.exec(added)).first() is not None:
        return None
    known = await session.get(IdempotencyRow, (wanted.tenant, wanted.person_id, wanted.key))
    if known is None or known.body_hash != wanted.body_hash:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request; choose a new one.")
    return known.order_id
