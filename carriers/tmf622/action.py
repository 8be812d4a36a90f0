"""What a carrier action is in TMF622."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from carriers.base import CarrierOrderItem
from carriers.tmf622.naming import to_carrier_name
from models.registry import find

PACKAGE = "carriers.tmf622.actions"


@dataclass(frozen=True, kw_only=True)
class CarrierAction:
    """How an item with this action is sent. Nothing that the action does not name reaches the carrier.

    Attributes:
        code: what order types call the action.
        verb: what happens to the carrier's product.
        sets: characteristics with a fixed value.
        named_by: the identifiers of the line that are sent, by their names in Identifiers.
        sends: the answers that are sent: question code to characteristic. `device_tac` counts as an answer.
        ships: whether the order's shipping address is sent.
    """

    code: str
    verb: Literal["add", "modify", "delete"]
    sets: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    named_by: tuple[str, ...] = ()
    sends: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ships: bool = False

    def characteristics(self, item: CarrierOrderItem) -> Mapping[str, Any]:
        """By the carrier's names."""
        numbers = {to_carrier_name(name): getattr(item.subject, name) for name in self.named_by}
        answers = {name: item.changes[code] for code, name in self.sends.items() if code in item.changes}
        return {**self.sets, **{name: number for name, number in numbers.items() if number}, **answers}


def find_action(code: str) -> CarrierAction:
    """Raises UnknownWordError."""
    return find(PACKAGE, CarrierAction, code)
