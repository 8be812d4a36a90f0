"""Idempotency keys: the first request with a key creates the order, later ones find it."""

from models.db.orders.tables import IdempotencyRow
from models.db.session import Session
from models.errors import IdempotencyKeyReused


async def find(session: Session, tenant: str, person_id: str, key: str) -> str | None:
    """The id of the order a key created, if any."""
    known = await session.get(IdempotencyRow, (tenant, person_id, key))
    return known.order_id if known else None


async def claim(session: Session, wanted: IdempotencyRow) -> str | None:
    """Claim a key for a new order; None if it was free, else the id of the order it created.

    A second request with the same key waits until the first one's transaction ends. Raises IdempotencyKeyReused if
    the key was used with another body.
    """
    if await session.insert_once(wanted):
        return None
    known = await session.get(IdempotencyRow, (wanted.tenant, wanted.person_id, wanted.key))
    if known is None or known.body_hash != wanted.body_hash:
        raise IdempotencyKeyReused("This Idempotency-Key was used for a different request. Use a new key.")
    return known.order_id
