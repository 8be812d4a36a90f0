"""Builds the carriers a process talks to from their connection settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from carriers.base import Carrier
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


ADAPTERS: Mapping[str, Callable[..., Carrier]] = MappingProxyType({"tmf622": Tmf622Carrier})


def build(connections: Iterable[Connection]) -> Mapping[str, Carrier]:
    """The carriers by code. Raises ValueError for an unknown adapter or a duplicate code."""
    carriers: dict[str, Carrier] = {}
    for to in connections:
        if to.adapter not in ADAPTERS:
            raise ValueError(f"carrier {to.code}: unknown adapter {to.adapter!r}, use one of {', '.join(ADAPTERS)}")
        if to.code in carriers:
            raise ValueError(f"carrier {to.code} is configured twice")
        carriers[to.code] = ADAPTERS[to.adapter](
            code=to.code, name=to.name, url=to.url, token=to.token, webhook_secret=to.webhook_secret
        )
    return MappingProxyType(carriers)


async def close(carriers: Mapping[str, Carrier]) -> None:
    for carrier in carriers.values():
        await carrier.close()
