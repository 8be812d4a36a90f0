"""What the simulated carrier knows about one kind of order item."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from demo.simulator.items import Document, characteristics
from demo.simulator.numbers import NumberGenerator
from demo.simulator.sold_products import SoldProducts

Characteristics = Mapping[str, Any]


class Rejection(NamedTuple):
    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SimulatedAction:
    """How the carrier recognizes an action in an item, and how it answers.

    The functions take the item's characteristics. Of several actions that fit an item, the one that knows most of its
    characteristics applies; if two know as many, none does.

    Attributes:
        verb: the item's TMF action.
        sets: characteristics that must have these values.
        one_of: characteristics of which the item must have at least one, unless there are none.
        reads: the other characteristics that it knows.
        rejects: why the item is rejected, if it is.
        asks: what it asks for before it starts, if anything, from what it asks for and the products of the carrier.
        assigns: new values of identifiers. What the client sent and this leaves out is confirmed as it is.
        reveals: what only the answer to GET /productOrder/{id} shows.
        ships: whether there is a parcel. Without one the item is complete once it has its identifiers.
        activates: whether the item waits for its activation after delivery.
        results: what the completed item shows in addition.
    """

    code: str
    verb: Literal["add", "modify", "delete"]
    sets: Characteristics = field(default_factory=lambda: MappingProxyType({}))
    one_of: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    rejects: Callable[[Characteristics], Rejection | None] = lambda _: None
    asks: Callable[[Characteristics, SoldProducts], str | None] = lambda _, __: None
    assigns: Callable[[Characteristics, NumberGenerator], Characteristics] = lambda _, __: {}
    reveals: Callable[[Characteristics, NumberGenerator], Characteristics] = lambda _, __: {}
    ships: Callable[[Characteristics], bool] = lambda _: False
    activates: Callable[[Characteristics], bool] = lambda _: False
    results: Callable[[Characteristics], Characteristics] = lambda _: {}

    def fits(self, item: Document) -> bool:
        requested = characteristics(item)
        return (
            item["action"] == self.verb
            and all(requested.get(name) == value for name, value in self.sets.items())
            and (not self.one_of or any(name in requested for name in self.one_of))
        )

    def known(self, item: Document) -> int:
        """How many of the item's characteristics the action knows."""
        return len(characteristics(item).keys() & {*self.sets, *self.one_of, *self.reads})
