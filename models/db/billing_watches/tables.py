"""Lines whose bills must not charge them anymore."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field, SQLModel


class BillingWatchRow(SQLModel, table=True):
    """A line that no bill may charge for days after `no_charges_after`, because an order has ended it.

    It is watched until the day `until`; then a person is asked, and it is over once they have checked the bill, or the
    line is in service again.
    """

    __tablename__ = "billing_watch"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        CheckConstraint("state IN ('watching', 'asked', 'ended')", name="billing_watch_state_allowed"),
        Index("billing_watch_open", "tenant", "line_id", unique=True, postgresql_where=text("state <> 'ended'")),
        Index("billing_watch_due", "until", postgresql_where=text("state = 'watching'")),
    )
    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=26)
    line_id: str
    order_id: str
    item_id: str
    no_charges_after: date
    until: date
    state: str = "watching"
