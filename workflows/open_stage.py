"""The stage of an approval plan that is waiting for decisions."""

from dataclasses import dataclass, field

from models.approval_plan import Approver, Deadlines, Stage, StageMode
from models.order import OrderEvent


@dataclass(kw_only=True)
class OpenStage:
    """A stage that is waiting for decisions, in its current round.

    `escalated_to`: the people added because others did not respond. Each of them can decide alone.
    """

    stage: Stage
    round: int
    deadlines: Deadlines
    last: bool
    pending: dict[str, Approver] = field(init=False)
    approved: bool = False
    rejected: bool = False
    question: OrderEvent | None = None
    answered: bool = False
    reminders: int = 0
    approved_by: set[str] = field(default_factory=set)
    escalated_to: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pending = {approver.person_id: approver for approver in self.stage.approvers}

    @property
    def decided(self) -> bool:
        return self.approved or self.rejected

    @property
    def interrupted_or_decided(self) -> bool:
        return self.decided or self.question is not None

    @property
    def position(self) -> dict[str, int]:
        """The fields of an event that say which stage and round it belongs to."""
        return {"round": self.round, "stage": self.stage.number}

    def approve(self, approver_id: str) -> None:
        self.pending.pop(approver_id, None)
        self.approved_by.add(approver_id)
        decides_alone = self.stage.mode is StageMode.ANY or approver_id in self.escalated_to
        self.approved = decides_alone or not self.pending
