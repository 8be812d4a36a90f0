"""What the carrier says about items before they are ordered, from what it has sold; and how a test changes that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from demo.simulator.action import Rejection
from demo.simulator.behaviors import Behavior, BehaviorRule, behavior_for
from demo.simulator.items import Document, characteristics
from demo.simulator.recognition import recognize
from demo.simulator.sold_products import SoldProducts

CURRENCY = "USD"
FEE_PER_MONTH = Decimal(10)  # of a contract that ends early
UPGRADE_FEE = Decimal(35)
_NOT_ELIGIBLE = "NOT_ELIGIBLE"
_DAYS_PER_MONTH = 30


@dataclass(frozen=True, kw_only=True)
class QuotedItem:
    """What the carrier says about one item. `one_time` and `monthly_delta` are only said if a rule gives them."""

    id: str
    why_not: Rejection | None = None
    amounts: dict[str, Decimal]
    plan_withdrawn: bool = False
    backorder_until: date | None = None


def quote_items(items: Iterable[Document], products: SoldProducts, rules: tuple[BehaviorRule, ...]) -> list[QuotedItem]:
    return [_quoted(item, products, behavior_for({"productOrderItem": [item]}, rules)) for item in items]


def _quoted(item: Document, products: SoldProducts, behavior: Behavior) -> QuotedItem:
    sold = products.characteristics_of(item)
    derived = {**_of_the_end(item, sold), **_of_the_device(item)}
    given = {name: getattr(behavior, name) for name in behavior.model_fields_set & AMOUNTS.keys()}
    return QuotedItem(
        id=item["id"],
        why_not=Rejection(_NOT_ELIGIBLE, behavior.ineligible) if behavior.ineligible else _why_not(item, products),
        amounts={name: Decimal(str(amount)) for name, amount in (derived | given).items() if amount},
        plan_withdrawn=behavior.plan_withdrawn or sold.get("planWithdrawn") is True,
        backorder_until=behavior.backorder_until,
    )


# Our names of the amounts, and those of both APIs.
AMOUNTS = {
    "one_time": "oneTime",
    "monthly_delta": "monthlyDelta",
    "etf": "etf",
    "installments_left": "installmentsLeft",
    "credits_forfeited": "creditsForfeited",
    "upgrade_fee": "upgradeFee",
}


def _why_not(item: Document, products: SoldProducts) -> Rejection | None:
    """Why an order with the item would be rejected."""
    action = recognize(item)
    if action is None:
        return Rejection(_NOT_ELIGIBLE, "this change is not offered")
    if not products.is_known(item):
        return Rejection(_NOT_ELIGIBLE, "there is no such product")
    return action.rejects(characteristics(item))


def _of_the_end(item: Document, sold: dict[str, Any]) -> dict[str, Decimal]:
    """What ending a product costs."""
    if item["action"] != "delete":
        return {}
    return {
        "etf": FEE_PER_MONTH * _months_left(sold.get("contractUntil")),
        "installments_left": _number(sold.get("installmentsLeft")) * _number(sold.get("installmentAmount")),
        "credits_forfeited": _number(sold.get("creditsLeft")),
    }


def _of_the_device(item: Document) -> dict[str, Decimal]:
    is_upgrade = item["action"] == "modify" and "deviceSku" in characteristics(item)
    return {"upgrade_fee": UPGRADE_FEE} if is_upgrade else {}


def _months_left(until: Any) -> int:
    """Months of the contract that have begun or are still to begin."""
    try:
        last_day = date.fromisoformat(str(until))
    except ValueError:
        return 0
    return max(0, -((datetime.now(UTC).date() - last_day).days // _DAYS_PER_MONTH))


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def companion_item(quoted: QuotedItem) -> Document:
    """As the carrier's own API says it."""
    return {
        "id": quoted.id,
        "eligible": not quoted.why_not,
        **({"whyNot": quoted.why_not.reason, "whyNotCode": quoted.why_not.code} if quoted.why_not else {}),
        **{AMOUNTS[name]: _money(amount) for name, amount in quoted.amounts.items()},
        **({"backorderUntil": quoted.backorder_until.isoformat()} if quoted.backorder_until else {}),
        **({"planWithdrawn": True} if quoted.plan_withdrawn else {}),
    }


def qualification_item(item: Document, quoted: QuotedItem) -> Document:
    """As TMF679 says it: a price names what it is for, unless it is the plain one-time or monthly charge."""
    reasons = [{"code": quoted.why_not.code, "label": quoted.why_not.reason}] if quoted.why_not else []
    found = {
        "backorderUntil": quoted.backorder_until and quoted.backorder_until.isoformat(),
        "planWithdrawn": quoted.plan_withdrawn or None,
    }
    product = item.get("product", {})
    return {
        "id": quoted.id,
        "action": item["action"],
        "state": "done",
        "qualificationItemResult": "unqualified" if quoted.why_not else "qualified",
        **({"eligibilityUnavailabilityReason": reasons} if reasons else {}),
        "product": {
            **({"id": product["id"]} if "id" in product else {}),
            "productPrice": [_price(name, amount) for name, amount in quoted.amounts.items()],
            "productCharacteristic": [{"name": name, "value": value} for name, value in found.items() if value],
        },
    }


def _price(name: str, amount: Decimal) -> Document:
    plain = {"one_time": "oneTime", "monthly_delta": "recurring"}
    price = {"priceType": plain.get(name, "oneTime"), "price": {"dutyFreeAmount": _money(amount)}}
    return price if name in plain else {"name": AMOUNTS[name], **price}


def _money(amount: Decimal) -> Document:
    return {"unit": CURRENCY, "value": float(amount)}
