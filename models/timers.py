"""Clocks: what goes on running after an order, as frozen values that cross the wire."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.lifecycle import Event
from models.order import SYSTEM, Actor, OrderRef

SUSPENSION_TIMER = "SUSPENSION_CLOCK"

# Entries of a clock go on in the history of the order that started it. The order may still be writing there for its
# other items, so every item's clock counts from far above: item 2's first entry is 2,000,001.
ENTRIES_PER_ITEM = 1_000_000

# How far back a carrier looks that allows so many days of suspension a year.
YEAR = timedelta(days=365)


class Ending(StrEnum):
    """How a suspension ends: the carrier is asked to resume the line, or does something by its own rule."""

    RESUME = "resume"
    RECONNECT = "reconnect"
    DISCONNECT = "disconnect"

    @property
    def outcome(self) -> "TimerOutcome":
        """How a clock that comes to this ending has ended."""
        return {
            Ending.RESUME: TimerOutcome.RESUMED,
            Ending.RECONNECT: TimerOutcome.RECONNECTED,
            Ending.DISCONNECT: TimerOutcome.DISCONNECTED,
        }[self]


class TimerOutcome(StrEnum):
    """How a clock has ended; STOPPED is by an order that changed the line's status first."""

    RESUMED = "resumed"
    RECONNECTED = "reconnected"
    DISCONNECTED = "disconnected"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class Period:
    """A time in which a line was suspended."""

    began: datetime
    ended: datetime


@dataclass(frozen=True, kw_only=True)
class Notice:
    """People are told at `at` that the end is `days` days away."""

    at: datetime
    days: int


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When what happens to a suspended line, reckoned once when it was suspended.

    `limit_at` is when the carrier's rule ends the suspension whatever happened before, None where it has no limit.
    Without limit and planned resumption nothing ends it by itself: `ends_at` is None.
    """

    notices: tuple[Notice, ...] = ()
    ends_at: datetime | None = None
    ends_by: Ending | None = None
    limit_at: datetime | None = None
    limit_by: Ending | None = None


@dataclass(frozen=True, kw_only=True)
class TimerRef:
    """Which clock; what is known of it is read where it is needed."""

    tenant: str
    id: str

    @property
    def workflow_id(self) -> str:
        """`clock:{tenant}:{ulid}`: opaque, nothing private."""
        return f"clock:{self.tenant}:{self.id}"


@dataclass(frozen=True, kw_only=True)
class TimerInput:
    """The input of a clock's workflow: whose clock it is, and its schedule. No personal data beyond ids.

    `written` is how many entries it has in the history already: none, unless it goes on after its workflow was lost.
    """

    ref: TimerRef
    order: OrderRef
    number: str
    item_id: str
    item_number: int
    carrier: str
    schedule: Schedule
    written: int = 0

    @property
    def before_its_entries(self) -> int:
        """The number below that of its first entry."""
        return ENTRIES_PER_ITEM * self.item_number

    def going_on(self, *, written: int, told: Collection[int]) -> "TimerInput":
        """The plan of a clock that has written so many entries and given the notices of these days before."""
        left = tuple(notice for notice in self.schedule.notices if notice.days not in told)
        return replace(self, written=written, schedule=replace(self.schedule, notices=left))


@dataclass(frozen=True, kw_only=True)
class TimerEvent:
    """What happened to a clock, to be written as entry `seq` into the history of its order."""

    seq: int
    at: datetime
    event: Event
    actor: Actor = SYSTEM
    data: tuple[tuple[str, Any], ...] = ()
