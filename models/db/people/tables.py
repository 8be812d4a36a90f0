"""Tenants and people."""

from datetime import date
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel import Field, SQLModel

from models.db.search_columns import computed_search, search_index


class TenantRow(SQLModel, table=True):
    """A customer. `id` is a short slug used in workflow ids.

    `support_…` is whom its people turn to, `branding_line` what its pages end with. The mailbox `security_email` gets
    a copy of each security notice about someone's access.
    """

    __tablename__ = "tenant"
    id: str = Field(primary_key=True, max_length=32)
    name: str
    kind: str = "enterprise"
    support_name: str | None = None
    support_phone: str | None = None
    branding_line: str | None = None
    security_email: str | None = None
    legal_email: str | None = None
    fraud_email: str | None = None
    payroll_email: str | None = None


class PersonRow(SQLModel, table=True):
    """A person. `owns` lists the ids of the accounts they own; an owner also owns the accounts below.

    `starts_on` is the first day of a person who has not started yet. `successor_id` is who takes over the approvals,
    accounts and cost centers of a person who leaves. On `moves_on` the person gets those of the three
    `next_…` that are given.

    """

    __tablename__ = "person"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "manager_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        ForeignKeyConstraint(["tenant", "next_manager_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "next_account_id"], ["account.tenant", "account.id"]),
        ForeignKeyConstraint(["tenant", "successor_id"], ["person.tenant", "person.id"]),
        Index("person_moves", "moves_on", postgresql_where=text("moves_on IS NOT NULL")),
        Index("person_email", "tenant", "email", unique=True),
        Index("person_employee_number", "tenant", "employee_number", unique=True),
        Index("person_manager", "tenant", "manager_id"),
        Index("person_owns", "owns", postgresql_using="gin"),
        Index("person_account", "tenant", "account_id"),
        Index("person_name", "tenant", "name", "id"),
        search_index("person"),
        Index("person_roles", "roles", postgresql_using="gin"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    name: str
    email: str
    employee_number: str
    title: str = ""
    active: bool = True
    manager_id: str | None = None
    account_id: str | None = None
    cost_center: str | None = None
    phone: str | None = None
    roles: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    groups: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    owns: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    address: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    starts_on: date | None = None
    leaves_on: date | None = None
    successor_id: str | None = None
    moves_on: date | None = None
    next_manager_id: str | None = None
    next_account_id: str | None = None
    next_cost_center: str | None = None
    search: str | None = computed_search("name || ' ' || email || ' ' || employee_number")


class ManagementRow(SQLModel, table=True):
    """A person is below a manager: reports to them, or to someone below them.

    The database keeps the rows, from the managers of all people; nothing else writes them.
    """

    __tablename__ = "management"
    __table_args__ = (Index("management_person", "tenant", "person_id"),)
    tenant: str = Field(primary_key=True)
    manager_id: str = Field(primary_key=True, max_length=26)
    person_id: str = Field(primary_key=True, max_length=26)
