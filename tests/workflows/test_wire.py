"""What is on the wire or in a JSON column only ever gets optional additions: old documents stay readable."""

import json

import pytest

from models.order import Order, Ruling
from models.order_messages import Decision
from models.order_type import FrozenType
from models.timers import TimerInput
from tests.workflows.wire_contract import WIRE, changes_since_recorded, column_types, recording, schemas, wire_types


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_only_gets_additions(name: str) -> None:
    assert recording(name).exists(), "run `make wire`"
    assert changes_since_recorded(name) == []
    assert json.loads(recording(name).read_text()) == schemas()[name], "run `make wire`"


def test_nothing_that_was_on_the_wire_is_gone() -> None:
    assert {file.stem for file in WIRE.glob("*.json")} <= schemas().keys()


def test_what_is_on_the_wire_is_found_in_the_code() -> None:
    types = wire_types()
    assert types["ORDER"]["argument"] is Order
    assert types["ORDER"]["update approve"] is types["ORDER"]["signal approve"] is Decision
    assert types["LINE_TIMER"]["argument"] is TimerInput
    assert types.keys() >= {"rule", "place", "apply", "request_from_carrier"}
    assert {FrozenType, Ruling} <= {*column_types()}
