"""The official definition of TMF622 v4.0.0: its operations, and documents held against its schemas."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import best_match

Json = dict[str, Any]

DEFINITION = Path(__file__).parents[3] / "shared/tmf/TMF622-ProductOrder-v4.0.0.swagger.json"
needs_definition = pytest.mark.skipif(
    not DEFINITION.exists(), reason="the official definition of TMF622 is not beside the project"
)
# What says by its @type which other members it has, and what MEF 123 adds the item to.
OPEN = re.compile(r"RelatedPlaceRefOrValue|\w+EventPayload")


def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(_is_date_time)
FORMATS.checks("uri", raises=ValueError)(_is_uri)


class Violation(AssertionError):
    """Somebody sent what the definition does not allow."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is defined for one status: the schema by its name (none: no body), and headers that are numbers."""

    schema: str | None
    listed: bool
    headers: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation a carrier offers, under its path with `{id}` in it."""

    name: str
    body: str | None
    query: frozenset[str]
    answers: Mapping[int, Answer]


@cache
def document() -> Json:
    """The definition as it was published."""
    return dict(json.loads(DEFINITION.read_text()))


@cache
def operations() -> Mapping[str, Operation]:
    """The operations by name, `GET /productOrder/{id}`; what listeners offer is not among them."""
    return {operation.name: operation for operation in _operations()}


def base_path() -> str:
    """Where the operations lie."""
    return str(document()["basePath"]).rstrip("/")


def operation_of(method: str, path: str) -> Operation | None:
    """The operation a request is for; None when the definition has none."""
    template = re.sub(r"^(/\w+)/[^/]+$", r"\1/{id}", path.removeprefix(base_path()))
    return operations().get(f"{method} {template}")


def check(name: str, value: Any, *, listed: bool = False, partial: bool = False, closed: bool = False) -> None:
    """Hold a value against a schema: `partial` lets members lack at its top, `closed` refuses unknown ones anywhere."""
    validator = _validator(name, listed=listed, partial=partial, closed=closed)
    if error := best_match(validator.iter_errors(value)):
        raise Violation(f"{name} {error.json_path}: {error.message}")


def check_request(operation: Operation, query: str, body: Any, *, closed: bool = False) -> None:
    """Hold a request against its operation; a merge patch may leave out anything, and remove by null."""
    if operation.body and operation.name.startswith("PATCH") and not closed:
        given = {name: value for name, value in body.items() if value is not None}
        check(operation.body, given, partial=True)
    elif operation.body:
        check(operation.body, body, closed=closed)
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if name.partition(".")[0] not in operation.query:
            raise Violation(f"{operation.name} has no parameter {name}")


def _operations() -> Iterator[Operation]:
    offered = {path: said for path, said in document()["paths"].items() if not path.startswith("/listener/")}
    for path, methods in offered.items():
        for method, said in methods.items():
            answers = {int(status): _answer(answer) for status, answer in said["responses"].items()}
            bodies = [_named(each["schema"]) for each in said["parameters"] if each["in"] == "body"]
            yield Operation(
                name=f"{method.upper()} {path}",
                body=next(iter(bodies), None),
                query=frozenset(each["name"] for each in said["parameters"] if each["in"] == "query")
                | _filters(answers.get(200)),
                answers=answers,
            )


def _answer(said: Json) -> Answer:
    schema = said.get("schema", {})
    name = _named(schema.get("items", schema)) if schema else None
    return Answer(schema=name, listed="items" in schema, headers=frozenset(said.get("headers", {})))


def _filters(answer: Answer | None) -> frozenset[str]:
    """The first-level attributes a list can be filtered by."""
    if answer is None or not answer.listed:
        return frozenset()
    return frozenset(document()["definitions"][answer.schema]["properties"])


def _named(reference: Json) -> str:
    return str(reference["$ref"]).removeprefix("#/definitions/")


@cache
def _validator(name: str, *, listed: bool, partial: bool, closed: bool) -> Draft4Validator:
    definitions = document()["definitions"]
    if closed:
        definitions = {each: _closed(each, schema) for each, schema in definitions.items()}
    schema = {key: value for key, value in definitions[name].items() if not (partial and key == "required")}
    whole = {**({"type": "array", "items": schema} if listed else schema), "definitions": definitions}
    Draft4Validator.check_schema(whole)
    return Draft4Validator(whole, format_checker=FORMATS)


def _closed(name: str, schema: Json) -> Json:
    is_open = "properties" not in schema or OPEN.fullmatch(name)
    return schema if is_open else {**schema, "additionalProperties": False}
