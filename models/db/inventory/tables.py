"""Lines, devices and SIMs, the changes orders made to them, and what is in progress on a line."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel import Field, SQLModel

# A line in one of these statuses is no longer in use; its phone number can belong to another line.
ENDED_LINE_STATUSES = ("void", "terminated", "disconnected")
_ENDED_DEVICE_STATUSES = _ENDED_SIM_STATUSES = ("void", "retired")


def _unique_in_use(name: str, column: str, ended: tuple[str, ...]) -> Index:
    in_use = text(f"{column} IS NOT NULL AND status NOT IN {ended}")
    return Index(name, "tenant", column, unique=True, postgresql_where=in_use)


class InventoryRow(SQLModel):
    """A device, SIM or line; `version` counts its changes."""

    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    status: str
    version: int = 0


class DeviceRow(InventoryRow, table=True):
    """A device; of the devices with an IMEI, only one is not void or retired."""

    __tablename__ = "device"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "sku"], ["product.tenant", "product.sku"]),
        _unique_in_use("device_imei", "imei", _ENDED_DEVICE_STATUSES),
        _unique_in_use("device_imei2", "imei2", _ENDED_DEVICE_STATUSES),
        Index("device_person", "tenant", "person_id"),
    )
    sku: str
    account_id: str
    person_id: str | None = None
    imei: str | None = None
    imei2: str | None = None


class SimRow(InventoryRow, table=True):
    """A SIM card or eSIM profile; of those with an ICCID, only one is not void or retired."""

    __tablename__ = "sim"
    __table_args__ = (_unique_in_use("sim_iccid", "iccid", _ENDED_SIM_STATUSES),)
    carrier: str
    kind: str
    iccid: str | None = None
    eid: str | None = None


class LineRow(InventoryRow, table=True):
    """A line; of the lines with a phone number, only one has not ended."""

    __tablename__ = "line"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "device_id"], ["device.tenant", "device.id"]),
        ForeignKeyConstraint(["tenant", "sim_id"], ["sim.tenant", "sim.id"]),
        _unique_in_use("line_mdn", "mdn", ENDED_LINE_STATUSES),
        Index("line_person", "tenant", "person_id"),
        Index("line_account", "tenant", "account_id"),
    )
    carrier: str
    account_id: str
    person_id: str | None = None
    plan: str
    features: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(TEXT), nullable=False))
    mdn: str | None = None
    device_id: str | None = None
    sim_id: str | None = None
    cost_center: str | None = None
    activated_on: date | None = None
    upgrade_on: date | None = None


class InventoryChangeRow(SQLModel, table=True):
    """An effect of an order item, applied once: the inventory before and after it."""

    __tablename__ = "inventory_change"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("inventory_change_line", "tenant", "line_id"),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    item_id: str = Field(primary_key=True)
    effect: str = Field(primary_key=True)
    line_id: str | None = None
    before: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime


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


class SuspensionTimerRow(SQLModel, table=True):
    """A suspended line's timer, while it runs and after it ended.

    `reason` and `resume_on` come from the order. `ends_at` and `ends_by` are the next end of the suspension, `limit_at`
    and `limit_by` the end by the carrier's rule, which is kept as code, text and source. `attention` is the problem an
    operator has to fix, None if there is none.
    """

    __tablename__ = "suspension_timer"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("suspension_timer_running", "tenant", "line_id", unique=True, postgresql_where=text("state = 'running'")),
        Index("suspension_timer_line", "tenant", "line_id", "began_at"),
        Index("suspension_timer_order", "tenant", "order_id"),
    )
    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=26)
    kind: str
    line_id: str
    order_id: str
    item_id: str
    reason: str
    began_at: datetime
    resume_on: date | None = None
    ends_at: datetime | None = None
    ends_by: str | None = None
    limit_at: datetime | None = None
    limit_by: str | None = None
    rule: str
    rule_text: str
    rule_source: str
    state: str = "running"
    attention: str | None = None
    outcome: str | None = None
    ended_at: datetime | None = None
