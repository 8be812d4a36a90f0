"""The kits of a company."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, func
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field, SQLModel, col


class KitRow(SQLModel, table=True):
    """What people with one of the job titles `roles` (empty: all people) usually get together.

    `device` and `plan` are SKUs, and so are `features` and `accessories`.
    """

    __tablename__ = "kit"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "device"], ["product.tenant", "product.sku"]),
        ForeignKeyConstraint(["tenant", "plan"], ["product.tenant", "product.sku"]),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    name: str
    roles: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    device: str
    plan: str
    features: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    accessories: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    active: bool = True


Index("kit_name", col(KitRow.tenant), func.search_form(col(KitRow.name)), unique=True)
