"""The filters that lists of lines and lists of devices share."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import col

from models.db.clauses import equals_any, optional
from models.db.hierarchy import accounts_below
from models.db.inventory.tables import DeviceRow, LineRow


@dataclass(frozen=True, kw_only=True)
class InventoryFilters:
    """Empty or None means any; `account` includes all accounts below it. `holder` is the id of a person or a site.

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
    chosen = optional(
        (after, lambda value: col(table.id) > value),
        (filters.status, col(table.status).in_),
        (filters.holder, lambda value: equals_any(value, table.person_id, table.site_id)),
        (filters.account, lambda value: col(table.account_id).in_(accounts_below(tenant, [value]))),
    )
    return [col(table.tenant) == tenant, *chosen]
