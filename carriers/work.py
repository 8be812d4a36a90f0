"""What carriers get of an order's answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from models import questions
from models.db.catalog.products import ProductAtCarrier
from models.order_type import FrozenType
from models.product import ProductKind
from models.step import Reserve


def chosen(order_type: FrozenType, answers: Mapping[str, Any], kind: ProductKind) -> Mapping[str, str]:
    """The SKUs of this kind that an item chooses, by question."""
    asked = (questions.find(code) for code in order_type.codes)
    selected = {question.code: question.of(answers) for question in asked if question.product is kind}
    return {code: sku for code, sku in selected.items() if sku}


def products_at_carrier(order_type: FrozenType, answers: Mapping[str, Any]) -> Iterator[str]:
    """The SKUs for which the carrier gets ids of its own: devices, and the plans of lines that it makes."""
    yield from chosen(order_type, answers, ProductKind.DEVICE).values()
    if not order_type.about_inventory or order_type.has(Reserve):
        yield from chosen(order_type, answers, ProductKind.PLAN).values()


def offering_of(
    order_type: FrozenType,
    answers: Mapping[str, Any],
    known: Mapping[str, ProductAtCarrier],
    *,
    present: str | None = None,
) -> str | None:
    """The carrier's id of the plan of a line that it makes, if it is known: the chosen one, else the `present` one."""
    plan = known.get(next(iter(chosen(order_type, answers, ProductKind.PLAN).values()), present or ""))
    return plan.offering if plan else None


def changes_of(
    order_type: FrozenType, answers: Mapping[str, Any], known: Mapping[str, ProductAtCarrier]
) -> Mapping[str, Any]:
    """The answers that say something, and the TACs of chosen devices."""
    devices = chosen(order_type, answers, ProductKind.DEVICE).items()
    device_tacs = {f"{code}_tac": known[sku].tac for code, sku in devices if sku in known}
    all_answers = {**answers, **device_tacs}
    return {code: value for code, value in all_answers.items() if _says_something(order_type, code, value)}


def _says_something(order_type: FrozenType, code: str, value: Any) -> bool:
    """An empty list does if it takes the place of what the line has."""
    replaces_all = value == [] and order_type.asks(code) and bool(questions.find(code).replaces)
    return replaces_all or value not in (None, "", [], {})
