"""One box for everything: what was typed is recognized, and found wherever the person may look."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from api.accounts.operations import Account, list_accounts
from api.deps import Access, Services
from api.http.schemas import View
from api.inventory import operations as inventory
from api.inventory.operations import DeviceQuery, DeviceView, LineQuery, LineView
from api.orders.listing import OrderQuery, list_orders
from api.orders.schemas import OrderSummary, PersonView
from models import order_number
from models.asks import parse_eid, parse_iccid, parse_imei, parse_mdn
from models.db.people import directory
from policies.access import Right

LIMIT = 10


@dataclass(frozen=True, kw_only=True)
class ParsedQuery:
    """What was typed: an `identifier` in stored form where it is one (`what` says of what), else words."""

    what: str
    identifier: str | None = None
    words: str = ""


class SearchResults(View):
    """What was found, by kind; the first of each. `what` says how the text was understood."""

    what: str
    orders: list[OrderSummary]
    lines: list[LineView]
    devices: list[DeviceView]
    accounts: list[Account]
    people: list[PersonView]

    @property
    def empty(self) -> bool:
        """Whether nothing was found at all."""
        return not (self.orders or self.lines or self.devices or self.accounts or self.people)


def parse_query(text: str) -> ParsedQuery:
    """Tell what was typed: a number of something in any punctuation, or words."""
    for what, read in _NUMBERS:
        try:
            identifier = read(text)
        except ValueError:
            continue
        if identifier is not None:
            return ParsedQuery(what=what, identifier=identifier)
    digits = re.sub(r"[\s().+/-]", "", text)
    return ParsedQuery(what="words", words=digits if digits.isdigit() else " ".join(text.split()))


# The telephone number comes before the order number: ten digits are never six characters. Check digits tell the rest.
_NUMBERS: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("order number", order_number.read),
    ("IMEI", parse_imei),
    ("ICCID", parse_iccid),
    ("EID", parse_eid),
    ("telephone number", parse_mdn),
)


async def search(services: Services, access: Access, text: str) -> SearchResults:
    """Look everywhere this person may look; each kind of thing under its own right."""
    sought = parse_query(text)
    by_number = {"identifier": sought.identifier, "q": sought.words, "limit": LIMIT}
    orders = await list_orders(services, access.towards(Right.ORDER_READ), OrderQuery(**by_number))
    lines = await inventory.list_lines(services, access.towards(Right.LINE_READ), LineQuery(**by_number))
    devices = await inventory.list_devices(services, access.towards(Right.DEVICE_READ), DeviceQuery(**by_number))
    named = sought.identifier is None
    return SearchResults(
        what=sought.what,
        orders=orders.items,
        lines=lines.items,
        devices=devices.items,
        accounts=(await list_accounts(services, access, words=sought.words))[:LIMIT] if named else [],
        people=await _people(services, access.towards(Right.PERSON_READ), sought.words) if named else [],
    )


async def _people(services: Services, access: Access, words: str) -> list[PersonView]:
    async with services.database.transaction() as session:
        found = await directory.list_people(session, access.person, words=words, relations=access.scope, limit=LIMIT)
    return [PersonView.model_validate(one) for one in found]
