"""Searches everything the caller has access to, by an identifier or by words."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from api.accounts.operations import AccountSummary, list_accounts
from api.deps import Access, Services
from api.http.schemas import ResponseModel
from api.inventory import operations as inventory
from api.inventory.operations import DeviceQuery, DeviceView, LineQuery, LineView
from api.orders.order_list import list_orders
from api.orders.schemas import OrderQuery, OrderSummary, PersonView
from models import order_number
from models.asks import parse_eid, parse_iccid, parse_imei, parse_mdn
from models.db.people import directory
from policies.access import Right

LIMIT = 10


@dataclass(frozen=True, kw_only=True)
class ParsedQuery:
    """An `identifier` in stored form if the text is one (`what` says which), else `words`."""

    what: str
    identifier: str | None = None
    words: str = ""


class SearchResults(ResponseModel):
    """The first results of each type; `more` is true if a type has further ones.

    `what` says how the text was interpreted.
    """

    what: str
    orders: list[OrderSummary]
    lines: list[LineView]
    devices: list[DeviceView]
    accounts: list[AccountSummary]
    people: list[PersonView]
    more: bool

    @property
    def empty(self) -> bool:
        return not (self.orders or self.lines or self.devices or self.accounts or self.people)


def parse_query(text: str) -> ParsedQuery:
    """Interpret the text as an identifier in any punctuation, or as words."""
    for what, parse in _PARSERS:
        try:
            identifier = parse(text)
        except ValueError:
            continue
        if identifier is not None:
            return ParsedQuery(what=what, identifier=identifier)
    digits = re.sub(r"[\s().+/-]", "", text)
    return ParsedQuery(what="words", words=digits if digits.isdigit() else " ".join(text.split()))


# Lengths and check digits tell them apart.
_PARSERS: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("order number", order_number.parse),
    ("IMEI", parse_imei),
    ("ICCID", parse_iccid),
    ("EID", parse_eid),
    ("phone number", parse_mdn),
)


async def search(services: Services, access: Access, text: str) -> SearchResults:
    """Search each type with the right for this type."""
    query = parse_query(text)
    filters = {"identifier": query.identifier, "q": query.words, "limit": LIMIT}
    orders = await list_orders(services, access.for_right(Right.ORDER_READ), OrderQuery(**filters))
    lines = await inventory.list_lines(services, access.for_right(Right.LINE_READ), LineQuery(**filters))
    devices = await inventory.list_devices(services, access.for_right(Right.DEVICE_READ), DeviceQuery(**filters))
    by_words = query.identifier is None
    accounts = await list_accounts(services, access, words=query.words) if by_words else []
    people = await _people(services, access.for_right(Right.PERSON_READ), query.words) if by_words else []
    return SearchResults(
        what=query.what,
        orders=orders.items,
        lines=lines.items,
        devices=devices.items,
        accounts=accounts[:LIMIT],
        people=people[:LIMIT],
        more=any(page.next_cursor for page in (orders, lines, devices)) or max(len(accounts), len(people)) > LIMIT,
    )


async def _people(services: Services, access: Access, words: str) -> list[PersonView]:
    """One more than LIMIT, if there are as many."""
    async with services.database.transaction() as session:
        found = await directory.list_people(
            session, access.person, words=words, relations=access.scope, limit=LIMIT + 1
        )
    return [PersonView.model_validate(person) for person in found]
