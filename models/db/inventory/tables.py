"""Lines, devices and SIMs as they are, what orders did to them, and who holds a line."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel import Field, SQLModel


def _once(name: str, column: str, *, unless: str) -> Index:
    return Index(name, "tenant", column, unique=True, postgresql_where=text(f"{column} IS NOT NULL AND {unless}"))


class DeviceRow(SQLModel, table=True):
    """A device; an IMEI belongs to one device that is not void or retired."""

    __tablename__ = "device"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "sku"], ["product.tenant", "product.sku"]),
        _once("device_imei", "imei", unless="status NOT IN ('void', 'retired')"),
        _once("device_imei2", "imei2", unless="status NOT IN ('void', 'retired')"),
        Index("device_person", "tenant", "person_id"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    sku: str
    status: str
    account_id: str
    person_id: str | None = None
    imei: str | None = None
    imei2: str | None = None
    reserved_by: str | None = None
    version: int = 0


class SimRow(SQLModel, table=True):
    """A SIM card or eSIM profile; an ICCID belongs to one that is not void or retired."""

    __tablename__ = "sim"
    __table_args__ = (_once("sim_iccid", "iccid", unless="status NOT IN ('void', 'retired')"),)
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    carrier: str
    status: str
    kind: str
    iccid: str | None = None
    eid: str | None = None
    version: int = 0


class LineRow(SQLModel, table=True):
    """A line; a telephone number belongs to one line that is not void, terminated or disconnected."""

    __tablename__ = "line"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "device_id"], ["device.tenant", "device.id"]),
        ForeignKeyConstraint(["tenant", "sim_id"], ["sim.tenant", "sim.id"]),
        _once("line_mdn", "mdn", unless="status NOT IN ('void', 'terminated', 'disconnected')"),
        Index("line_person", "tenant", "person_id"),
        Index("line_account", "tenant", "account_id"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    carrier: str
    status: str
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
    version: int = 0


class InventoryChangeRow(SQLModel, table=True):
    """One effect of one item, exactly once: what the inventory was before, and after."""

    __tablename__ = "inventory_change"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("effect_line", "tenant", "line_id"),
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
    """An order's claim on one aspect of a line; `hold` is all of it, from placing to inventory."""

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
    taken_at: datetime


class SuspensionTimerRow(SQLModel, table=True):
    """A clock on a line: a suspension that runs, or how it ended.

    `reason` and `resume_on` are what the order said, `ends_at` and `ends_by` what comes first, `limit_at` and
    `limit_by` what the carrier does whatever happens before, by the rule of this code, text and source. `attention`
    says what an operator has to mend.
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
