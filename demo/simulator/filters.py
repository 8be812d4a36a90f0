"""Filters on lists as TMF630 has them: `state=held,pending`, `note.author=Dialtone`, `orderDate.gte=2026-11-01`."""

import json
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from demo.simulator.errors import InvalidRequestError
from demo.simulator.items import Document

Filter = Callable[[Document], bool]
Measure = float | datetime

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
)
EVERY = frozenset({"id", "href", "state", "cancellationReason", "@type", "@baseType", "@schemaLocation"})


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What a kind of resource can be filtered by: plain attributes, and what lies within structured ones."""

    plain: frozenset[str]
    structured: frozenset[str]


ORDER = Resource(
    plain=EVERY
    | {
        "cancellationDate",
        "category",
        "completionDate",
        "description",
        "expectedCompletionDate",
        "externalId",
        "notificationContact",
        "orderDate",
        "priority",
        "requestedCompletionDate",
        "requestedStartDate",
    },
    structured=frozenset(
        {
            "agreement",
            "billingAccount",
            "channel",
            "note",
            "orderTotalPrice",
            "payment",
            "productOfferingQualification",
            "productOrderItem",
            "quote",
            "relatedParty",
        }
    ),
)
CANCELLATION = Resource(
    plain=EVERY | {"effectiveCancellationDate", "requestedCancellationDate"},
    structured=frozenset({"productOrder"}),
)


def filter_by(name: str, texts: Sequence[str], resource: Resource) -> Filter:
    """Make the filter of one query parameter; several texts, and commas within one, are alternatives.

    Raises:
        InvalidRequestError: the resource has no such attribute, or it cannot be compared with a text.
    """
    *before, last = name.split(".")
    if before and last in COMPARISONS:
        return _comparison(name, COMPARISONS[last], _path(name, before, resource), texts)
    path = _path(name, [*before, last], resource)
    wanted = {alternative for text in texts for alternative in (text, *text.split(","))}
    return lambda document: any(_text(value) in wanted for value in _values(document, path))


def _path(name: str, path: list[str], resource: Resource) -> list[str]:
    first, *within = path
    if first in resource.structured and not within:
        raise InvalidRequestError(f"cannot filter by {name} as a whole, only by an attribute of it")
    if first not in (resource.structured if within else resource.plain) or not all(path):
        raise InvalidRequestError(f"cannot filter by {name}")
    return path


def _comparison(name: str, holds: Callable[[Any, Any], bool], path: list[str], texts: Sequence[str]) -> Filter:
    try:
        bounds = [_measure(path[-1], text) for text in texts]
    except ValueError as error:
        raise InvalidRequestError(f"{name} takes a number, or a date where the attribute is one") from error
    return lambda document: any(
        holds(measure, bound) for measure in _measures(path[-1], _values(document, path)) for bound in bounds
    )


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Everything that lies at the path, in whichever elements of the lists on the way."""
    if isinstance(value, list):
        for element in value:
            yield from _values(element, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _measures(attribute: str, values: Iterable[Any]) -> Iterator[Measure]:
    for value in values:
        with suppress(ValueError):
            yield _measure(attribute, _text(value))


def _measure(attribute: str, text: str) -> Measure:
    """A number, or a moment where the attribute is a date; UTC unless it says otherwise."""
    if not attribute.lower().endswith("date"):
        return float(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
