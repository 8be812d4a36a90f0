"""SQL clauses that queries of several aggregates share."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import col

from models.db.people.tables import PersonRow
from models.facts import Role


def matches(column: Any, other: Any) -> ColumnElement[bool]:
    """`column == other`, and the same for the tenants of their tables."""
    same_tenant = col(column.parent.entity.tenant) == col(other.parent.entity.tenant)
    return same_tenant & (col(column) == col(other))


def contains_words(words: str, *columns: Any) -> ColumnElement[bool]:
    """Each of the words occurs in at least one of the columns; true without words."""
    each = (or_(*(col(column).icontains(word, autoescape=True) for column in columns)) for word in words.split())
    return and_(true(), *each)


def equals_any(value: str, *columns: Any) -> ColumnElement[bool]:
    """At least one of the columns has this value."""
    return or_(*(col(column) == value for column in columns))


def has_role(role: Role) -> ColumnElement[bool]:
    """A PersonRow has this role."""
    return col(PersonRow.roles).contains([role.value])
