"""Recorded documents are read as the values that were written.

Fields that the code does not know are ignored, because in a rolling deploy older workers read newer documents. So a
renamed field is no error: it reads as its default. These tests notice.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.order import Order
from tests.workflows.golden_inputs import INPUTS, decode, expected, golden_input, kind_of
from tests.workflows.golden_values import GOLDEN
from tests.workflows.wire_contract import schemas, wire_types
from workflows.order_type_registry import order_types_by_code

CODES = sorted(order_types_by_code())


def document_of(name: str) -> Any:
    assert golden_input(name).exists(), "run `make wire`"
    return json.loads(golden_input(name).read_text())


@pytest.mark.parametrize("name", [*CODES, *GOLDEN])
def test_a_golden_input_is_read_as_it_was_written(name: str) -> None:
    assert decode(document_of(name), kind_of(name)) == expected(name)


@pytest.mark.parametrize("code", CODES)
def test_the_type_of_an_orders_row_is_read_as_it_was_written(code: str) -> None:
    order = expected(code)
    assert isinstance(order, Order)
    row = cast(OrderRow, SimpleNamespace(type=document_of(code)["type"]))
    assert order_values.type_of(row) == order.type


def test_fields_that_are_not_known_are_ignored() -> None:
    document = document_of("Decision") | {"mood": "good"}
    assert decode(document, kind_of("Decision")) == GOLDEN["Decision"]


def test_every_golden_input_is_read() -> None:
    assert {file.stem for file in INPUTS.glob("*.json")} == {*CODES, *GOLDEN}


def test_every_field_has_a_golden_value() -> None:
    """Also each class of a union, such as a step."""
    found = {(type(one).__name__, name) for value in GOLDEN.values() for one in _parts(value) for name in _set(one)}
    definitions = [one for name in wire_types() for one in schemas()[name].get("$defs", {}).items()]
    on_wire = {(name, field) for name, schema in definitions for field in schema.get("properties", ())}
    assert on_wire - found == set()


def _parts(value: Any) -> Iterator[Any]:
    """The dataclasses in a value."""
    if is_dataclass(value):
        yield value
        value = vars(value)
    if isinstance(value, Mapping | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _parts(one)


def _set(value: Any) -> Iterator[str]:
    """The fields that differ from their defaults; the kind of a step can't."""
    return (
        field.name for field in fields(value) if field.name == "kind" or getattr(value, field.name) != field.default
    )
