"""The filters that lists of lines and lists of devices share."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import col

from models.db.hierarchy import accounts_below
from models.db.inventory.tables import DeviceRow, LineRow


@dataclass(frozen=True, kw_only=True)
class InventoryFilters:
    """Empty or None means any; `account` includes all accounts below it.

    `words` must all occur in a number, the holder's name or the device's name; `identifier` is one whole number.
    """

    status: tuple[str, ...] = ()
    account: str | None = None
    holder: str | None = None
    words: str = ""
    identifier: str | None = None


def filter_clauses(
    table: type[LineRow] | type[DeviceRow], filters: InventoryFilters, tenant: str, after: str | None
) -> list[ColumnElement[bool]]:
    """Rows of a tenant, after the row with the id `after`, by status, holder and account."""
    clauses = [col(table.tenant) == tenant]
    if after is not None:
        clauses.append(col(table.id) > after)
    if filters.status:
        clauses.append(col(table.status).in_(filters.status))
    if filters.holder is not None:
        clauses.append(col(table.person_id).is_not_distinct_from(filters.holder))
    if filters.account is not None:
        clauses.append(col(table.account_id).in_(accounts_below(tenant, [filters.account])))
    return clauses
