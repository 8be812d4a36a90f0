"""Ids that are the same in every demo, so that documents can show them."""

from enum import IntEnum
from itertools import count

from ulid import ULID

_CREATED_MS = 1_767_600_000_000  # January 5, 2026
_RANDOM_BITS = 80
_KIND_BITS = 64


class IdKind(IntEnum):
    ACCOUNT = 1
    PERSON = 2
    DEVICE = 3
    SIM = 4
    LINE = 5
    SITE = 6
    CARRIER_RULE = 7


OF_IMPORTS = {
    "accounts": IdKind.ACCOUNT,
    "people": IdKind.PERSON,
    "devices": IdKind.DEVICE,
    "sims": IdKind.SIM,
    "lines": IdKind.LINE,
    "sites": IdKind.SITE,
}


class TenantIds:
    """Generates ids in sequence; tenants with different numbers never share one."""

    def __init__(self, tenant: int) -> None:
        self._tenant = tenant
        self._counts = {kind: count(1) for kind in IdKind}

    def new(self, kind: IdKind) -> str:
        low = (kind << _KIND_BITS) + (self._tenant << (_KIND_BITS // 2)) + next(self._counts[kind])
        return str(ULID.from_int((_CREATED_MS << _RANDOM_BITS) + low))
