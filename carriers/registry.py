"""Builds the carriers a process talks to from their connection settings."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from carriers.base import Carrier, Connection
from carriers.tmf622 import Tmf622Carrier

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


async def close(carriers: Mapping[str, Carrier]) -> None:
    for carrier in carriers.values():
        await carrier.close()
