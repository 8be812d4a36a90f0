"""What people tell the workflow of an order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.approval_plan import Approver
from models.identifiers import Remedy
from models.order import Actor, ItemSnapshot, WorkflowMessage


@dataclass(frozen=True, kw_only=True)
class Decision(WorkflowMessage):
    """Approve or reject. Approval links set `round` and `stage`, as each is valid for one stage only."""

    action_id: str
    actor: Actor
    comment: str = ""
    round: int | None = None
    stage: int | None = None


@dataclass(frozen=True, kw_only=True)
class InfoRequest(WorkflowMessage):
    """An approver asks the requester a question before deciding."""

    action_id: str
    actor: Actor
    text: str
    round: int | None = None
    stage: int | None = None


@dataclass(frozen=True, kw_only=True)
class InfoResponse(WorkflowMessage):
    """The answer to an InfoRequest or to the carrier; `fields` are the answers that the carrier asked for.

    With `item_id`, it is about the new number of that item.
    """

    action_id: str
    actor: Actor
    text: str = ""
    fields: tuple[tuple[str, Any], ...] = ()
    item_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Cancellation(WorkflowMessage):
    """`task` is the event that opened the task on which this was chosen, by its `seq`."""

    action_id: str
    actor: Actor
    reason: str = ""
    task: int | None = None


@dataclass(frozen=True, kw_only=True)
class Correction(WorkflowMessage):
    """Other answers to what the carrier has refused; it gets the order with them once more."""

    action_id: str
    actor: Actor
    fields: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Extension(WorkflowMessage):
    """The order is to wait longer; `reason` says why."""

    action_id: str
    actor: Actor
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Replacement(WorkflowMessage):
    """The carrier has lost what was sent in this round: it is to be placed again.

    `evidence` is what the carrier says. `task` is the event that opened the task on which this was chosen, by its
    `seq`.
    """

    action_id: str
    actor: Actor
    round: int
    task: int
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class Reassignment(WorkflowMessage):
    """`to` decides instead of `from_id`."""

    action_id: str
    actor: Actor
    from_id: str
    to: Approver
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Rescheduling(WorkflowMessage):
    action_id: str
    actor: Actor
    effective_at: datetime


@dataclass(frozen=True, kw_only=True)
class Activation(WorkflowMessage):
    """The user has what was delivered; `answers` are those to the item's late questions."""

    action_id: str
    actor: Actor
    item_id: str
    answers: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Receipt(WorkflowMessage):
    """The user has the item, whatever its carrier reports.

    `task` is the event that opened the task on which this was chosen, by its `seq`; `evidence` is what was entered.
    """

    action_id: str
    actor: Actor
    item_id: str
    task: int | None = None
    choice: str = ""
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class ItemReturn(WorkflowMessage):
    """What becomes of an item that another order, with this number, takes back, or looks for.

    `is_traced`: it has not arrived, so the other order looks for it.
    """

    item_id: str
    number: str
    is_traced: bool = False


# The choice to complete an item although the carrier has taken back that it is completed.
COMPLETE_ANYWAY = "complete_anyway"


@dataclass(frozen=True, kw_only=True)
class SettledIdentifier:
    """What a person has decided about an identifier of an item that something else has."""

    item_id: str
    name: str
    remedy: Remedy


@dataclass(frozen=True, kw_only=True)
class OperatorAction(WorkflowMessage):
    """An operator retries the step of a FAILED order, or completes it manually.

    `evidence` says what was done, with a reference; manual completion requires it. `items` has the identifiers that
    the operator entered, `settled` what they decided about one that is in use. `choice` is the choice of the task if it
    is not the action. `confirms` is the id of an item that the carrier provides, although it has taken that back.
    `task` is the event that opened the task on which this was chosen, by its `seq`.
    """

    action_id: str
    actor: Actor
    evidence: str = ""
    choice: str = ""
    items: tuple[ItemSnapshot, ...] = ()
    settled: SettledIdentifier | None = None
    confirms: str | None = None
    task: int | None = None
