import sys
from types import ModuleType

import pytest
from temporalio import workflow

from models.errors import NotFound
from models.order_type import Family, OrderType, Step
from workflows import order_type_registry
from workflows.lifecycle import OrderWorkflow


def module_with(monkeypatch: pytest.MonkeyPatch, *steps: tuple[Step, ...]) -> str:
    """A module that defines one order type for each tuple of steps."""
    module = ModuleType("workflows.order_types.invented")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for number, taken in enumerate(steps):
        setattr(module, f"Type{number}", _invented(module.__name__, taken))
    return module.__name__


def _invented(module: str, steps: tuple[Step, ...]) -> type[OrderWorkflow]:
    kind = OrderType(
        code="INVENTED", family=Family.NEW, title="Invented", asks=(), checks=(), steps=steps, effect="new_line"
    )

    class Invented(OrderWorkflow):
        order_type = kind

    Invented.__module__ = module
    return Invented


def test_a_file_holds_one_type(monkeypatch: pytest.MonkeyPatch) -> None:
    found = order_type_registry._defined_in(module_with(monkeypatch, (Step.RULE,)))
    assert found.order_type.code == "INVENTED"


@pytest.mark.parametrize("types", [0, 2])
def test_a_file_without_its_one_type_is_refused(monkeypatch: pytest.MonkeyPatch, types: int) -> None:
    with pytest.raises(ValueError, match=f"defines {types} order types"):
        order_type_registry._defined_in(module_with(monkeypatch, *[(Step.RULE,)] * types))


def test_a_type_with_a_step_that_nobody_runs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="nobody runs ENROLL"):
        order_type_registry._defined_in(module_with(monkeypatch, (Step.RULE, Step.ENROLL)))


def test_an_unknown_code_is_not_found() -> None:
    with pytest.raises(NotFound):
        order_type_registry.order_type("NO_SUCH_TYPE")


@pytest.mark.parametrize("code", sorted(order_type_registry.order_types_by_code()))
def test_a_type_is_registered_under_its_code(code: str) -> None:
    definition = workflow._Definition.must_from_class(order_type_registry.workflow_classes()[code])
    assert definition.name == code
    assert {"approve", "reject", "request_info", "provide_info", "cancel"} <= definition.updates.keys()
    assert {"approve", "reject", "request_info", "provide_info", "cancel"} <= definition.signals.keys()
