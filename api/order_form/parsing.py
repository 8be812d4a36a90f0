"""Converts between the fields of the order form and the body of an order."""

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from models import questions
from models.holder import HolderKind
from models.order_type import OrderType
from models.question import AskedAt, Question, Scope
from models.questions.reassignment import ASSIGN_TO
from models.typed_text import trimmed

Document = dict[str, Any]

# The fields that every order type has, with their labels.
ORDER_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "beneficiary_id": "Who is this for?",
        "beneficiary_site_id": "Site",
        "account_id": "Account",
        "effective_on": "Start date",
        "reason": "Business reason",
        "instructions": "Instructions for the carrier",
        "po_number": "PO number",
        "cost_center_one_time": "Cost center (one-time)",
        "cost_center_recurring": "Cost center (monthly)",
    }
)
# What a link to the form has chosen besides, and the form carries along.
CARRIED_FIELDS = ("parent", "cause")
MAX_ITEMS = 40
_BOOLEANS = {"yes": True, "no": False}


def document(order_type: OrderType, fields: Iterable[tuple[str, str]]) -> Document:
    """The order body for these form fields; empty fields, those the type doesn't have, and secrets are left out.

    Fields are named by their path: `reason`, `answers.use_policy`, `answers.ship_to.city`, `items.0.device`.
    """
    values = filled(fields)
    body: Document = {name: values[name][-1] for name in (*ORDER_FIELDS, *CARRIED_FIELDS) if name in values}
    answers = answers_at("answers", values, _asked(order_type, Scope.ORDER))
    of_item = _asked(order_type, Scope.ITEM)
    items = [answers_at(f"items.{number}", values, of_item) for number in range(_item_count(values))]
    document = {"type": order_type.code, **_of_holder(order_type, body, answers), "answers": answers, "items": items}
    versions = _text_versions(values, answers)
    return document | {"text_versions": versions} if versions else document


def _of_holder(order_type: OrderType, body: Document, answers: Document) -> Document:
    """The fields without the person or site that was chosen before the line went to another kind of holder."""
    kept = {HolderKind.PERSON: "beneficiary_id", HolderKind.SITE: "beneficiary_site_id"}
    to = ASSIGN_TO.of(answers) or HolderKind.PERSON
    left_out = {name for kind, name in kept.items() if order_type.asks(ASSIGN_TO.code) and kind != to}
    return {name: value for name, value in body.items() if name not in left_out}


def _text_versions(values: Mapping[str, list[str]], answers: Document) -> dict[str, int]:
    """The version of the text that was shown beside each consent that is given."""
    shown = {code: values[f"text_versions.{code}"][-1] for code in answers if f"text_versions.{code}" in values}
    return {code: int(version) for code, version in shown.items() if re.fullmatch(r"[1-9]\d{0,5}", version)}


def without(body: Document, codes: Collection[str]) -> Document:
    """The body without the answers to these questions."""

    def kept(answers: Document) -> Document:
        return {code: answer for code, answer in answers.items() if code not in codes}

    changed = {"answers": kept(body["answers"]), "items": [kept(item) for item in body["items"]]}
    return body | changed | ({"text_versions": kept(body["text_versions"])} if "text_versions" in body else {})


def with_secrets(body: Document, order_type: OrderType, fields: Iterable[tuple[str, str]]) -> Document:
    """The body with the secrets of the type in these form fields."""
    values = filled(fields)
    answers = answers_at("answers", values, _asked(order_type, Scope.ORDER, secret=True))
    of_item = _asked(order_type, Scope.ITEM, secret=True)
    items = [item | answers_at(f"items.{number}", values, of_item) for number, item in enumerate(body["items"])]
    return body | {"answers": body["answers"] | answers, "items": items}


def value_at(body: Mapping[str, Any], path: str) -> Any:
    """The value at a field's path; None if the body has none."""
    found: Any = body
    for part in path.split("."):
        if isinstance(found, list):
            found = found[int(part)] if int(part) < len(found) else None
        elif isinstance(found, Mapping):
            found = found.get(part)
        else:
            return None
    return found


def filled(fields: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The values of the fields that are not empty."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        if text := trimmed(value):
            values.setdefault(name, []).append(text)
    return values


def _asked(order_type: OrderType, scope: Scope, *, secret: bool = False) -> list[Question[Any]]:
    asked = (questions.find(asked.code) for asked in order_type.asked(AskedAt.SUBMIT))
    return [question for question in asked if question.scope is scope and question.is_secret is secret]


def _item_count(values: Mapping[str, list[str]]) -> int:
    count = values.get("items", ["1"])[-1]
    return min(max(int(count[:4]) if count.isdecimal() else 1, 1), MAX_ITEMS)


def answers_at(place: str, values: Mapping[str, list[str]], asked: Iterable[Question[Any]]) -> Document:
    """The answers whose fields are in `place` (`answers`, `items.0`), by code."""
    answers = {one.code: _answer(values, f"{place}.{one.code}", one.type.schema) for one in asked}
    return {code: answer for code, answer in answers.items() if answer not in (None, [], {})}


def _answer(values: Mapping[str, list[str]], name: str, schema: Mapping[str, Any]) -> Any:
    kind = schema["type"]
    if kind == "object":
        parts = {part: _answer(values, f"{name}.{part}", schema["properties"][part]) for part in schema["properties"]}
        return {part: answer for part, answer in parts.items() if answer is not None}
    if kind == "array":
        return values.get(name, [])
    if name not in values:
        return None
    return _BOOLEANS.get(values[name][-1], values[name][-1]) if kind == "boolean" else values[name][-1]
