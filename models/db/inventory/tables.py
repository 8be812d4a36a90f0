"""Lines, devices and SIMs, and the changes orders made to them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel import Field, SQLModel

from models.db.search_columns import number_indexes, search_index, stored_search
from models.holder import Holder
from models.inventory import DeviceLock, Ownership

# A line in one of these statuses is no longer in use; its phone number can belong to another line.
ENDED_LINE_STATUSES = ("void", "terminated", "disconnected")
ENDED_DEVICE_STATUSES = ENDED_SIM_STATUSES = ("void", "retired")


def _unique_in_use(name: str, column: str, ended: tuple[str, ...]) -> Index:
    in_use = text(f"{column} IS NOT NULL AND status NOT IN {ended}")
    return Index(name, "tenant", column, unique=True, postgresql_where=in_use)


def _as_held(table: str) -> tuple[ForeignKeyConstraint | CheckConstraint | Index, ...]:
    return (
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "site_id"], ["site.tenant", "site.id"]),
        CheckConstraint("person_id IS NULL OR site_id IS NULL", name=f"{table}_one_holder"),
        Index(f"{table}_person", "tenant", "person_id", "id"),
        Index(f"{table}_site", "tenant", "site_id", "id"),
        Index(f"{table}_status", "tenant", "status", "id"),
    )


class InventoryRow(SQLModel):
    """A device, SIM or line; `version` counts its changes."""

    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    status: str
    version: int = 0


class HeldRow(InventoryRow):
    """A device or a line, of a person or of a site, or of nobody."""

    person_id: str | None = None
    site_id: str | None = None

    @property
    def holder(self) -> Holder:
        return Holder.of(person_id=self.person_id, site_id=self.site_id)


class DeviceRow(HeldRow, table=True):
    """A device; of the devices with an IMEI, a MEID or an ESN, only one is not void or retired.

    A device that is not of the catalog has no `sku`, but a `make` and `model`. MEID and ESN are hexadecimal capitals.
    `location` says where it lies, such as a shelf; `lock` whether it works with other carriers' SIMs.
    """

    __tablename__ = "device"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        *_as_held("device"),
        ForeignKeyConstraint(["tenant", "sku"], ["product.tenant", "product.sku"]),
        _unique_in_use("device_imei", "imei", ENDED_DEVICE_STATUSES),
        _unique_in_use("device_imei2", "imei2", ENDED_DEVICE_STATUSES),
        _unique_in_use("device_meid", "meid", ENDED_DEVICE_STATUSES),
        _unique_in_use("device_esn", "esn", ENDED_DEVICE_STATUSES),
        Index("device_account", "tenant", "account_id", "id"),
        Index("device_serial", "tenant", "serial"),
        *number_indexes("device", "imei", "imei2", "meid", "esn"),
        search_index("device"),
    )
    sku: str | None = None
    account_id: str
    imei: str | None = None
    imei2: str | None = None
    block_listed_at: datetime | None = None
    ownership: str = Ownership.COMPANY
    make: str | None = None
    model: str | None = None
    serial: str | None = None
    meid: str | None = None
    esn: str | None = None
    condition: str | None = None
    purchased_on: date | None = None
    warranty_until: date | None = None
    lock: str = DeviceLock.UNKNOWN
    location: str | None = None
    search: str | None = stored_search()


class SimRow(InventoryRow, table=True):
    """A SIM card or eSIM profile; of those with an ICCID, only one is not void or retired."""

    __tablename__ = "sim"
    __table_args__ = (
        _unique_in_use("sim_iccid", "iccid", ENDED_SIM_STATUSES),
        *number_indexes("sim", "iccid", "eid"),
        Index("sim_iccid_digits", "tenant", text('"left"(iccid, 19)')),
    )
    carrier: str
    kind: str
    iccid: str | None = None
    eid: str | None = None


class LineRow(HeldRow, table=True):
    """A line; of the lines with a phone number, only one has not ended.

    `carrier_account` is the number of the billing account that the carrier charges for it.
    """

    __tablename__ = "line"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        *_as_held("line"),
        ForeignKeyConstraint(["tenant", "device_id"], ["device.tenant", "device.id"]),
        ForeignKeyConstraint(["tenant", "sim_id"], ["sim.tenant", "sim.id"]),
        ForeignKeyConstraint(["tenant", "number_brought_by"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(
            ["tenant", "carrier", "carrier_account"],
            ["carrier_account.tenant", "carrier_account.carrier", "carrier_account.number"],
        ),
        _unique_in_use("line_mdn", "mdn", ENDED_LINE_STATUSES),
        Index(
            "line_former_numbers",
            "former_numbers",
            postgresql_using="gin",
            postgresql_ops={"former_numbers": "jsonb_path_ops"},
        ),
        Index("line_account", "tenant", "account_id", "id"),
        Index("line_billing", "tenant", "carrier", "carrier_account", "account_id", "status"),
        Index("line_plan", "tenant", "carrier", "carrier_account", "status", "plan", "id"),
        Index("line_account_status", "tenant", "account_id", "status"),
        Index("line_sim", "tenant", "sim_id"),
        Index("line_device", "tenant", "device_id"),
        *number_indexes("line", "mdn"),
        search_index("line"),
        Index(
            "line_carrier_product",
            "carrier",
            "carrier_product_id",
            postgresql_where=text("carrier_product_id IS NOT NULL"),
        ),
    )
    carrier: str
    carrier_account: str | None = None
    carrier_product_id: str | None = None
    account_id: str
    plan: str
    features: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    feature_ends: list[dict[str, Any]] = Field(default=[], sa_column=Column(JSONB, nullable=False))
    mdn: str | None = None
    former_numbers: list[dict[str, Any]] = Field(default=[], sa_column=Column(JSONB, nullable=False))
    device_id: str | None = None
    sim_id: str | None = None
    cost_center: str | None = None
    activated_on: date | None = None
    upgrade_on: date | None = None
    contract_until: date | None = None
    suspended_for: str | None = None
    disconnected_on: date | None = None
    number_origin: str | None = None
    number_brought_by: str | None = None
    number_locked: bool = False
    sim_protected: bool = False
    subscriber_name: str | None = None
    labels: str | None = None
    service_address: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    search: str | None = stored_search()


class InventoryChangeRow(SQLModel, table=True):
    """A change by an order item: the inventory before and after it. Each kind is made once, a correction per task."""

    __tablename__ = "inventory_change"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("inventory_change_line", "tenant", "line_id"),
        Index("inventory_change_device", "tenant", text("(before #>> '{device,id}')")),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    item_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    line_id: str | None = None
    before: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime
