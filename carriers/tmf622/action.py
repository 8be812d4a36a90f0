"""What a carrier action is in TMF622."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from carriers.base import CarrierOrderItem
from carriers.tmf622.naming import from_carrier_name, to_carrier_name
from models import questions
from models.errors import CarrierDeclined
from models.registry import find, load

PACKAGE = "carriers.tmf622.actions"


@dataclass(frozen=True, kw_only=True)
class CarrierAction:
    """How an item with this action is sent. Nothing that the action does not name reaches the carrier.

    Attributes:
        code: what order types call the action.
        verb: what happens to the carrier's product.
        sets: characteristics with a fixed value.
        named_by: the identifiers of the line or device that are sent, by their names in Identifiers.
        renames: their characteristics where those are not the usual ones, by their names in Identifiers.
        needs_name: whether the carrier finds nothing without one of them. What is new to it may have none yet.
        relies_on_line: whether an added product belongs to the line that the item is about, which is then named.
        sends: the answers that are sent: question code to characteristic. A device's `{code}_tac` counts as an answer.
        ships: whether the order's shipping address is sent.
        repeatable: whether the carrier does the same if it is asked twice, so that an order whose outcome is unknown
            is sent again at once.
    """

    code: str
    verb: Literal["add", "modify", "delete"]
    sets: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    named_by: tuple[str, ...] = ()
    renames: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sends: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ships: bool = False
    repeatable: bool = False
    needs_name: bool = True
    relies_on_line: bool = False

    def characteristics(self, item: CarrierOrderItem) -> Mapping[str, Any]:
        """By the carrier's names. Raises CarrierDeclined if the line has none of the identifiers that name it."""
        numbers = {
            self.renames.get(name) or to_carrier_name(name): number
            for name in self.named_by
            if (number := getattr(item.subject, name))
        }
        if self.named_by and self.needs_name and not numbers:
            facts = {"code": "LINE_NOT_NAMED"}
            raise CarrierDeclined("The line has no number yet, so the carrier can't find it.", facts=facts)
        answers = {name: item.changes[code] for code, name in self.sends.items() if code in item.changes}
        return {**self.sets, **numbers, **answers}


def find_action(code: str) -> CarrierAction:
    """Raises UnknownWordError."""
    return find(PACKAGE, CarrierAction, code)


def characteristic_of(name: str) -> str:
    """The carrier's name of a question or identifier: the one under which the actions send it, if any does."""
    return sent_names().get(name) or to_carrier_name(name)


def name_of(characteristic: str) -> str:
    """Our name of a characteristic: the code of the question that the actions send under it, if there is one."""
    return codes_by_sent_name().get(characteristic) or from_carrier_name(characteristic)


@cache
def secret_names() -> frozenset[str]:
    """The characteristics of all secret questions: one that is asked late, or by the carrier, may be in no action."""
    return frozenset(characteristic_of(code) for code in questions.all_by_code() if questions.is_secret(code))


@cache
def sent_names() -> Mapping[str, str]:
    """Question code to characteristic; all actions use the same name for a question."""
    return {code: name for action in load(PACKAGE, CarrierAction).values() for code, name in action.sends.items()}


@cache
def codes_by_sent_name() -> Mapping[str, str]:
    return {name: code for code, name in sent_names().items()}
