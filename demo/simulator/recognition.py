"""Collects the actions of the simulated carrier, and finds that of an item."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from demo.simulator.action import SimulatedAction
from demo.simulator.items import Document

PACKAGE = "demo.simulator.actions"


@cache
def load() -> Mapping[str, SimulatedAction]:
    """All actions by code. Raises ValueError for a code that two modules define."""
    found: dict[str, SimulatedAction] = {}
    for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__, f"{PACKAGE}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, SimulatedAction) and found.setdefault(value.code, value) is not value:
                raise ValueError(f"{module.name}: the action {value.code!r} is already defined")
    return MappingProxyType(found)


def recognize(item: Document) -> SimulatedAction | None:
    """The action that fits the item and knows most of it; None if there is none, or if two know as much."""
    fitting = [action for action in load().values() if action.fits(item)]
    most = max((action.known(item) for action in fitting), default=0)
    best = [action for action in fitting if action.known(item) == most]
    return best[0] if len(best) == 1 else None
