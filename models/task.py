"""A task: what a person must do about an order that is no approval, and what they can choose."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from models.event import event_of
from models.facts import Role
from models.formatting import lock_holder
from models.lifecycle import Action, Status
from models.order import OrderRef
from models.registry import find, load
from models.step_failures import problem_of
from models.task_action import TaskAction

TASKS = "models.tasks"


class TaskStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class TaskChoice:
    """One way to settle a task: a button, with a form that asks for one text.

    Attributes:
        label: the button.
        help: what happens then, with places for the event's data.
        asks: the label of the text; who chooses must enter one if it is `required`.
        sends: the action that the order's workflow gets. It is offered only while the order allows it.
        runs: what Dialtone does itself; the task stays open until it is done. Without either of the two, the choice
            records what was done outside Dialtone.
        destructive: whether the button warns.
    """

    code: str
    label: str
    help: str
    asks: str
    required: bool = True
    sends: Action | None = None
    runs: TaskAction | None = None
    destructive: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskKind:
    """One kind of task. An event of an order opens it (`Event.opens`).

    Attributes:
        title: what it is called in lists.
        happened: what happened, with places for `{problem}`, `{carrier}` and the data of the event.
        variants: what happened instead, by the `variant` of the event's data, with the same places.
        todo: what to do about it.
        evidence: the data of the event that its page shows, with a label for each.
        role: who does it, unless the event names a person (`person_id`); admins can do every task.
        due_hours: by when, in business hours.
        choices: how it is settled, the usual one first. An event can offer fewer (`choices` of its data).
        leads_to: what else can be done about the event's item, on the page of the order.
        while_status: it closes by itself when the order leaves these statuses; empty: only a choice closes it.
        holds_order: whether the order's workflow waits for the choice; one on an older task of the order has no effect.
        of_timer: whether a line's timer opened it, whose workflow gets what a choice `sends`; its thing is the
            timer's id.
    """

    code: str
    title: str
    happened: str
    variants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    todo: str
    evidence: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    role: Role
    due_hours: int
    choices: tuple[TaskChoice, ...]
    leads_to: tuple[Action, ...] = ()
    while_status: frozenset[Status] = frozenset()
    holds_order: bool = False
    of_timer: bool = False

    @property
    def is_about_waiting(self) -> bool:
        """Whether the order has waited too long."""
        return any(choice.sends is Action.KEEP_WAITING for choice in self.choices)

    def what_happened(self, data: Mapping[str, Any], carrier: str | None) -> str:
        """`data` is that of the event; `carrier` is the name of the order's carrier."""
        known = {
            **data,
            "carrier": carrier or "the carrier",
            "problem": problem_of(data, carrier) or "A step failed.",
            "holder": lock_holder(data.get("by") or ""),
        }
        happened = self.variants.get(data.get("variant", ""), self.happened)
        return happened.format_map(defaultdict(str, known))

    def help_for(self, choice: TaskChoice, data: Mapping[str, Any]) -> str:
        """What the choice does, with the data of the event."""
        return choice.help.format_map(defaultdict(str, data)).strip()

    def choice(self, code: str) -> TaskChoice | None:
        return next((choice for choice in self.choices if choice.code == code), None)


def task_kinds() -> Mapping[str, TaskKind]:
    """All kinds, by code."""
    return load(TASKS, TaskKind)


def task_kind(code: str) -> TaskKind:
    """Raises UnknownWordError."""
    return find(TASKS, TaskKind, code)


def opened_by(event: str) -> TaskKind | None:
    """The kind of task that an event opens."""
    opens = event_of(event).opens
    return task_kind(opens) if opens else None


def task_id(order: OrderRef, seq: int) -> str:
    """The id of the task that the event `seq` of an order opens."""
    return f"{order.id}-{seq}"
