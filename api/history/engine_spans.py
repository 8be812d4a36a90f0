"""What the engine did for an order, one strand for each thing from its beginning to its end."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a strand of history is."""

    WORKFLOW = "workflow"
    ACTIVITY = "activity"
    TIMER = "timer"
    MESSAGE = "message"
    ENGINE = "engine"


@dataclass(frozen=True, kw_only=True)
class EngineSpan:
    """One thing from its beginning to its end. `failure` is the last one, of a retry still under way too."""

    kind: Kind
    title: str
    at: datetime
    state: str
    ended_at: datetime | None = None
    attempts: int = 0
    failure: str | None = None
    who: str | None = None
    detail: str | None = None
    again_at: datetime | None = None
