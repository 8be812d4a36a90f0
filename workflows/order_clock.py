"""The clock of an order: one Temporal timer, for whichever of its alarms is due first."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from temporalio import workflow

from models.order import Item

_SUMMARY = "Next reminder or deadline"


@dataclass(eq=False, kw_only=True)
class Alarm:
    """`ring` is called when it is due, unless the alarm is taken off before."""

    at: datetime
    ring: Callable[[], None] = lambda: None
    has_rung: bool = False


@dataclass(eq=False, kw_only=True)
class RunningWait:
    """What the order waits for now, with its items. Under another `key` it begins anew.

    `later` is what happens after the next alarm, the last of it at `ends_at`. `asks`: someone is asked whether to wait
    longer. `task` is the event that opened the task about it, by its `seq`; `latest` is what has happened last.
    """

    key: Hashable
    ends_at: datetime
    items: tuple[Item, ...]
    later: list[tuple[datetime, Callable[[Any, Any], None]]]
    alarm: Alarm | None = None
    number: int = 0
    asks: bool = False
    task: int | None = None
    latest: Callable[[Any, Any], None] | None = None


class Clock:
    """A timer is kept when its alarm is taken off, and when it fires nothing rings: ending it early would cost more.

    An alarm that is due sooner replaces it.
    """

    def __init__(self) -> None:
        self._alarms: list[Alarm] = []

    @property
    def next_at(self) -> datetime | None:
        """When the next alarm is due."""
        return min((alarm.at for alarm in self._alarms), default=None)

    def set(self, alarm: Alarm) -> Alarm:
        self._alarms.append(alarm)
        return alarm

    def take_off(self, alarm: Alarm) -> None:
        """Nothing happens if it has rung."""
        if alarm in self._alarms:
            self._alarms.remove(alarm)

    async def run(self) -> None:
        """Ring all alarms as they become due. What they call must not wait."""
        while True:
            await workflow.wait_condition(lambda: self.next_at is not None)
            moment = self.next_at
            assert moment is not None
            await self._wait(moment)
            self._ring()

    async def _wait(self, moment: datetime) -> None:
        """Until this time, or until an alarm is due sooner."""
        left = max((moment - workflow.now()).total_seconds(), 0)
        try:
            await workflow.wait_condition(lambda: self._is_due_before(moment), timeout=left, timeout_summary=_SUMMARY)
        except TimeoutError:
            return

    def _is_due_before(self, moment: datetime) -> bool:
        return self.next_at is not None and self.next_at < moment

    def _ring(self) -> None:
        due = sorted((alarm for alarm in self._alarms if alarm.at <= workflow.now()), key=lambda alarm: alarm.at)
        for alarm in due:
            if alarm in self._alarms:  # one that rang before it can take it off
                self._alarms.remove(alarm)
                alarm.has_rung = True
                alarm.ring()
