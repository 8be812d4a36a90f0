"""Idempotency keys: the first request with a key creates the order, later ones find it."""

from sqlmodel import col, select

from models.db.orders.tables import IdempotencyRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.errors import IdempotencyKeyReused

_FIND = Statement[IdempotencyRow](
    select(IdempotencyRow).where(
        col(IdempotencyRow.tenant) == param("tenant"),
        col(IdempotencyRow.person_id) == param("person_id"),
        col(IdempotencyRow.key) == param("key"),
    ),
    IdempotencyRow,
)


async def find(session: Session, tenant: str, person_id: str, key: str) -> str | None:
    """The id of the order a key created, if any."""
    known = await session.first(_FIND, tenant=tenant, person_id=person_id, key=key)
    return known.order_id if known else None


async def claim(session: Session, wanted: IdempotencyRow) -> str | None:
    """Claim a key for a new order; None if it was free, else the id of the order it created.

    A second request with the same key waits until the first one's transaction ends. Raises IdempotencyKeyReused if
    the key was used with another body.
    """
    if await session.insert_once(wanted):
        return None
    known = await session.first(_FIND, tenant=wanted.tenant, person_id=wanted.person_id, key=wanted.key)
    if known is None or known.body_hash != wanted.body_hash:
        raise IdempotencyKeyReused("This Idempotency-Key was used for a different request. Use a new key.")
    return known.order_id
