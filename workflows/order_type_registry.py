"""All order types: the one class of each file in `workflows/order_types/`."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from string import Formatter
from types import MappingProxyType

from models import questions
from models.effect import find_effect
from models.errors import NotFound
from models.event import EVENTS, Event
from models.order_type import OrderType
from models.registry import find
from models.step import NotifyHolder, recorded_events
from workflows import order_types
from workflows.lifecycle import OrderWorkflow
from workflows.suspension_timer import SuspensionTimer


@cache
def workflow_classes() -> Mapping[str, type[OrderWorkflow]]:
    """By code. Raises ValueError for a file that does not define exactly one type, and for a duplicate code."""
    found: dict[str, type[OrderWorkflow]] = {}
    for module in pkgutil.iter_modules(order_types.__path__, f"{order_types.__name__}."):
        workflow_class = _class_in(module.name)
        code = workflow_class.order_type.code
        if code in found:
            raise ValueError(f"{module.name}: the code {code} is already defined in {found[code].__module__}")
        found[code] = workflow_class
    return MappingProxyType(found)


def all_workflows() -> list[type]:
    return [*workflow_classes().values(), SuspensionTimer]


def _class_in(module_name: str) -> type[OrderWorkflow]:
    module = importlib.import_module(module_name)
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, OrderWorkflow) and value.__module__ == module_name
    ]
    if len(classes) != 1:
        raise ValueError(f"{module_name} defines {len(classes)} order types; each file must define one")
    _find_words(classes[0].order_type)
    _check_notice(classes[0].order_type)
    return classes[0]


def _find_words(order_type: OrderType) -> None:
    """Raises UnknownWordError for a question, an effect or an event that does not exist."""
    for possible in order_type.possible():
        find_effect(possible.effect)
        for code in possible.codes:
            questions.find(code)
        for code in recorded_events(possible.steps):
            find(EVENTS, Event, code)


def _check_notice(order_type: OrderType) -> None:
    """Raises ValueError for a type that notifies people without saying what happens to their lines."""
    if not any(possible.has(NotifyHolder) for possible in order_type.possible()):
        return
    notices = (order_type.texts.notice, order_type.texts.notice_for_many or order_type.texts.notice)
    for notice in notices:
        if {name for _, name, _, _ in Formatter().parse(notice) if name is not None} != {"lines"}:
            raise ValueError(f"{order_type.code}: its notice {notice!r} must name {{lines}} and nothing else")


@cache
def order_types_by_code() -> Mapping[str, OrderType]:
    return MappingProxyType({code: found.order_type for code, found in workflow_classes().items()})


def order_type(code: str) -> OrderType:
    """Raises NotFound."""
    try:
        return order_types_by_code()[code]
    except KeyError:
        raise NotFound(f"Order type {code!r} doesn't exist.", field="type") from None
