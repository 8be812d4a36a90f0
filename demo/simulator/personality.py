"""The carriers that can be simulated, and how each differs in what TMF622 leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

# Of a carrier with OAuth2.
TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
CLIENT_ID = "dialtone"


@dataclass(frozen=True, kw_only=True)
class Personality:
    """One carrier.

    Attributes:
        series: the digit, 0 to 9, that keeps the numbers of two carriers distinct.
        login: what its clients send as a bearer token: a fixed one, or one that its OAuth2 token endpoint issues.
        signs_events: whether its events have signatures (Standard Webhooks).
        idempotency_header: the request header whose value it takes an order with only once.
        recover_days: for how many days it keeps the number of a line that has ended.
        quote_api: how its clients ask what an order would cost; it also answers in the other way.
    """

    code: str
    name: str
    series: int
    login: Literal["token", "oauth"] = "oauth"
    signs_events: bool = False
    idempotency_header: str | None = None
    quote_api: Literal["companion", "tmf679"] = "tmf679"
    recover_days: int = 50

    @property
    def slug(self) -> str:
        """The name as used in host names and party ids."""
        return "-".join(self.name.lower().split())


NORTHWIND = Personality(
    code="northwind",
    name="Northwind Mobile",
    series=1,
    login="token",
    signs_events=True,
    idempotency_header="Idempotency-Key",
    quote_api="companion",
)
# Nothing but the standard.
BLUEPEAK = Personality(code="bluepeak", name="Bluepeak Wireless", series=2, recover_days=30)

PERSONALITIES: Mapping[str, Personality] = MappingProxyType({each.code: each for each in (NORTHWIND, BLUEPEAK)})
