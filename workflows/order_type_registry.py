"""All order types: the one class of each file in `workflows/order_types/`."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from models.errors import NotFound
from models.order_type import OrderType
from workflows import order_type_rules, order_types
from workflows.lifecycle import OrderWorkflow
from workflows.line_timer import LineTimer
from workflows.task_action import TaskActionWorkflow


@cache
def workflow_classes() -> Mapping[str, type[OrderWorkflow]]:
    """By code.

    Raises ValueError for a file without exactly one type, a duplicate code, a type that cannot run, and types that name
    one to follow their orders that doesn't exist.
    """
    found: dict[str, type[OrderWorkflow]] = {}
    for module in pkgutil.iter_modules(order_types.__path__, f"{order_types.__name__}."):
        workflow_class = _class_in(module.name)
        code = workflow_class.order_type.code
        if code in found:
            raise ValueError(f"{module.name}: the code {code} is already defined in {found[code].__module__}")
        found[code] = workflow_class
    order_type_rules.check_following([kind.order_type for kind in found.values()])
    return MappingProxyType(found)


def all_workflows() -> list[type]:
    return [*workflow_classes().values(), LineTimer, TaskActionWorkflow]


def _class_in(module_name: str) -> type[OrderWorkflow]:
    module = importlib.import_module(module_name)
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, OrderWorkflow) and value.__module__ == module_name
    ]
    if len(classes) != 1:
        raise ValueError(f"{module_name} defines {len(classes)} order types; each file must define one")
    order_type_rules.check(classes[0].order_type)
    return classes[0]


@cache
def order_types_by_code() -> Mapping[str, OrderType]:
    return MappingProxyType({code: found.order_type for code, found in workflow_classes().items()})


def order_type(code: str) -> OrderType:
    """Raises NotFound."""
    try:
        return order_types_by_code()[code]
    except KeyError:
        raise NotFound(f"Order type {code!r} doesn't exist.", field="type") from None
