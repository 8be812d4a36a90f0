from dataclasses import dataclass, field, make_dataclass
from enum import StrEnum
from typing import Any, Literal

import pytest

from tests.workflows.schema_changes import Schema, breaking_changes
from tests.workflows.wire_contract import schema_of

Color = StrEnum("Color", ["RED", "BLUE"])
Fewer = StrEnum("Fewer", ["RED"])
More = StrEnum("More", ["GREEN", "RED", "BLUE"])

REQUIRED: dict[str, Any] = {"id": str, "color": Color, "tags": tuple[str, ...], "pairs": tuple[tuple[str, Any], ...]}
OPTIONAL: dict[str, tuple[Any, Any]] = {"note": (str, ""), "limit": (int | None, None)}


def schema(
    required: dict[str, Any] = REQUIRED, optional: dict[str, tuple[Any, Any]] = OPTIONAL, *, name: str = "Ordered"
) -> Schema:
    """The schema of a class with these fields, as a list's."""
    defaults = [(one, kind, field(default=default)) for one, (kind, default) in optional.items()]
    inner = make_dataclass(name, [*required.items(), *defaults])
    return schema_of({"items": tuple[inner, ...]})  # type: ignore[valid-type]  # a class made here


def without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {one: kind for one, kind in fields.items() if one != name}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (schema(without(REQUIRED, "id") | {"key": str}), ["items[].key is newly required", "items[].id is removed"]),
        (schema(optional=without(OPTIONAL, "note") | {"text": (str, "")}), ["items[].note is removed"]),
        (schema(optional=without(OPTIONAL, "note")), ["items[].note is removed"]),
        (schema(REQUIRED | {"id": int}), ["items[].id is retyped"]),
        (schema(REQUIRED | {"tags": tuple[int, ...]}), ["items[].tags[] is retyped"]),
        (schema(REQUIRED | {"tags": str}), ["items[].tags is retyped"]),
        (schema(REQUIRED | {"tags": tuple[str, str]}), ["items[].tags is retyped"]),
        (schema(REQUIRED | {"pairs": tuple[tuple[str, int], ...]}), ["items[].pairs[][1] is retyped"]),
        (schema(REQUIRED | {"key": str}), ["items[].key is newly required"]),
        (schema(REQUIRED | {"note": str}, without(OPTIONAL, "note")), ["items[].note is newly required"]),
        (schema(optional=OPTIONAL | {"note": (str, "none")}), ["items[].note has another default"]),
        (
            schema(optional=OPTIONAL | {"limit": (int, 3)}),
            ["items[].limit has another default", "items[].limit is retyped"],
        ),
        (schema(REQUIRED | {"color": Fewer}), ["items[].color can't be blue anymore"]),
        (schema(REQUIRED | {"color": str}), ["items[].color is retyped"]),
        (schema(REQUIRED | {"id": Color}), ["items[].id is retyped"]),
    ],
)
def test_a_change_that_breaks_old_documents_is_found(changed: Schema, why: list[str]) -> None:
    assert breaking_changes(schema(), changed) == why


@dataclass
class Send:
    to: str
    kind: Literal["SEND"] = "SEND"


@dataclass
class Address:
    address: str
    kind: Literal["SEND"] = "SEND"


@dataclass
class Wait:
    kind: Literal["WAIT"] = "WAIT"


@dataclass
class Stop:
    kind: Literal["STOP"] = "STOP"


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        (Wait | Stop | Send, []),
        (Address | Wait, ["step.address is newly required", "step.to is removed"]),
        (Send, ["step.to is newly required", "step.kind has another default", "step.kind can't be WAIT anymore"]),
    ],
)
def test_alternatives_are_compared_with_what_is_most_like_them(kinds: Any, why: list[str]) -> None:
    assert breaking_changes(schema_of({"step": Send | Wait}), schema_of({"step": kinds})) == why


@pytest.mark.parametrize(
    "changed",
    [
        schema(),
        schema(name="Renamed"),
        schema(optional=OPTIONAL | {"more": (int, 0)}),
        schema(without(REQUIRED, "id"), {"id": (str, "")} | OPTIONAL),
        schema(REQUIRED | {"color": More}),
        schema(REQUIRED | {"id": str | int}),
        schema(optional=OPTIONAL | {"limit": (int | str | None, None)}),
    ],
)
def test_an_addition_is_accepted(changed: Schema) -> None:
    assert breaking_changes(schema(), changed) == []
