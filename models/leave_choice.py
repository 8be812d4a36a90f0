"""The shape of a choice: what becomes of a line or a device when the person who has it leaves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from models import registry
from models.leave import LeaveThing
from models.order_type import OrderType

CHOICES = "models.leave_choices"


@dataclass(frozen=True, kw_only=True)
class LeaveChoice:
    """Something that can become of a line or a device.

    Attributes:
        effect: the effect of the type whose order does it; None if nothing is ordered.
        answers: the answers to the questions of that order.
        of_device: what a choice for a device answers in the order about its line, by the effect of that order.
        to_person: whether a person takes it over, so that it says who.
        approval: the plan that its order is approved by in place of its type's; None for that.
    """

    code: str
    thing: LeaveThing
    label: str
    help: str
    effect: str | None = None
    answers: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    of_device: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    to_person: bool = False
    approval: str | None = None

    def order_type(self, order_types: Collection[OrderType]) -> OrderType | None:
        """The type that it orders; None if nothing is ordered, or no type does this."""
        found = (one for one in order_types if one.effect == self.effect and all(map(one.asks, self.answers)))
        return next(found, None)

    def is_offered(self, order_types: Collection[OrderType]) -> bool:
        """A choice whose type does not exist is not."""
        return self.effect is None or self.order_type(order_types) is not None


def leave_choice(code: str) -> LeaveChoice:
    """Raises UnknownWordError."""
    return registry.find(CHOICES, LeaveChoice, code)


def offered(thing: LeaveThing, order_types: Collection[OrderType]) -> list[LeaveChoice]:
    """The choices for a line or a device."""
    words = registry.load(CHOICES, LeaveChoice).values()
    return [one for one in words if one.thing is thing and one.is_offered(order_types)]
