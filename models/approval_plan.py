"""The approval plan of an order: its stages, who decides in each, and by when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Approver:
    person_id: str
    name: str


class StageMode(StrEnum):
    ANY = "any"  # one decision is enough
    ALL = "all"  # every approver must approve


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of an approval plan; `why` is a sentence for people."""

    number: int
    label: str
    why: str
    approvers: tuple[Approver, ...]
    escalates_to: tuple[Approver, ...] = ()
    mode: StageMode = StageMode.ANY


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """When an approval stage is reminded, escalates and expires (aware UTC); reminders are sorted."""

    reminders: tuple[datetime, ...]
    escalation: datetime
    expiry: datetime


@dataclass(frozen=True, kw_only=True)
class AskedStage(Deadlines):
    """The deadlines of a stage that was asked, and the stage if others were asked than the workflow knows of."""

    stage: Stage | None = None
