"""Products, contract prices and policies."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel import Field, SQLModel


class ProductRow(SQLModel, table=True):
    """A product with its list price, which people never see: they see contract prices.

    `fits` lists the SKUs it is compatible with (empty: all), `groups` the groups that can see it (empty: everyone).
    `offerings` are the carriers' own ids of it (productOffering), by the carrier's code.
    The lines of a billing account can share a plan's data: at least `pool_minimum` lines with this plan, or lines with
    this plan that use the data of a line whose plan is `shared_primary`.
    """

    __tablename__ = "product"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "shared_primary"], ["product.tenant", "product.sku"]),
        CheckConstraint("pool_minimum > 1", name="product_pool_minimum"),
        CheckConstraint("shared_primary <> sku", name="product_shared_primary"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    sku: str = Field(primary_key=True, max_length=64)
    kind: str
    name: str
    carrier: str | None = None
    one_time: Decimal = Field(max_digits=12, decimal_places=2)
    monthly: Decimal = Field(max_digits=12, decimal_places=2)
    currency: str = Field(default="USD", max_length=3)
    fits: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    groups: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    in_policy: bool = True
    active: bool = True
    pool_minimum: int | None = None
    shared_primary: str | None = None
    offerings: dict[str, str] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    attributes: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))


class PriceRow(SQLModel, table=True):
    """An account's contract price; the accounts below it inherit the price."""

    __tablename__ = "price"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        ForeignKeyConstraint(["tenant", "sku"], ["product.tenant", "product.sku"]),
    )
    tenant: str = Field(primary_key=True)
    account_id: str = Field(primary_key=True)
    sku: str = Field(primary_key=True)
    one_time: Decimal = Field(max_digits=12, decimal_places=2)
    monthly: Decimal = Field(max_digits=12, decimal_places=2)


class PolicyRow(SQLModel, table=True):
    """A tenant's policy, one row per version; the highest version applies. `document` is a models.facts.Policy."""

    __tablename__ = "policy"
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    created_at: datetime
    created_by: str
