"""The official definition of TMF622 v4.0.0: its operations, and validation against its schemas."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import best_match

Json = dict[str, Any]

DEFINITION = Path(__file__).with_name("TMF622-ProductOrder-v4.0.0.swagger.json")
# Schemas that allow more properties: those extended by their @type, and event payloads, to which MEF 123 adds the item.
OPEN = re.compile(r"RelatedPlaceRefOrValue|\w+EventPayload")


def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(_is_date_time)
FORMATS.checks("uri", raises=ValueError)(_is_uri)


class Violation(AssertionError):
    """A request, response or event that the definition does not allow."""


@dataclass(frozen=True, kw_only=True)
class ResponseDefinition:
    """The response of one status: the name of its schema (None: no body), and its numeric headers."""

    schema: str | None
    is_list: bool
    headers: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation, such as `GET /productOrder/{id}`; `body` is the name of the request's schema."""

    name: str
    body: str | None
    query: frozenset[str]
    responses: Mapping[int, ResponseDefinition]


@cache
def document() -> Json:
    return dict(json.loads(DEFINITION.read_text()))


@cache
def operations() -> Mapping[str, Operation]:
    """The operations of a carrier, by name, without those of event listeners."""
    return {operation.name: operation for operation in _operations()}


def base_path() -> str:
    return str(document()["basePath"]).rstrip("/")


def operation_of(method: str, path: str) -> Operation | None:
    """The operation of a request, or None. HEAD is GET without the content."""
    template = re.sub(r"^(/\w+)/[^/]+$", r"\1/{id}", path.removeprefix(base_path()))
    return operations().get(f"{'GET' if method == 'HEAD' else method} {template}")


def check(name: str, value: Any, *, is_list: bool = False, partial: bool = False, closed: bool = False) -> None:
    """Validate a value: `partial` drops the required properties at the top, `closed` forbids unknown ones anywhere."""
    validator = _validator(name, is_list=is_list, partial=partial, closed=closed)
    if error := best_match(validator.iter_errors(value)):
        raise Violation(f"{name} {error.json_path}: {error.message}")


def check_request(operation: Operation, query: str, body: Any, *, closed: bool = False) -> None:
    """Validate a request. A merge patch may leave out anything, and removes properties by null."""
    if operation.body and operation.name.startswith("PATCH") and not closed:
        kept = {name: value for name, value in body.items() if value is not None}
        check(operation.body, kept, partial=True)
    elif operation.body:
        check(operation.body, body, closed=closed)
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if name.partition(".")[0] not in operation.query:
            raise Violation(f"{operation.name} has no parameter {name}")


def _operations() -> Iterator[Operation]:
    paths = {path: methods for path, methods in document()["paths"].items() if not path.startswith("/listener/")}
    for path, methods in paths.items():
        for method, definition in methods.items():
            responses = {int(status): _response(response) for status, response in definition["responses"].items()}
            parameters = definition["parameters"]
            bodies = [_schema_name(each["schema"]) for each in parameters if each["in"] == "body"]
            yield Operation(
                name=f"{method.upper()} {path}",
                body=next(iter(bodies), None),
                query=frozenset(each["name"] for each in parameters if each["in"] == "query")
                | _filters(responses.get(200)),
                responses=responses,
            )


def _response(definition: Json) -> ResponseDefinition:
    schema = definition.get("schema", {})
    name = _schema_name(schema.get("items", schema)) if schema else None
    return ResponseDefinition(schema=name, is_list="items" in schema, headers=frozenset(definition.get("headers", {})))


def _filters(response: ResponseDefinition | None) -> frozenset[str]:
    """The first-level attributes by which a list can be filtered, and `sort`, which all lists have (TMF630)."""
    if response is None or not response.is_list:
        return frozenset()
    return frozenset(document()["definitions"][response.schema]["properties"]) | {"sort"}


def _schema_name(reference: Json) -> str:
    return str(reference["$ref"]).removeprefix("#/definitions/")


@cache
def _validator(name: str, *, is_list: bool, partial: bool, closed: bool) -> Draft4Validator:
    definitions = document()["definitions"]
    if closed:
        definitions = {each: _closed(each, schema) for each, schema in definitions.items()}
    schema = {key: value for key, value in definitions[name].items() if not (partial and key == "required")}
    schema = {**({"type": "array", "items": schema} if is_list else schema), "definitions": definitions}
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema, format_checker=FORMATS)


def _closed(name: str, schema: Json) -> Json:
    is_open = "properties" not in schema or OPEN.fullmatch(name)
    return schema if is_open else {**schema, "additionalProperties": False}
