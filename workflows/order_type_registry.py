"""Every order type there is: the one class of each file in `workflows/order_types/`."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from models.errors import NotFound
from models.order_type import OrderType
from workflows import order_types
from workflows.lifecycle import OrderWorkflow
from workflows.steps.registry import ITEM_STEPS, ORDER_STEPS
from workflows.suspension_timer import SuspensionTimer


@cache
def workflow_classes() -> Mapping[str, type[OrderWorkflow]]:
    """The workflow class of each type, by code. Raises ValueError for a file without its one class, or a code twice."""
    found: dict[str, type[OrderWorkflow]] = {}
    for module_info in pkgutil.iter_modules(order_types.__path__, f"{order_types.__name__}."):
        defined = _defined_in(module_info.name)
        code = defined.order_type.code
        if code in found:
            raise ValueError(f"{module_info.name}: the code {code} is taken by {found[code].__module__}")
        found[code] = defined
    return MappingProxyType(found)


def all_workflows() -> list[type]:
    """Whatever runs as a workflow: every order type, and the clocks that go on after orders."""
    return [*workflow_classes().values(), SuspensionTimer]


def _defined_in(module_name: str) -> type[OrderWorkflow]:
    module = importlib.import_module(module_name)
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, OrderWorkflow) and value.__module__ == module_name
    ]
    if len(classes) != 1:
        raise ValueError(f"{module_name} defines {len(classes)} order types; one file, one type")
    steps = set(classes[0].order_type.steps) - ORDER_STEPS.keys() - ITEM_STEPS.keys()
    if steps:
        raise ValueError(f"{module_name}: nobody runs {', '.join(sorted(steps))}")
    return classes[0]


@cache
def order_types_by_code() -> Mapping[str, OrderType]:
    """Each order type's value, by code."""
    return MappingProxyType({code: defined.order_type for code, defined in workflow_classes().items()})


def order_type(code: str) -> OrderType:
    """One order type. Raises NotFound."""
    try:
        return order_types_by_code()[code]
    except KeyError:
        raise NotFound(f"There is no order type {code!r}.", field="type") from None
