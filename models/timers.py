"""Timers of lines: frozen values that Temporal serializes."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from models.order import SYSTEM, Actor, OrderRef
from models.workflow_ref import WorkflowKind, WorkflowRef

LINE_TIMER = "LINE_TIMER"

# A timer appends its events to the history of the order that started it. The order may still append events of its other
# items, and an item can have several timers, so each has its own range of `seq`: those of the second timer of item 2
# start at 2,010,001.
EVENTS_PER_ITEM = 1_000_000
EVENTS_PER_TIMER = 10_000

# The kind of timer that a suspended line has: those times count against the carrier's limits.
SUSPENSION = "suspension"
# The one that a disconnected line has.
RECOVERING = "recover_window"

# The one of features that have a last day.
FEATURES_ENDING = "features_ending"

# The period of a carrier's yearly limit on suspensions.
YEAR = timedelta(days=365)

# How a timer ends if an order changes the line's status: to a line in service, or to any other. If the timer itself
# changes the line, its outcome is that of the `LineChange`.
RESUMED_BY_ORDER, STOPPED = "resumed_by_order", "stopped"


@dataclass(frozen=True, kw_only=True)
class SuspensionPeriod:
    """A past suspension of a line; `reason` is the code of a reason, empty if the order named none."""

    began: datetime
    ended: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class TimerPoint:
    """A point in time of a schedule: people are told, or the line changes.

    Attributes:
        event: recorded then, by code, with its emails or its task; None if the line changes.
        days: how many days before the change people are told.
        change: what happens to the line, by the code of a `LineChange`.
    """

    at: datetime
    event: str | None = None
    days: int | None = None
    change: str | None = None


@dataclass(frozen=True, kw_only=True)
class TimerSchedule:
    """What a timer does and when, computed once, when it starts; its points by time. All times are aware UTC.

    `code` is that of the kind of timer. The timer ends with the first change of its line that is made: one for which
    the carrier is asked may not be, until the next one is due. Without a change it ends when an order changes the line.
    """

    code: str
    points: tuple[TimerPoint, ...] = ()

    @property
    def changes(self) -> tuple[TimerPoint, ...]:
        return tuple(point for point in self.points if point.change is not None)


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

    `seq_offset` is the `seq` before that of the timer's first event; `written` is how many events it has in the history
    already: none, unless it continues a lost workflow.
    """

    ref: TimerRef
    order: OrderRef
    number: str
    item_id: str
    item_number: int
    carrier: str
    schedule: TimerSchedule
    seq_offset: int
    written: int = 0

    def continued(self, *, written: int, recorded: Collection[tuple[str, int | None]]) -> "TimerInput":
        """The input of a timer that continues after `written` events; `recorded` has their codes and days."""
        left = tuple(point for point in self.schedule.points if (point.event, point.days) not in recorded)
        return replace(self, written=written, schedule=replace(self.schedule, points=left))


@dataclass(frozen=True, kw_only=True)
class TimerEvent:
    """An event of a timer, to be appended as `seq` to the history of its order; `event` is the code of an `Event`."""

    seq: int
    at: datetime
    event: str
    actor: Actor = SYSTEM
    data: tuple[tuple[str, Any], ...] = ()
