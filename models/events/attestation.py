"""What people are asked to agree to, and whether they do. None of these events moves the order."""

from models.event import Audience, Event, EventEmail
from models.lifecycle import CAME_TO_NOTHING, Status

_IN_EFFECT = frozenset(Status) - CAME_TO_NOTHING
_ANSWERED = frozenset({"attestation_given", "attestation_dropped", "task_settled"})

# Their data has the question as `attestation`, what it is to as `agrees_to`, and the person as `asked_id` and `name`.
ATTESTATION_NEEDED = Event(
    code="attestation_needed",
    title="Asked to accept",
    emails=(EventEmail(name="attestation_needed", to=(Audience.ASKED,), while_status=_IN_EFFECT, until=_ANSWERED),),
)
ATTESTATION_REMINDER = Event(
    code="attestation_reminder",
    title="Reminded to accept",
    emails=(EventEmail(name="attestation_reminder", to=(Audience.ASKED,), while_status=_IN_EFFECT, until=_ANSWERED),),
)
ATTESTATION_GIVEN = Event(code="attestation_given", title="Accepted", settles=True)
ATTESTATION_DROPPED = Event(code="attestation_dropped", title="Acceptance no longer needed", settles=True)
ATTESTATION_MISSING = Event(
    code="attestation_missing",
    title="Not accepted in time",
    is_problem=True,
    opens="attestation_missing",
    emails=(
        EventEmail(name="attestation_missing", to=(Audience.ASSIGNEES,), while_status=_IN_EFFECT, until=_ANSWERED),
    ),
)
