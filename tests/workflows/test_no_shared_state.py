"""Orders of a worker share the modules of `workflows`: what one order could change there would reach the others."""

import importlib
import pkgutil
from collections.abc import Iterator, MutableMapping, MutableSequence, MutableSet
from types import ModuleType

import pytest

import workflows

# What each NamedTuple has.
NAMED_TUPLE = "_field_defaults"
MUTABLE = (MutableMapping, MutableSequence, MutableSet)
MODULES = [module.name for module in pkgutil.walk_packages(workflows.__path__, "workflows.")]


def _values(module: ModuleType) -> Iterator[tuple[str, object]]:
    """What the module and its classes keep, by name."""
    for name, value in vars(module).items():
        yield name, value
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from vars(value).items()


@pytest.mark.parametrize("name", MODULES)
def test_a_module_keeps_nothing_that_can_change(name: str) -> None:
    values = _values(importlib.import_module(name))
    kept = {name for name, value in values if isinstance(value, MUTABLE) and not name.startswith("__")}
    assert kept - {NAMED_TUPLE} == set()
