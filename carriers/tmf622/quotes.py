"""What a carrier would charge: its own API beside TMF622, or the standard's qualification of offerings (TMF679).

Each leaf of an answer is read on its own: one that can't be read is passed over and counted, and all others count.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from pydantic.alias_generators import to_camel

from carriers.base import CarrierOrder
from carriers.tmf622.documents import count_unreadable, is_storable
from carriers.tmf622.requests import Json, quoted_items
from models.carrier_quote import CarrierQuote

MAX_WHY_NOT_LENGTH = 500
_MAX_AMOUNT = Decimal(10) ** 8
_CENT = Decimal("0.01")
_AMOUNTS = ("one_time", "etf", "installments_left", "credits_forfeited", "upgrade_fee")
_ELIGIBLE = MappingProxyType({"qualified": True, "unqualified": False})


@dataclass(frozen=True, kw_only=True)
class QuoteApi:
    """`path` follows the carrier's address; `items` is the name of the items, in the request and in the answer."""

    path: str
    items: str
    members: Mapping[str, Any]

    def body(self, order: CarrierOrder) -> Json:
        """Raises CarrierDeclined for an action the carrier does not support."""
        account = {"billingAccount": {"id": order.billing_account.number}} if order.billing_account else {}
        return {**self.members, **account, self.items: quoted_items(order)}


QUOTE_APIS: Mapping[str, QuoteApi] = MappingProxyType(
    {
        "companion": QuoteApi(path="/companion/v1/quote", items="quoteItem", members=MappingProxyType({})),
        "tmf679": QuoteApi(
            path="/tmf-api/productOfferingQualification/v4/productOfferingQualification",
            items="productOfferingQualificationItem",
            members=MappingProxyType({"instantSyncQualification": True, "provideUnavailabilityReason": True}),
        ),
    }
)


def read_quotes(document: Any, currency: str) -> Mapping[str, CarrierQuote]:
    """The quotes by item id; without the items whose id can't be read. Amounts are in this currency."""
    if not isinstance(document, dict):
        count_unreadable("quote")
        return {}
    found = dict[str, CarrierQuote]()
    for api in QUOTE_APIS.values():
        for item in _documents(document.get(api.items)):
            item_id = item.get("id")
            if isinstance(item_id, str):
                found[item_id] = _read(_leaves(item), currency)
            else:
                count_unreadable("quote.id")
    return found


def _read(leaves: Iterable[tuple[str, Any]], currency: str) -> CarrierQuote:
    """Several amounts of one name are charged together."""
    read, partial = dict[str, Any](), False
    for name, value in leaves:
        if value is None:
            continue
        try:
            found = _READERS[name](value, currency)
        except ValueError:
            count_unreadable(f"quote.{name}")
            partial = True
        else:
            read[name] = read[name] + found if isinstance(found, Decimal) and name in read else found
    return CarrierQuote(**read, partial=partial)


def _leaves(item: Json) -> Iterator[tuple[str, Any]]:
    """By our names, what the carrier says in its own terms, and in those of TMF679."""
    for name in _READERS:
        if to_camel(name) in item:
            yield name, item[to_camel(name)]
    if "qualificationItemResult" in item:
        yield "eligible", item["qualificationItemResult"]
    reasons = _documents(item.get("eligibilityUnavailabilityReason"))
    if reasons:
        labels = [one.get("label") or one.get("code") for one in reasons]
        yield "why_not", ", ".join(str(label) for label in labels if isinstance(label, str))
        yield "why_not_code", reasons[0].get("code")
    if "expectedActivationDate" in item:
        yield "earliest", item["expectedActivationDate"]
    product = item.get("product")
    if isinstance(product, dict):
        yield from _leaves_of_product(product)


def _leaves_of_product(product: Json) -> Iterator[tuple[str, Any]]:
    """A price is named by our name of the fee; without such a name its type says what it is."""
    fees = {to_camel(name): name for name in _AMOUNTS}
    unnamed = {"oneTime": "one_time", "recurring": "monthly_delta"}
    for one in _documents(product.get("productPrice")):
        price_type, price = one.get("priceType"), one.get("price")
        name = fees.get(str(one.get("name"))) or unnamed.get(str(price_type))
        if name:
            amounts = price if isinstance(price, dict) else {}
            yield name, amounts.get("dutyFreeAmount", amounts.get("taxIncludedAmount", price))
    for one in _documents(product.get("productCharacteristic")):
        for name in ("backorder_until", "plan_withdrawn"):
            if one.get("name") == to_camel(name):
                yield name, one.get("value")


def _documents(value: Any) -> list[Json]:
    """The elements of a list that are documents."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _eligible(value: Any, _: str) -> bool:
    if isinstance(value, str):
        value = _ELIGIBLE.get(value)
    return _flag(value, "")


def _flag(value: Any, _: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")  # noqa: TRY004 - a reader raises ValueError, whatever is wrong
    return value


def _text(value: Any, _: str) -> str | None:
    if not isinstance(value, str) or not is_storable(value):
        raise ValueError("no text that can be stored")
    return " ".join(value.split())[:MAX_WHY_NOT_LENGTH] or None


def _charge(value: Any, currency: str) -> Decimal:
    amount = _amount(value, currency)
    if amount < 0:
        raise ValueError("a charge below zero")
    return amount


def _amount(value: Any, currency: str) -> Decimal:
    """An amount of money as TMF documents have it, `{"unit": "USD", "value": 120.0}`, or a number alone."""
    if isinstance(value, dict):
        if value.get("unit", currency) != currency:
            raise ValueError("another currency")
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no number")  # noqa: TRY004 - a reader raises ValueError, whatever is wrong
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError("no number") from error
    if not amount.is_finite() or abs(amount) >= _MAX_AMOUNT:
        raise ValueError("no amount that can be stored")
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _day(value: Any, _: str) -> date:
    if not isinstance(value, str):
        raise ValueError("no date")  # noqa: TRY004 - a reader raises ValueError, whatever is wrong
    return datetime.fromisoformat(value).date()


_READERS: Mapping[str, Callable[[Any, str], Any]] = MappingProxyType(
    {
        "eligible": _eligible,
        "why_not": _text,
        "why_not_code": _text,
        **dict.fromkeys(_AMOUNTS, _charge),
        "monthly_delta": _amount,
        "earliest": _day,
        "backorder_until": _day,
        "plan_withdrawn": _flag,
    }
)
