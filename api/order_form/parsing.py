"""What a form sends, as the body of an order; and what a body holds, as the values of its form."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from models.asks import QUESTIONS, Ask, Scope, When
from models.order_type import OrderType

Document = dict[str, Any]

# What may be said about any order, and what it is called.
ENVELOPE: Mapping[str, str] = MappingProxyType(
    {
        "beneficiary_id": "For whom",
        "account_id": "Account",
        "effective_on": "Takes effect on",
        "reason": "Reason",
        "instructions": "Instructions for the carrier",
        "po_number": "Purchase order number",
        "cost_center_one_time": "Cost center, once",
        "cost_center_recurring": "Cost center, every month",
    }
)
LONGEST_FORM = 40
_YES = {"yes": True, "no": False}


def document(kind: OrderType, pairs: Iterable[tuple[str, str]]) -> Document:
    """Return the body these fields make; what is empty is left out, what the type does not ask is passed over.

    Fields are named by their path: `reason`, `answers.use_policy`, `answers.ship_to.city`, `items.0.device`.
    """
    said: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            said.setdefault(name, []).append(value.strip())
    body: Document = {name: said[name][-1] for name in ENVELOPE if name in said}
    asks = kind.asked(When.SUBMIT)
    answers = _answers(said, "answers", [ask for ask in asks if QUESTIONS[ask].scope is Scope.ORDER])
    by_item = [ask for ask in asks if QUESTIONS[ask].scope is Scope.ITEM]
    items = [_answers(said, f"items.{number}", by_item) for number in range(_count(said))]
    return {"type": kind.code, **body, "answers": answers, "items": items}


def value(body: Mapping[str, Any], path: str) -> Any:
    """Return what a body holds at a field's path; None where it holds nothing."""
    found: Any = body
    for part in path.split("."):
        if isinstance(found, list):
            found = found[int(part)] if int(part) < len(found) else None
        elif isinstance(found, Mapping):
            found = found.get(part)
        else:
            return None
    return found


def _count(said: Mapping[str, Any]) -> int:
    """How many items the form has: as many as it says, or shows."""
    told = said.get("items", ["1"])[-1]
    return min(max(int(told[:4]) if told.isdecimal() else 1, 1), LONGEST_FORM)


def _answers(said: Mapping[str, list[str]], place: str, asks: Iterable[Ask]) -> Document:
    answers = {ask.value: _answer(said, f"{place}.{ask}", QUESTIONS[ask].schema) for ask in asks}
    return {ask: answer for ask, answer in answers.items() if answer not in (None, [], {})}


def _answer(said: Mapping[str, list[str]], name: str, schema: Mapping[str, Any]) -> Any:
    kind = schema["type"]
    if kind == "object":
        parts = {part: _answer(said, f"{name}.{part}", schema["properties"][part]) for part in schema["properties"]}
        return {part: answer for part, answer in parts.items() if answer is not None}
    if kind == "array":
        return said.get(name, [])
    if name not in said:
        return None
    return _YES.get(said[name][-1], said[name][-1]) if kind == "boolean" else said[name][-1]
