import sys
from dataclasses import fields, replace
from types import ModuleType
from typing import get_args

import pytest
from temporalio import workflow

from models.errors import NotFound
from models.order import Identifiers
from models.order_type import CancelWindow, Milestone, OrderType
from models.question import AskedAt
from models.registry import UnknownWordError
from models.step import Activate, Apply, ItemStep, OrderStep, Rule
from tests.sample_types import sample_type
from tests.workflows.cases import cases_of
from workflows import order_type_registry
from workflows.lifecycle import OrderWorkflow
from workflows.steps.functions import ITEM_STEPS, ORDER_STEPS

EXAMPLE = sample_type(
    code="EXAMPLE",
    steps=(Rule(), Apply()),
    effect="suspend_line",
    approval="NONE",
    cancel_window=CancelWindow(Milestone.SUBMITTED),
)


def module_with(monkeypatch: pytest.MonkeyPatch, *types: OrderType) -> str:
    """A module that defines these order types."""
    module = ModuleType("workflows.order_types.example")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for number, kind in enumerate(types):
        setattr(module, f"Type{number}", _workflow_class(module.__name__, kind))
    return module.__name__


def _workflow_class(module: str, kind: OrderType) -> type[OrderWorkflow]:

    class Example(OrderWorkflow):
        order_type = kind

    Example.__module__ = module
    return Example


def test_a_file_defines_one_type(monkeypatch: pytest.MonkeyPatch) -> None:
    found = order_type_registry._class_in(module_with(monkeypatch, EXAMPLE))
    assert found.order_type.code == "EXAMPLE"


@pytest.mark.parametrize("types", [0, 2])
def test_a_file_with_no_type_or_several_types_is_rejected(monkeypatch: pytest.MonkeyPatch, types: int) -> None:
    with pytest.raises(ValueError, match=f"defines {types} order types"):
        order_type_registry._class_in(module_with(monkeypatch, *[EXAMPLE] * types))


def test_every_step_has_a_function() -> None:
    assert {*ORDER_STEPS, *ITEM_STEPS} == {*get_args(OrderStep), *get_args(ItemStep)}


def test_a_type_that_cannot_run_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="EXAMPLE: APPLY must be the last step"):
        order_type_registry._class_in(module_with(monkeypatch, replace(EXAMPLE, steps=(Rule(),))))


def test_a_type_with_an_unknown_word_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownWordError, match=r"EXAMPLE: .* did you mean 'suspend_line'"):
        order_type_registry._class_in(module_with(monkeypatch, replace(EXAMPLE, effect="suspend_lin")))


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


@pytest.mark.parametrize("code", sorted(order_type_registry.order_types_by_code()))
def test_late_questions_are_asked_and_the_carrier_can_report_what_it_has_to(code: str) -> None:
    kind = order_type_registry.order_type(code)
    activates = any(case.kind.has(Activate) for case in cases_of(kind))
    assert activates or not kind.asked(AskedAt.LATE)
    assert {*kind.reported} <= {field.name for field in fields(Identifiers)}
