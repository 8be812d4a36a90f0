"""Versions of the tenants' policies."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import BindParameter, ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.db.catalog.tables import PolicyRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.facts import Policy

_POLICY = TypeAdapter(Policy)
_NEWER = aliased(PolicyRow)
_OF_TENANT = select(PolicyRow).where(col(PolicyRow.tenant) == param("tenant"))
_NEWEST = Statement[PolicyRow](_OF_TENANT.order_by(col(PolicyRow.version).desc()).limit(1), PolicyRow)
_VERSION = Statement[PolicyRow](_OF_TENANT.where(col(PolicyRow.version) == param("version")), PolicyRow)


async def newest(session: Session, tenant: str) -> Policy:
    """The newest version of a tenant's policy, or the defaults of a new tenant."""
    row = await session.first(_NEWEST, tenant=tenant)
    return value_of(row)


async def get(session: Session, tenant: str, version: int) -> Policy:
    """One version of a tenant's policy; version 0 is the defaults of a new tenant."""
    row = await session.first(_VERSION, tenant=tenant, version=version)
    return value_of(row)


def in_force(tenant: str | BindParameter[str]) -> ColumnElement[bool]:
    """The newest version of a tenant's policy, as a join condition."""
    newest = select(func.max(_NEWER.version)).where(_NEWER.tenant == tenant).scalar_subquery()
    return (col(PolicyRow.tenant) == tenant) & (col(PolicyRow.version) == newest)


async def add(session: Session, tenant: str, policy: Policy, *, at: datetime, by: str) -> Policy:
    """Put the next version of a tenant's policy into effect; two at the same time get one after the other."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{tenant}:policy", 0))))
    last = await session.first(select(func.max(PolicyRow.version)).where(col(PolicyRow.tenant) == tenant))
    version = (last or 0) + 1
    added = replace(policy, version=version)
    await session.insert(
        PolicyRow(
            tenant=tenant,
            version=version,
            document=document_of(added),
            created_at=at,
            created_by=by,
        )
    )
    return added


def document_of(policy: Policy) -> dict[str, Any]:
    """The policy as JSON values."""
    fields = {name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(policy).items()}
    document: dict[str, Any] = to_jsonable_python(fields)
    return document


def value_of(row: PolicyRow | None) -> Policy:
    """The policy of a row; without a row, the defaults of a new tenant."""
    return replace(_POLICY.validate_python(row.document), version=row.version) if row else Policy()
