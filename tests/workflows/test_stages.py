"""When a stage of an approval plan is approved."""

from datetime import UTC, datetime

import pytest

from models.approval_plan import Approver, Deadlines, Stage, StageMode
from workflows.open_stage import OpenStage

MOMENT = datetime(2026, 11, 25, tzinfo=UTC)
APPROVERS = tuple(Approver(person_id=person_id, name=person_id) for person_id in ("mia", "kim"))


def stage_of(mode: StageMode) -> OpenStage:
    stage = Stage(number=1, label="L", why="B", approvers=APPROVERS, mode=mode)
    deadlines = Deadlines(reminders=(), escalation=MOMENT, expiry=MOMENT)
    return OpenStage(stage=stage, round=1, deadlines=deadlines, last=True)


@pytest.mark.parametrize(("mode", "approved"), [(StageMode.ANY, True), (StageMode.ALL, False)])
def test_the_first_approval_is_enough_unless_all_must_approve(mode: StageMode, approved: bool) -> None:
    stage = stage_of(mode)
    stage.approve("mia")
    assert stage.approved is approved


def test_the_last_approval_completes_a_stage_where_all_must_approve() -> None:
    stage = stage_of(StageMode.ALL)
    stage.approve("mia")
    assert stage.approved is False
    stage.approve("kim")
    assert stage.approved is True


def test_a_person_added_by_escalation_decides_for_all_who_did_not_respond() -> None:
    stage = stage_of(StageMode.ALL)
    stage.approve("mia")
    stage.pending["ada"], stage.escalated_to = Approver(person_id="ada", name="Ada"), {"ada"}
    stage.approve("ada")
    assert stage.approved is True
