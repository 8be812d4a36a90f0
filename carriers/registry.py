"""Builds the carriers a process talks to from their connection settings."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from carriers.base import Carrier, Connection
from carriers.tmf622 import Tmf622Carrier
from carriers.tmf622.action import find_action
from models.order_type import OrderType
from models.step import carrier_actions

ADAPTERS: Mapping[str, Callable[[Connection], Carrier]] = MappingProxyType({"tmf622": Tmf622Carrier})


def build(connections: Iterable[Connection]) -> Mapping[str, Carrier]:
    """The carriers by code. Raises ValueError for an unknown adapter or a duplicate code."""
    carriers: dict[str, Carrier] = {}
    for to in connections:
        if to.adapter not in ADAPTERS:
            raise ValueError(f"carrier {to.code}: unknown adapter {to.adapter!r}, use one of {', '.join(ADAPTERS)}")
        if to.code in carriers:
            raise ValueError(f"carrier {to.code} is configured twice")
        carriers[to.code] = ADAPTERS[to.adapter](to)
    return MappingProxyType(carriers)


def check_actions(types: Iterable[OrderType]) -> None:
    """Raises UnknownWordError if an order type, or a variant of it, names a carrier action that does not exist."""
    for order_type in types:
        for possible in order_type.possible():
            for action in carrier_actions(possible.steps):
                find_action(action)


async def close(carriers: Mapping[str, Carrier]) -> None:
    for carrier in carriers.values():
        await carrier.close()
