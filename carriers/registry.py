"""Builds the carriers a process talks to, from plain values the composition root has read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from carriers.base import Carrier
from carriers.instrumented import InstrumentedCarrier
from carriers.tmf622 import Tmf622Carrier


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to reach one carrier; `adapter` is a key of ADAPTERS."""

    code: str
    name: str
    url: str
    token: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    adapter: str = "tmf622"


def _tmf622(to: Connection) -> Carrier:
    return Tmf622Carrier(code=to.code, name=to.name, url=to.url, token=to.token, webhook_secret=to.webhook_secret)


ADAPTERS: Mapping[str, Callable[[Connection], Carrier]] = MappingProxyType({"tmf622": _tmf622})


def build(connections: Iterable[Connection]) -> Mapping[str, Carrier]:
    """The carriers by code, their calls timed. Raises ValueError for an unknown adapter or a code used twice."""
    carriers: dict[str, Carrier] = {}
    for to in connections:
        if to.adapter not in ADAPTERS:
            raise ValueError(f"carrier {to.code}: there is no adapter {to.adapter!r}, only {', '.join(ADAPTERS)}")
        if to.code in carriers:
            raise ValueError(f"carrier {to.code} is configured twice")
        carriers[to.code] = InstrumentedCarrier(ADAPTERS[to.adapter](to))
    return MappingProxyType(carriers)


async def close(carriers: Mapping[str, Carrier]) -> None:
    """Give all connections to carriers back."""
    for carrier in carriers.values():
        await carrier.close()
