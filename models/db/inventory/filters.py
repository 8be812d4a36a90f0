"""The filters that lists of lines and lists of devices share."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import col

from models.db.clauses import equals_any, optional
from models.db.inventory.tables import DeviceRow, LineRow
from models.search_query import ANYTHING, SearchQuery

# What devices are found by, as a whole.
DEVICE_NUMBERS = (DeviceRow.imei, DeviceRow.imei2, DeviceRow.meid, DeviceRow.esn)


@dataclass(frozen=True, kw_only=True)
class InventoryFilters:
    """Empty or None means any; `account` includes all accounts below it, `in_account` does not.

    `holder` is the id of a person or a site. `identifier` is one whole number; `search` finds the same, or words that
    occur in a number, the name of the device, or the name, email address or employee number of the holder. `found` is
    what `find_words` has found for it, if that was asked before.
    """

    status: tuple[str, ...] = ()
    account: str | None = None
    in_account: str | None = None
    holder: str | None = None
    identifier: str | None = None
    search: SearchQuery = ANYTHING
    found: Sequence[str] | None = None


def filter_clauses(
    table: type[LineRow] | type[DeviceRow], filters: InventoryFilters, tenant: str
) -> list[ColumnElement[bool]]:
    """Rows of a tenant by status, holder and account, but for the accounts below it.

    What never came into being (void) is listed only by its status or one of its identifiers.
    """
    left_out = () if filters.status or filters.identifier or filters.search.identifiers else ("void",)
    chosen = optional(
        (filters.status, col(table.status).in_),
        (left_out, col(table.status).not_in),
        (filters.holder, lambda value: equals_any(value, table.person_id, table.site_id)),
        (filters.in_account, lambda value: col(table.account_id) == value),
    )
    return [col(table.tenant) == tenant, *chosen]
