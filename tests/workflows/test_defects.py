"""Activities that raise what nobody expected: a defect fails at once, an absent database is tried again."""

from collections.abc import Callable
from typing import Any

import pytest
from asyncpg.exceptions import UndefinedColumnError
from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError, NoResultFound

from activities import history, inventory
from models.errors import DatabaseUnavailable
from models.lifecycle import ItemState, Status
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

pytestmark = [pytest.mark.fault("6"), pytest.mark.fault("21")]


def invalid_value() -> None:
    TypeAdapter(int).validate_python("x")


def raises(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


DEFECTS = {
    "a value that doesn't fit": invalid_value,
    "a missing attribute": raises(AttributeError("'NoneType' object has no attribute 'id'")),
    "an assumption that doesn't hold": raises(AssertionError("the item has a line")),
    "a subclass of a standard error": raises(UnicodeError("no such character")),
    "a missing row": raises(NoResultFound("No row was found when one was required")),
    "a statement that is wrong": raises(DBAPIError("SELECT", {}, UndefinedColumnError("column does not exist"))),
    "a missing file": raises(FileNotFoundError("No such file")),
    "a closed port of something else": raises(ConnectionRefusedError("Connect call failed")),
}


def breaking(monkeypatch: pytest.MonkeyPatch, module: Any, function: str, fail: Callable[[], None], times: int) -> None:
    """Have a function of the activities fail this many times."""
    original, calls = getattr(module, function), iter(range(times))

    async def broken(*args: Any, **options: Any) -> Any:
        if next(calls, None) is not None:
            fail()
        return await original(*args, **options)

    monkeypatch.setattr(module, function, broken)


@pytest.mark.parametrize("fail", DEFECTS.values(), ids=DEFECTS)
async def test_a_defect_fails_at_once(
    env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch, fail: Callable[[], None]
) -> None:
    breaking(monkeypatch, inventory, "_with_inputs", fail, times=1)
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.FAILED)
    assert env.faults.runs["reserve"] == 1
    await env.retry(order)
    assert (await env.wait_for_status(order, Status.IN_FULFILLMENT)).status == Status.IN_FULFILLMENT


async def test_an_absent_database_is_tried_again(env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, inventory, "_with_inputs", raises(DatabaseUnavailable()), times=1)
    await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.IN_FULFILLMENT)
    assert env.faults.runs["reserve"] == 2


async def test_a_defect_of_the_carriers_adapter_fails_at_once(
    env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(monkeypatch, env.carrier, "submit", raises(AttributeError("no such field")), times=1)
    await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.FAILED)
    assert env.faults.runs["place"] == 1


async def test_what_an_order_cannot_go_on_without_is_tried_until_it_is_fixed(
    env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.IN_FULFILLMENT)
    breaking(monkeypatch, history, "append_events", raises(AttributeError("no such field")), times=2)
    await env.carrier_update(order, ItemState.SHIPPED)
    assert (await env.wait_for_status(order, Status.SHIPPED)).status == Status.SHIPPED
    assert env.faults.runs["record"] >= 3
