"""List filters of TMF630: `state=held,pending`, `note.author=Dialtone`, `orderDate.gte=2026-11-01`."""

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
Comparable = float | datetime

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
)
_COMMON = frozenset({"id", "href", "state", "cancellationReason", "@type", "@baseType", "@schemaLocation"})


@dataclass(frozen=True, kw_only=True)
class Resource:
    """The attributes to filter by: plain ones themselves, structured ones by what they contain."""

    plain: frozenset[str]
    structured: frozenset[str]


ORDER = Resource(
    plain=_COMMON
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
    plain=_COMMON | {"effectiveCancellationDate", "requestedCancellationDate"},
    structured=frozenset({"productOrder"}),
)

EVENT = Resource(
    plain=frozenset({"correlationId", "domain", "eventId", "eventTime", "eventType", "fieldPath", "title"}),
    structured=frozenset({"event"}),
)


def filter_by(name: str, texts: Sequence[str], resource: Resource) -> Filter:
    """The filter of one query parameter; several texts, and comma-separated parts of one, are alternatives.

    Raises:
        InvalidRequestError: the resource has no such attribute, or it cannot be compared with the text.
    """
    *before, last = name.split(".")
    if before and last in _COMPARISONS:
        return _comparison(name, _COMPARISONS[last], _path(name, before, resource), texts)
    path = _path(name, [*before, last], resource)
    wanted = {alternative for text in texts for alternative in (text, *text.split(","))}
    return lambda document: any(_text(value) in wanted for value in _values(document, path))


def _path(name: str, path: list[str], resource: Resource) -> list[str]:
    first, *within = path
    if first in resource.structured and not within:
        raise InvalidRequestError(f"cannot filter by {name}, only by an attribute of it")
    if first not in (resource.structured if within else resource.plain) or not all(path):
        raise InvalidRequestError(f"cannot filter by {name}")
    return path


def _comparison(name: str, compare: Callable[[Any, Any], bool], path: list[str], texts: Sequence[str]) -> Filter:
    try:
        bounds = [_comparable(path[-1], text) for text in texts]
    except ValueError as error:
        raise InvalidRequestError(f"{name} must be a number, or a date if the attribute is a date") from error
    return lambda document: any(
        compare(value, bound) for value in _comparables(path[-1], _values(document, path)) for bound in bounds
    )


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """All values at a path, in any element of the lists along it."""
    if isinstance(value, list):
        for element in value:
            yield from _values(element, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _comparables(attribute: str, values: Iterable[Any]) -> Iterator[Comparable]:
    for value in values:
        with suppress(ValueError):
            yield _comparable(attribute, _text(value))


def _comparable(attribute: str, text: str) -> Comparable:
    """A number, or a time if the attribute is a date."""
    return read_moment(text) if is_date(attribute) else float(text)


def is_date(attribute: str) -> bool:
    return attribute.lower().endswith(("date", "time"))


def read_moment(text: str) -> datetime:
    """UTC if it has no offset. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
