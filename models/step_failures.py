"""Failed steps in words, for operators."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from models.formatting import humanize
from models.order_type import Step

# What each step, or activity of a workflow, does.
_TASKS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys((Step.RULE, "rule"), "check the order against the policy"),
        **dict.fromkeys((Step.APPROVE, "request_approval"), "request the approval"),
        "request_info": "ask the requester",
        **dict.fromkeys((Step.RESERVE, "reserve"), "reserve the device and phone number"),
        **dict.fromkeys((f"UNDO_{Step.RESERVE}", "undo"), "release the reservation"),
        **dict.fromkeys((Step.PLACE, "place"), "place the order with {carrier}"),
        **dict.fromkeys((f"UNDO_{Step.PLACE}", "cancel_at_carrier"), "cancel the order with {carrier}"),
        **dict.fromkeys((Step.FULFILL, "provide_info"), "send the information to {carrier}"),
        **dict.fromkeys((Step.ACTIVATE, "activate"), "activate the device with {carrier}"),
        **dict.fromkeys((Step.APPLY, "apply"), "update the inventory"),
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
