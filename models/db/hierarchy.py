"""The trees of accounts and of people, as recursive SQL."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, CTE, TEXT, BindParameter, ColumnElement, Select, any_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import array
from sqlmodel import col

from models.db.accounts.tables import AccountRow
from models.db.people.tables import ManagementRow, PersonRow

Value = str | BindParameter[Any]
_MAX_HEIGHT = 32  # a longer chain of managers is a cycle


def accounts_below(tenant: Value, roots: Collection[str] | BindParameter[list[str]]) -> Select[str]:
    """Ids of these accounts and of all accounts below them; a cycle ends."""
    is_root = col(AccountRow.id) == any_(roots) if isinstance(roots, BindParameter) else col(AccountRow.id).in_(roots)
    below = select(col(AccountRow.id)).where(col(AccountRow.tenant) == tenant, is_root).cte(recursive=True)
    children = (
        select(col(AccountRow.id))
        .join(below, col(AccountRow.parent_id) == below.c.id)
        .where(col(AccountRow.tenant) == tenant)
    )
    return select(below.union(children).c.id)


def accounts_above(tenant: Value, account_id: Value) -> CTE:
    """An account (distance 0) and all above it: id, parent_id, active, `distance` rising."""
    columns = (col(AccountRow.id), col(AccountRow.parent_id), col(AccountRow.active))
    account = select(*columns, literal(0).label("distance")).where(
        col(AccountRow.tenant) == tenant, col(AccountRow.id) == account_id
    )
    above = account.cte("accounts_above", recursive=True)
    parent = (
        select(*columns, above.c.distance + 1)
        .join(above, col(AccountRow.id) == above.c.parent_id)
        .where(col(AccountRow.tenant) == tenant)
    )
    return above.union_all(parent)


def accounts_above_each(tenant: Value, which: ColumnElement[bool]) -> CTE:
    """The accounts that `which` selects (distance 0) and all above them: id, `distance` rising, and `below`.

    `below` is the id of the account that is selected.
    """
    columns = col(AccountRow.id), col(AccountRow.parent_id)
    accounts: Select[*tuple[Any, ...]] = select(
        *columns, literal(0).label("distance"), col(AccountRow.id).label("below")
    ).where(col(AccountRow.tenant) == tenant, which)
    above = accounts.cte("accounts_above_each", recursive=True)
    parent = (
        select(*columns, above.c.distance + 1, above.c.below)
        .join(above, col(AccountRow.id) == above.c.parent_id)
        .where(col(AccountRow.tenant) == tenant)
    )
    return above.union_all(parent)


def owns(account_id: Any) -> ColumnElement[bool]:
    """A PersonRow owns the account of a column."""
    return col(PersonRow.owns).contains(cast(array([account_id]), ARRAY(TEXT)))


def owns_any(accounts: CTE) -> ColumnElement[bool]:
    """A PersonRow owns at least one of these accounts."""
    return col(PersonRow.owns).bool_op("&&")(cast(func.array(select(accounts.c.id).scalar_subquery()), ARRAY(TEXT)))


def people_below(tenant: Value, person_id: Value) -> Select[str]:
    """Ids of everyone below this person, at any depth."""
    return select(col(ManagementRow.person_id)).where(
        col(ManagementRow.tenant) == tenant, col(ManagementRow.manager_id) == person_id
    )


def is_below(tenant: Value, person_id: Value, other_id: Any) -> ColumnElement[bool]:
    """The column has the id of someone below this person, at any depth."""
    return people_below(tenant, person_id).where(col(ManagementRow.person_id) == other_id).exists()


def people_above(tenant: Value, who: ColumnElement[bool]) -> CTE:
    """The people whom `who` selects (height 0) and all their managers: id, manager_id, `height` rising, and `below`.

    `below` is the id of the person who is selected.
    """
    columns = (col(PersonRow.id), col(PersonRow.manager_id))
    first: Select[*tuple[Any, ...]] = select(
        *columns, literal(0).label("height"), col(PersonRow.id).label("below")
    ).where(col(PersonRow.tenant) == tenant, who)
    above = first.cte("people_above", recursive=True)
    managers = (
        select(*columns, above.c.height + 1, above.c.below)
        .join(above, col(PersonRow.id) == above.c.manager_id)
        .where(col(PersonRow.tenant) == tenant, above.c.height < _MAX_HEIGHT)
    )
    return above.union_all(managers)
