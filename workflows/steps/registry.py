"""The function of each step: order steps run once, item steps for each item."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from models.order import Item
from models.order_type import Step
from workflows.state import OrderState
from workflows.steps.activate import activate
from workflows.steps.apply import apply
from workflows.steps.approve import approve
from workflows.steps.fulfill import fulfill
from workflows.steps.place import place
from workflows.steps.reserve import reserve
from workflows.steps.rule import rule
from workflows.steps.schedule import schedule

ORDER_STEPS: Mapping[Step, Callable[[OrderState], Awaitable[None]]] = MappingProxyType(
    {
        Step.RULE: rule,
        Step.APPROVE: approve,
        Step.SCHEDULE: schedule,
        Step.RESERVE: reserve,
        Step.PLACE: place,
    }
)

ITEM_STEPS: Mapping[Step, Callable[[OrderState, Item], Awaitable[None]]] = MappingProxyType(
    {
        Step.FULFILL: fulfill,
        Step.ACTIVATE: activate,
        Step.APPLY: apply,
    }
)
