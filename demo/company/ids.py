"""Ids that are the same in every sample company, so that documents can show them."""

from enum import IntEnum
from itertools import count

from ulid import ULID

_FOUNDED = 1_767_600_000_000  # milliseconds: 5 January 2026
_RANDOM_BITS = 80
_KIND_BITS = 64


class Kind(IntEnum):
    """What an id names; it keeps the ids of different things apart."""

    ACCOUNT = 1
    PERSON = 2
    DEVICE = 3
    SIM = 4
    LINE = 5


class Ids:
    """The ids of one tenant's things, drawn in order. `tenant` is a small number."""

    def __init__(self, tenant: int) -> None:
        self._tenant = tenant
        self._counts = {kind: count(1) for kind in Kind}

    def draw(self, kind: Kind) -> str:
        """The next id of a kind."""
        low = (kind << _KIND_BITS) + (self._tenant << (_KIND_BITS // 2)) + next(self._counts[kind])
        return str(ULID.from_int((_FOUNDED << _RANDOM_BITS) + low))
