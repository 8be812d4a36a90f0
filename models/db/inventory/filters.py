"""The filters that lists of lines and lists of devices share."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, true
from sqlmodel import col, select

from models.db.catalog.tables import ProductRow
from models.db.clauses import contains_words, equals_any, holder_has, optional
from models.db.inventory.tables import DeviceRow, LineRow
from models.search_query import ANYTHING, SearchQuery

# What devices are found by, as a whole.
DEVICE_NUMBERS = (DeviceRow.imei, DeviceRow.imei2, DeviceRow.meid, DeviceRow.esn)


@dataclass(frozen=True, kw_only=True)
class InventoryFilters:
    """Empty or None means any; `account` includes all accounts below it, `in_account` does not.

    `holder` is the id of a person or a site. `identifier` is one whole number; `search` finds the same, or words that
    occur in a number, the name of the device, or the name, email address or employee number of the holder.
    """

    status: tuple[str, ...] = ()
    account: str | None = None
    in_account: str | None = None
    holder: str | None = None
    identifier: str | None = None
    search: SearchQuery = ANYTHING

    @property
    def is_search(self) -> bool:
        """Whether only what a person looks for is found."""
        return self.identifier is not None or self.search != ANYTHING


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


def found_by(
    table: type[LineRow] | type[DeviceRow],
    search: SearchQuery,
    tenant: str,
    *,
    identifiers: Collection[Any],
    numbers: Collection[Any],
) -> ColumnElement[bool]:
    """Rows with the identifier in one of these columns, or that all words find; any if nothing is searched.

    A word finds rows by one of the columns `numbers`, by the holder, and by the name of the device, which is joined.
    """
    if search == ANYTHING:
        return true()
    identified = (equals_any(identifier, *identifiers) for identifier in search.identifiers)
    words = [_has_word(table, word, tenant, numbers) for word in search.words]
    return or_(false(), *identified, *([and_(*words)] if words else []))


def _has_word(
    table: type[LineRow] | type[DeviceRow], word: str, tenant: str, numbers: Collection[Any]
) -> ColumnElement[bool]:
    models = select(ProductRow.sku).where(col(ProductRow.tenant) == tenant, contains_words([word], ProductRow.name))
    form = func.search_form(word)
    return or_(
        holder_has(word, tenant, [table.person_id], table.site_id),
        col(DeviceRow.sku).in_(models),
        contains_words([word], DeviceRow.make),
        contains_words([word], DeviceRow.model),
        *(func.lower(number).contains(form) for number in numbers),
    )
