"""People who leave the company, and what becomes of the lines and devices they have."""

from enum import StrEnum


class LeaveState(StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELED = "canceled"


class LeaveThing(StrEnum):
    LINE = "line"
    DEVICE = "device"


class LeaveStep(StrEnum):
    """What was ordered last for a line or a device; each is ordered once, in this sequence.

    Paid features end first. Until a line is suspended, it can still be chosen what becomes of it.
    """

    FEATURES = "features"
    CHOSEN = "chosen"
    SUSPEND = "suspend"
    DISCONNECT = "disconnect"

    @property
    def rank(self) -> int:
        return list(LeaveStep).index(self)
