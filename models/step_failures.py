"""Failed steps in words, for operators."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from models.formatting import humanize
from models.step import Activate, Apply, Approve, Fulfill, NotifyHolder, Place, Receive, Reserve, Return, Rule

# What each step, or activity of a workflow, does.
_TASKS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys((Rule.kind, "rule", "find_changes", "rule_again"), "check the order against the policy"),
        **dict.fromkeys((Approve.kind, "request_approval"), "request the approval"),
        "request_info": "ask the requester",
        **dict.fromkeys((Reserve.kind, "reserve"), "reserve the device and phone number"),
        **dict.fromkeys((f"UNDO_{Reserve.kind}", "undo"), "release the reservation"),
        **dict.fromkeys((NotifyHolder.kind, "notify_holder"), "send the security notice"),
        "report_number_at_risk": "open the task about the old number",
        **dict.fromkeys((Place.kind, "place"), "place the order with {carrier}"),
        **dict.fromkeys((f"UNDO_{Place.kind}", "cancel_at_carrier"), "cancel the order with {carrier}"),
        **dict.fromkeys((Fulfill.kind, "provide_info"), "send the information to {carrier}"),
        **dict.fromkeys((Activate.kind, "activate"), "activate the device with {carrier}"),
        **dict.fromkeys((Apply.kind, "apply"), "update the inventory"),
        **dict.fromkeys((Receive.kind, "expect"), "ask the telecom desk for the device"),
        **dict.fromkeys((Return.kind, "open_return"), "open the return of the device"),
        "charge": "charge the device that didn't come back",
        "correct_order": "store the correction",
        "restore_submissions": "look up what was sent to {carrier}",
        "accept": "accept the item into the inventory",
        "correct": "correct the inventory",
        "ask_again": "ask {carrier} again",
        "end_delivery": "cancel what {carrier} delivered",
        "record": "update the order's history",
    }
)


def task_of(step: str, carrier: str | None) -> str:
    """What a step or activity does: `place the order with Northwind`."""
    task = _TASKS.get(step, f"complete the step “{humanize(step)}”")
    return task.format(carrier=carrier or "the carrier")


def failure_of(step: str, carrier: str | None, tries: int = 1) -> str:
    """Say what went wrong: `Couldn't place the order with Northwind after 14 tries.`."""
    return failed_task(task_of(step, carrier), tries)


def problem_of(data: Mapping[str, Any], carrier: str | None) -> str | None:
    """What went wrong according to an event with this data: with a step, or with the suspension of a line."""
    if "step" in data and "error" in data:
        return failure_of(data["step"], carrier, data.get("tries", 1))
    return data.get("problem")


def failed_task(task: str, tries: int = 1) -> str:
    return f"Couldn't {task} after {tries} tries." if tries > 1 else f"Couldn't {task}."
