import pytest

from activities.approvals import ApprovalActivities
from activities.carrier import CarrierActivities
from activities.history import HistoryActivities
from activities.inventory import InventoryActivities
from activities.protection import ProtectionActivities
from activities.rule import RuleActivities
from models.step import Place, Record, Schedule
from models.step_failures import failure_of, task_of
from workflows.steps.functions import ITEM_STEPS, ORDER_STEPS


@pytest.mark.parametrize(
    ("step", "carrier", "tries", "sentence"),
    [
        (Place.kind, "Bluepeak", 14, "Couldn't place the order with Bluepeak after 14 tries."),
        ("place", "Bluepeak", 1, "Couldn't place the order with Bluepeak."),
        ("UNDO_PLACE", None, 2, "Couldn't cancel the order with the carrier after 2 tries."),
        ("SOMETHING_NEW", None, 1, "Couldn't complete the step “Something new”."),
    ],
)
def test_a_failure_is_a_sentence(step: str, carrier: str | None, tries: int, sentence: str) -> None:
    assert failure_of(step, carrier, tries) == sentence


STEPS = {step.kind for step in (*ORDER_STEPS, *ITEM_STEPS)} - {Schedule.kind, Record.kind}
ACTIVITIES = {
    name
    for group in (
        *(ApprovalActivities, CarrierActivities, HistoryActivities),
        *(InventoryActivities, ProtectionActivities, RuleActivities),
    )
    for name, method in vars(group).items()
    if hasattr(method, "__temporal_activity_definition")
}


@pytest.mark.parametrize("step", sorted(STEPS | ACTIVITIES))
def test_every_step_and_activity_has_words(step: str) -> None:
    assert "“" not in task_of(step, "Northwind")
