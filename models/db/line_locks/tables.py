"""Locks of orders on lines."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel


class LineLockRow(SQLModel, table=True):
    """An order's lock on one aspect of a line; aspect `hold` locks the whole line while it is at the carrier."""

    __tablename__ = "line_lock"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        Index("line_lock_order", "tenant", "order_id"),
    )
    tenant: str = Field(primary_key=True)
    line_id: str = Field(primary_key=True)
    aspect: str = Field(primary_key=True)
    order_id: str
    item_id: str
    locked_at: datetime
