"""What every order type must get right with each of its variants. A new one is tested as soon as its file exists."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from carriers.tmf622.action import PACKAGE, CarrierAction
from models.holder import Holder
from models.order import Item, Order
from models.registry import load
from models.step import carrier_actions
from outbox.temporal_client import data_converter
from tests.workflows.ahead import Ahead, Course
from tests.workflows.cases import Case, all_cases
from tests.workflows.completion import Spent, completed
from tests.workflows.workflow_env import KEYRING
from workflows.order_type_registry import order_types_by_code

EVERY_CASE = pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)


@pytest.mark.parametrize("course", [pytest.param(partial(completed, case=case), id=case.name) for case in all_cases()])
async def test_it_completes_within_its_budget_and_changes_what_it_says(
    ahead: Ahead, course: Course, record_property: Callable[[str, object], None]
) -> None:
    spent: Spent = await ahead.result(course)
    record_property("cost", f"{spent.cost.events} events, {spent.cost.actions} actions, {spent.cost.kib:.1f} KiB")
    record_property("statements", spent.statements.total())


@EVERY_CASE
async def test_its_input_round_trips_through_the_encrypting_converter(case: Case) -> None:
    order = Order(
        tenant="t",
        id="o",
        number="n",
        type=case.kind,
        requester_id="r",
        beneficiary=Holder.of(person_id="b"),
        items=(Item(id="i", number=1),),
    )
    converter = data_converter(KEYRING)
    payloads = await converter.encode([order])
    assert case.kind.code.encode() not in payloads[0].data
    assert await converter.decode(payloads, [Order]) == [order]


@EVERY_CASE
def test_what_it_asks_of_the_carrier_is_an_action_whose_requests_are_tested(case: Case) -> None:
    assert set(carrier_actions(case.kind.steps)) <= load(PACKAGE, CarrierAction).keys()


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
def test_it_has_a_test_file_of_its_own(code: str) -> None:
    assert (Path(__file__).parent / "order_types" / f"test_{code.lower()}.py").exists()
