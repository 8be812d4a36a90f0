"""Documents as they were written once, to be read by all later code."""

import importlib
import json
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import Payload

from models.order import Order
from models.order_type import FrozenType
from outbox.temporal_client import data_converter
from tests.workflows.golden_parts import order_of
from tests.workflows.golden_values import GOLDEN
from tests.workflows.workflow_env import KEYRING
from workflows.order_type_registry import order_type

INPUTS = Path(__file__).parent / "inputs"


def golden_input(name: str) -> Path:
    """`name` is an order type's code, or that of a golden value."""
    return INPUTS / f"{name}.json"


def to_record(name: str) -> object:
    """The value whose document is recorded; an order has its type as clients submit it today."""
    return GOLDEN[name] if name in GOLDEN else order_of(order_type(name).resolve({}))


def expected(name: str) -> object:
    """The value that the recorded document is read as, written by hand."""
    return GOLDEN[name] if name in GOLDEN else order_of(_kept(name))


def _kept(code: str) -> FrozenType:
    """`FROZEN` in the test of the order type: what an order of this type kept when its input was recorded."""
    kept: FrozenType = importlib.import_module(f"tests.workflows.order_types.test_{code.lower()}").FROZEN
    return kept


def encode(value: object) -> Any:
    """The document that Temporal gets, before it is encrypted."""
    (payload,) = data_converter(KEYRING).payload_converter.to_payloads([value])
    return json.loads(payload.data)


def decode(document: Any, kind: type) -> object:
    """What a workflow or activity gets of the document."""
    payload = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(document).encode())
    (value,) = data_converter(KEYRING).payload_converter.from_payloads([payload], [kind])
    return value


def kind_of(name: str) -> type:
    return type(GOLDEN[name]) if name in GOLDEN else Order
