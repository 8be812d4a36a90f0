"""Records what is missing of the wire's schemas and golden inputs, and what was added to schemas (`make wire`)."""

import pytest

from tests.workflows.golden_inputs import encode, golden_input, to_record
from tests.workflows.golden_values import GOLDEN
from tests.workflows.wire_contract import as_text, changes_since_recorded, recording, schemas
from workflows.order_type_registry import order_types_by_code


@pytest.mark.parametrize("name", sorted(schemas()))
def test_record_a_schema(name: str) -> None:
    assert not recording(name).exists() or changes_since_recorded(name) == []
    recording(name).write_text(as_text(schemas()[name]))


@pytest.mark.parametrize(
    "name", [name for name in sorted([*order_types_by_code(), *GOLDEN]) if not golden_input(name).exists()]
)
def test_record_a_golden_input(name: str) -> None:
    golden_input(name).write_text(as_text(encode(to_record(name))))
