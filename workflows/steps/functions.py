"""The function that runs each kind of step: order steps once, item steps for each item."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from models.order import Item
from models.step import (
    Activate,
    Apply,
    Approve,
    Fulfill,
    NotifyHolder,
    Place,
    Receive,
    Record,
    Reserve,
    Return,
    Rule,
    Schedule,
    Step,
)
from workflows.state import OrderState
from workflows.steps.activate import activate
from workflows.steps.apply import apply
from workflows.steps.approve import approve
from workflows.steps.fulfill import fulfill
from workflows.steps.notify_holder import notify_holder
from workflows.steps.open_return import open_return
from workflows.steps.place import place
from workflows.steps.receive import receive
from workflows.steps.record import record
from workflows.steps.reserve import reserve
from workflows.steps.rule import rule
from workflows.steps.schedule import schedule

ORDER_STEPS: Mapping[type[Step], Callable[[OrderState, Any], Awaitable[None]]] = MappingProxyType(
    {Rule: rule, Approve: approve, Schedule: schedule, Reserve: reserve, NotifyHolder: notify_holder, Place: place}
)
ITEM_STEPS: Mapping[type[Step], Callable[[OrderState, Item, Any], Awaitable[None]]] = MappingProxyType(
    {Fulfill: fulfill, Activate: activate, Receive: receive, Apply: apply, Record: record, Return: open_return}
)


async def run_order_step(state: OrderState, step: Step) -> None:
    await ORDER_STEPS[type(step)](state, step)


async def run_item_step(state: OrderState, item: Item, step: Step) -> None:
    await ITEM_STEPS[type(step)](state, item, step)
