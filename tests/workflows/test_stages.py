"""When a stage of an approval plan is satisfied: by one of those asked, by all, or by whoever is asked above them."""

from datetime import UTC, datetime

import pytest

from models.order import Approver, Deadlines, Stage, StageMode
from workflows.progress import OpenStage

MOMENT = datetime(2026, 11, 25, tzinfo=UTC)
ASKED = {one: Approver(person_id=one, name=one) for one in ("mia", "kim")}


def opened(mode: StageMode) -> OpenStage:
    stage = Stage(number=1, label="L", why="B", approvers=tuple(ASKED.values()), mode=mode)
    clock = Deadlines(reminders=(), escalation=MOMENT, expiry=MOMENT)
    return OpenStage(stage=stage, round=1, clock=clock, pending=dict(ASKED), last=True)


@pytest.mark.parametrize(("mode", "satisfied"), [(StageMode.ANY, True), (StageMode.ALL, False)])
def test_the_first_word_counts_alone_unless_all_must_approve(mode: StageMode, satisfied: bool) -> None:
    assert opened(mode).approve("mia") is satisfied


def test_all_must_approve_where_nobody_was_silent() -> None:
    approval = opened(StageMode.ALL)
    assert [approval.approve("mia"), approval.approve("kim")] == [False, True]


def test_who_is_asked_because_others_were_silent_decides_for_them() -> None:
    approval = opened(StageMode.ALL)
    approval.approve("mia")
    approval.pending["ada"], approval.above = Approver(person_id="ada", name="Ada"), {"ada"}
    assert approval.approve("ada") is True
