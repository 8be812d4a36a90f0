"""Why a line is suspended."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SuspensionReason:
    """Orders, timers and carriers' rules name it by its code.

    Attributes:
        billed: whether the carrier bills the suspended line, unless the order says otherwise.
        ordered: whether people order it. A lost or stolen phone can't wait for approval: the telecom desk or the
            carrier locks the line at once.
    """

    code: str
    billed: bool
    ordered: bool = True


SEASONAL = SuspensionReason(code="seasonal", billed=False)
VACATION = SuspensionReason(code="vacation", billed=False)
SEPARATION = SuspensionReason(code="separation", billed=False)
DAMAGED = SuspensionReason(code="damaged", billed=True)
FRAUD = SuspensionReason(code="fraud", billed=True)
MILITARY = SuspensionReason(code="military", billed=False)
LOST = SuspensionReason(code="lost", billed=True, ordered=False)
STOLEN = SuspensionReason(code="stolen", billed=True, ordered=False)

REASONS = (SEASONAL, VACATION, SEPARATION, DAMAGED, FRAUD, MILITARY, LOST, STOLEN)
