"""People who haven't agreed to what an order brings with it."""

from types import MappingProxyType

from models.attestation import ACCEPTED_ON_PAPER, ASK_AGAIN
from models.facts import Role
from models.lifecycle import CAME_TO_NOTHING, Status
from models.task import TaskChoice, TaskKind

ATTESTATION_MISSING = TaskKind(
    code="attestation_missing",
    title="Policy not accepted",
    happened="{name} hasn't accepted {agrees_to} for this order, although we sent {reminders} reminders.",
    todo="Talk to them. This doesn't hold up the order.",
    evidence=MappingProxyType({"asked_on": "Asked on"}),
    role=Role.ADMIN,
    due_hours=40,
    choices=(
        TaskChoice(
            code=ASK_AGAIN,
            label="Ask again",
            help="We email {name} again, with the same reminders.",
            asks="What did you agree on?",
            required=False,
        ),
        TaskChoice(
            code=ACCEPTED_ON_PAPER,
            label="Accepted on paper",
            help="Records that {name} accepted {agrees_to} in writing.",
            asks="Date of the signature, and where the paper is kept",
        ),
    ),
    while_status=frozenset(Status) - CAME_TO_NOTHING,
)
