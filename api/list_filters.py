"""Filters of lists. One that names nothing the caller knows is refused: an empty list would look like an answer."""

from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Protocol

from api.deps import Access
from api.http.schemas import RequestModel
from models.db.accounts import account_tree
from models.db.catalog import products
from models.db.inventory import devices, lines
from models.db.orders import order_rows
from models.db.people import directory
from models.db.session import Session
from models.db.sites import sites
from models.errors import InvalidRequest, NotFound
from policies.access import Right


class HasRow(Protocol):
    """Whether the caller sees a row of the list that passes this one filter."""

    async def __call__(self, **one_filter: Any) -> bool: ...


def check_known(field: str, codes: Iterable[str | None], known: Container[str]) -> None:
    """Raise InvalidRequest for a code that is none of the known ones."""
    for code in codes:
        if code is not None and code not in known:
            raise unknown(field, code)


def unknown(field: str, name: str) -> InvalidRequest:
    """The same for what doesn't exist and for what the caller can't see."""
    return InvalidRequest(f'No match for "{name}".', field=field)


async def resolve(session: Session, access: Access, query: RequestModel, has_row: HasRow) -> dict[str, Any]:
    """The ids of what the filters of a list name by id or number, by field. Raises InvalidRequest.

    The caller knows what they have the right to read, and what a row that they see names.
    """
    named = {field: ref for field in _FINDERS if (ref := getattr(query, field, None)) is not None}
    return {field: await _resolve(session, access, field, ref, has_row) for field, ref in named.items()}


async def _resolve(session: Session, access: Access, field: str, ref: str, has_row: HasRow) -> str:
    with suppress(NotFound):
        found, is_readable = await _FINDERS[field](session, access, ref)
        if is_readable or await has_row(**{_OF_ROW.get(field, field): found}):
            return found
    raise unknown(field, ref)


async def _account(session: Session, access: Access, ref: str) -> tuple[str, bool]:
    found = await account_tree.find_account(session, access.person, ref)
    return found.row.id, access.is_allowed(Right.ACCOUNT_READ, found.relations)


async def _line(session: Session, access: Access, ref: str) -> tuple[str, bool]:
    found = await lines.find_line(session, access.person, ref)
    return found.row.id, access.is_allowed(Right.LINE_READ, found.relations)


async def _device(session: Session, access: Access, ref: str) -> tuple[str, bool]:
    found = await devices.find_device(session, access.person, ref)
    return found.row.id, access.is_allowed(Right.DEVICE_READ, found.relations)


async def _order(session: Session, access: Access, ref: str) -> tuple[str, bool]:
    found = await order_rows.find(session, access.person, ref)
    return found.row.id, access.is_allowed(Right.ORDER_READ, found.relations)


async def _person(session: Session, access: Access, person_id: str) -> tuple[str, bool]:
    if person_id == access.person.id:
        return person_id, True
    _, relations = await directory.find_person(session, access.person, person_id)
    return person_id, access.is_allowed(Right.PERSON_READ, relations)


async def _holder(session: Session, access: Access, holder_id: str) -> tuple[str, bool]:
    with suppress(NotFound):
        return await _person(session, access, holder_id)
    relations = await sites.relations_to(session, access.person, holder_id)
    return holder_id, access.is_allowed(Right.PERSON_READ, relations)


async def _product(session: Session, access: Access, sku: str) -> tuple[str, bool]:
    return sku, await products.is_visible(session, access.person, sku)


# By the field of the filter: the id of what it names, and whether the caller may read it. They raise NotFound.
_FINDERS: Mapping[str, Callable[[Session, Access, str], Awaitable[tuple[str, bool]]]] = MappingProxyType(
    {
        "account": _account,
        "line": _line,
        "device": _device,
        "order": _order,
        "requester": _person,
        "beneficiary": _holder,
        "holder": _holder,
        "person": _person,
        "sku": _product,
    }
)
# The filter of the rows that name exactly this, where that of the field passes others, too.
_OF_ROW: Mapping[str, str] = MappingProxyType({"account": "in_account"})
