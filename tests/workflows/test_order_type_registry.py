import sys
from types import ModuleType

import pytest
from temporalio import workflow

from models.errors import NotFound
from models.order_type import Step
from tests.sample_types import sample_type
from workflows import order_type_registry
from workflows.lifecycle import OrderWorkflow


def module_with(monkeypatch: pytest.MonkeyPatch, *steps: tuple[Step, ...]) -> str:
    """A module that defines one order type for each tuple of steps."""
    module = ModuleType("workflows.order_types.example")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for number, type_steps in enumerate(steps):
        setattr(module, f"Type{number}", _workflow_class(module.__name__, type_steps))
    return module.__name__


def _workflow_class(module: str, steps: tuple[Step, ...]) -> type[OrderWorkflow]:
    kind = sample_type(code="EXAMPLE", steps=steps)

    class Example(OrderWorkflow):
        order_type = kind

    Example.__module__ = module
    return Example


def test_a_file_defines_one_type(monkeypatch: pytest.MonkeyPatch) -> None:
    found = order_type_registry._class_in(module_with(monkeypatch, (Step.RULE,)))
    assert found.order_type.code == "EXAMPLE"


@pytest.mark.parametrize("types", [0, 2])
def test_a_file_with_no_type_or_several_types_is_rejected(monkeypatch: pytest.MonkeyPatch, types: int) -> None:
    with pytest.raises(ValueError, match=f"defines {types} order types"):
        order_type_registry._class_in(module_with(monkeypatch, *[(Step.RULE,)] * types))


def test_a_type_with_a_step_that_has_no_function_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no function runs ENROLL"):
        order_type_registry._class_in(module_with(monkeypatch, (Step.RULE, Step.ENROLL)))


def test_an_unknown_code_is_not_found() -> None:
    with pytest.raises(NotFound):
        order_type_registry.order_type("NO_SUCH_TYPE")


@pytest.mark.parametrize("code", sorted(order_type_registry.order_types_by_code()))
def test_a_type_is_registered_under_its_code_with_all_messages(code: str) -> None:
    definition = workflow._Definition.must_from_class(order_type_registry.workflow_classes()[code])
    assert definition.name == code
    assert {"approve", "reject", "request_info", "provide_info", "cancel"} <= definition.updates.keys()
    assert {"approve", "reject", "request_info", "provide_info", "cancel"} <= definition.signals.keys()
    assert all(update.validator for update in definition.updates.values())
