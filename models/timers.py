"""Suspension timers: frozen values that Temporal serializes."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.order import SYSTEM, Actor, OrderRef
from models.workflow_ref import WorkflowKind, WorkflowRef

SUSPENSION_TIMER = "SUSPENSION_TIMER"

# A timer appends its events to the history of the order that started it. The order may still append events of its other
# items, so each timer has its own range of `seq`: the timer of item 2 starts at 2,000,001.
EVENTS_PER_ITEM = 1_000_000

# The period of a carrier's yearly limit on suspensions.
YEAR = timedelta(days=365)


class SuspensionEnd(StrEnum):
    """How a suspension ends: RESUME on our request, the other ways by the carrier's own rule."""

    RESUME = "resume"
    RECONNECT = "reconnect"
    DISCONNECT = "disconnect"

    @property
    def outcome(self) -> "TimerOutcome":
        """The outcome of a timer whose suspension ends this way."""
        return {
            SuspensionEnd.RESUME: TimerOutcome.RESUMED,
            SuspensionEnd.RECONNECT: TimerOutcome.RECONNECTED,
            SuspensionEnd.DISCONNECT: TimerOutcome.DISCONNECTED,
        }[self]


class TimerOutcome(StrEnum):
    """STOPPED: an order changed the line's status before the timer ended."""

    RESUMED = "resumed"
    RECONNECTED = "reconnected"
    DISCONNECTED = "disconnected"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class SuspensionPeriod:
    """A past suspension of a line."""

    began: datetime
    ended: datetime


@dataclass(frozen=True, kw_only=True)
class SuspensionNotice:
    """At `at`, people are notified that the suspension ends in `days` days."""

    at: datetime
    days: int


@dataclass(frozen=True, kw_only=True)
class SuspensionSchedule:
    """When a suspension is announced to end, and ends; computed once, when the line is suspended.

    `limit_at` is when the carrier's rule ends the suspension, None if the carrier has no limit. `ends_at` is the
    earlier of the limit and the planned resume date, None if there is neither.
    """

    notices: tuple[SuspensionNotice, ...] = ()
    ends_at: datetime | None = None
    ends_by: SuspensionEnd | None = None
    limit_at: datetime | None = None
    limit_by: SuspensionEnd | None = None


@dataclass(frozen=True, kw_only=True)
class TimerRef:
    """The key of a timer; activities load the rest."""

    tenant: str
    id: str

    @property
    def workflow_id(self) -> str:
        return WorkflowRef(kind=WorkflowKind.TIMER, tenant=self.tenant, id=self.id).workflow_id


@dataclass(frozen=True, kw_only=True)
class TimerInput:
    """The input of a timer's workflow, without personal data beyond ids.

    `written` is how many events the timer has in the history already: none, unless it continues a lost workflow.
    """

    ref: TimerRef
    order: OrderRef
    number: str
    item_id: str
    item_number: int
    carrier: str
    schedule: SuspensionSchedule
    written: int = 0

    @property
    def seq_offset(self) -> int:
        """The `seq` before that of the timer's first event."""
        return EVENTS_PER_ITEM * self.item_number

    def continued(self, *, written: int, notified: Collection[int]) -> "TimerInput":
        """The input of a timer that continues after `written` events and the notices of the `notified` days."""
        left = tuple(notice for notice in self.schedule.notices if notice.days not in notified)
        return replace(self, written=written, schedule=replace(self.schedule, notices=left))


@dataclass(frozen=True, kw_only=True)
class TimerEvent:
    """An event of a timer, to be appended as `seq` to the history of its order; `event` is the code of an `Event`."""

    seq: int
    at: datetime
    event: str
    actor: Actor = SYSTEM
    data: tuple[tuple[str, Any], ...] = ()
