"""docs/architecture.md walks one order through functions, steps, events, messages and emails that exist."""

import re

import pytest

from models.event import EVENTS, Event
from models.lifecycle import Action, Status
from models.registry import find
from tests.docs.pages import DOCS, table
from tests.project_files import ROOT
from workflows.message_handlers import MessageHandlers
from workflows.order_type_registry import order_type

STAGES = table(DOCS / "architecture.md", "stage")
TYPE = order_type("NEW_SERVICE_DEVICE")


def _codes(column: str) -> list[str]:
    return [code for stage in STAGES for code in re.findall(r"[a-z]+(?:_[a-z]+)*", stage[column])]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage["stage"])
def test_a_stage_names_functions_of_its_module(stage: dict[str, str]) -> None:
    (path,) = re.findall(r"\]\(\.\./(.+?)\)", stage["function"])
    functions = re.findall(r"(\w+)`?(?:,|$)", stage["function"].partition(")")[2])
    assert functions
    assert [name for name in functions if f"def {name}(" not in (ROOT / path).read_text()] == []


def test_the_stages_are_the_steps_of_the_type() -> None:
    cells = [stage["step · activity"].split(" ")[0].rstrip("·") for stage in STAGES]
    assert tuple(cell for cell in cells if cell) == tuple(step.kind for step in TYPE.steps)


def test_events_lead_to_statuses_that_exist() -> None:
    cells = re.findall(r"`?(\w+)`? → (\w+)", " ".join(stage["order event → status"] for stage in STAGES))
    assert len([(find(EVENTS, Event, event), Status(status)) for event, status in cells]) == 12


def test_messages_are_what_a_workflow_accepts() -> None:
    names = [name for name in _codes("outbox message") if name not in {"start", "update", "signal"}]
    assert {name for name in names if name not in set(Action)} == {"carrier_update"}
    assert [name for name in names if not hasattr(MessageHandlers, name)] == []


def test_every_event_sends_the_emails_of_its_stage() -> None:
    for stage in STAGES:
        events = re.findall(r"`?(\w+)`? →", stage["order event → status"])
        sent = {email.name for event in events for email in find(EVENTS, Event, event).emails}
        assert set(re.findall(r"\w+", stage["email"])) == sent, stage["stage"]
