"""Accounts and their cost centers."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel


class AccountRow(SQLModel, table=True):
    """A company or department; `number` is the carrier's FA number."""

    __tablename__ = "account"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "parent_id"], ["account.tenant", "account.id"]),
        Index("account_number", "tenant", "number", unique=True),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    number: str = Field(max_length=32)
    name: str
    kind: str = "department"
    segment: str = "business"
    parent_id: str | None = None
    active: bool = True


class CostCenterRow(SQLModel, table=True):
    """A cost center and the owner of its budget."""

    __tablename__ = "cost_center"
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    code: str = Field(primary_key=True, max_length=32)
    name: str
    owner_id: str | None = None
    active: bool = True
