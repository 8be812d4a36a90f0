"""Collects the words of a package: the frozen values of one shape in its modules, by code."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Any, Protocol, TypeVar


class Word(Protocol):
    """A value that a code names, such as a question or an effect."""

    @property
    def code(self) -> str: ...


W = TypeVar("W", bound=Word)


class UnknownWordError(LookupError):
    """No module of the package defines this code."""


@contextmanager
def named_by(code: str) -> Iterator[None]:
    """An UnknownWordError says that the order type with this code names the word."""
    try:
        yield
    except UnknownWordError as error:
        raise UnknownWordError(f"{code}: {error}") from None


def load(package: str, shape: type[W]) -> Mapping[str, W]:
    """All values of a shape in the package's modules. Raises ValueError for a code that two of them define."""
    return _load(package, shape)


@cache
def _load(package: str, shape: type[Any]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    places = importlib.import_module(package).__path__
    for module in pkgutil.iter_modules(places, f"{package}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, shape) and found.setdefault(value.code, value) is not value:
                raise ValueError(f"{module.name}: {shape.__name__} {value.code!r} is already defined")
    return MappingProxyType(found)


def find(package: str, shape: type[W], code: str) -> W:
    """Raises UnknownWordError, which suggests the nearest code."""
    words = load(package, shape)
    if code not in words:
        near = get_close_matches(code, words, n=1)
        advice = f"; did you mean {near[0]!r}?" if near else ""
        raise UnknownWordError(f"{package} has no {shape.__name__} {code!r}{advice}")
    return words[code]
