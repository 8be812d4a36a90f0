"""Devices that orders return."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel


class ReturnCaseRow(SQLModel, table=True):
    """What an item of an order returns, or looks for, how far that is, and what is paid back or charged for it.

    `parent_order_id` and `parent_item_id` are the open order's item with which the device came, if there is one.
    `label_url` is the carrier's. `condition` is what the device was received in. `refund`, `chargeback` and
    `late_charge` are in the currency of the order, and go to `cost_center`. `late_charge` is what we charged at
    `charged_at`, because the device didn't come back in time.
    """

    __tablename__ = "return_case"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "order_id", "item_id"], ["order_item.tenant", "order_item.order_id", "order_item.id"]
        ),
        ForeignKeyConstraint(["tenant", "device_id"], ["device.tenant", "device.id"]),
        ForeignKeyConstraint(
            ["tenant", "parent_order_id", "parent_item_id"],
            ["order_item.tenant", "order_item.order_id", "order_item.id"],
        ),
        Index("return_case_device", "tenant", "device_id"),
        Index("return_case_parent", "tenant", "parent_order_id"),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    item_id: str = Field(primary_key=True)
    device_id: str
    parent_order_id: str | None = None
    parent_item_id: str | None = None
    cause: str
    state: str
    label_url: str | None = None
    received_at: datetime | None = None
    condition: str | None = None
    refund: Decimal | None = Field(default=None, max_digits=12, decimal_places=2)
    chargeback: Decimal | None = Field(default=None, max_digits=12, decimal_places=2)
    cost_center: str | None = None
    late_charge: Decimal | None = Field(default=None, max_digits=12, decimal_places=2)
    charged_at: datetime | None = None
