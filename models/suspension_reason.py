"""Why a line is suspended, and the groups of reasons that carriers have rules for."""

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


@dataclass(frozen=True, kw_only=True)
class ReasonGroup:
    """Reasons that a carrier treats alike; `label` continues "for", as in "for a lost or stolen phone".

    `reasons` is None for all, also for one that is not known.
    """

    code: str
    label: str
    reasons: frozenset[str] | None

    def __contains__(self, reason: str) -> bool:
        return self.reasons is None or reason in self.reasons


_LOST = frozenset({LOST.code, STOLEN.code})
LOST_OR_STOLEN = ReasonGroup(code="lost_or_stolen", label="a lost or stolen phone", reasons=_LOST)
VACATION_OR_SEASONAL = ReasonGroup(
    code="vacation_or_seasonal", label="vacation or a season", reasons=frozenset({VACATION.code, SEASONAL.code})
)
MILITARY_LEAVE = ReasonGroup(code="military_leave", label="military leave", reasons=frozenset({MILITARY.code}))
NOT_LOST = ReasonGroup(
    code="not_lost",
    label="any reason but a lost or stolen phone",
    reasons=frozenset(reason.code for reason in REASONS) - _LOST,
)
ANY_REASON = ReasonGroup(code="any", label="any reason", reasons=None)

# The narrower group comes first: where two have a rule for a reason, the first one applies.
REASON_GROUPS = (LOST_OR_STOLEN, VACATION_OR_SEASONAL, MILITARY_LEAVE, NOT_LOST, ANY_REASON)
