"""Locks of orders on lines and devices."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel


class LockRow(SQLModel, table=True):
    """An order's lock on one aspect of a thing; aspect `hold` locks all of it while it is at the carrier."""

    __tablename__ = "lock"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("lock_order", "tenant", "order_id"),
    )
    tenant: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=26)
    aspect: str = Field(primary_key=True)
    order_id: str
    item_id: str
    locked_at: datetime
