"""Approvals: requests, questions and decisions."""

from models.event import EVERYONE, PARTIES, Audience, Event, EventEmail, task_event
from models.lifecycle import Status

_TO_APPROVE = (Audience.PENDING_APPROVERS,)
_RECONSIDERED = frozenset({"canceled", "price_changed"})
_AWAITING_APPROVAL = frozenset({Status.AWAITING_APPROVAL})

APPROVAL_NEEDED = Event(
    code="approval_needed",
    title="Approval requested",
    title_with_approvers="Approval requested from {approvers}",
    details=frozenset({"label", "why", "expiry"}),
    emails=(
        EventEmail(name="approval_needed", to=_TO_APPROVE, link=True),
        EventEmail(name="approval_waiting", to=EVERYONE, while_status=_AWAITING_APPROVAL),
    ),
)
# Its data has the price `before` and `after`, and `detail` says both; the next event asks to approve it.
PRICE_CHANGED = Event(code="price_changed", title="Price increased since the approval")
# The person it is for has moved; `detail` has both cost centers.
COST_CENTER_CHANGED = Event(code="cost_center_changed", title="Cost center changed")
REMINDER = Event(
    code="reminder",
    title="Reminder sent",
    title_with_approvers="Reminder sent to {approvers}",
    details=frozenset({"count"}),
    emails=(
        EventEmail(name="reminder", to=_TO_APPROVE, link=True),
        EventEmail(name="reminder_sent", to=PARTIES, while_status=_AWAITING_APPROVAL),
    ),
)
ESCALATED = Event(
    code="escalated",
    title="Escalated",
    title_with_approvers="Escalated to {approvers}",
    emails=(
        EventEmail(name="escalated", to=_TO_APPROVE, link=True),
        EventEmail(name="escalation_sent", to=PARTIES, while_status=_AWAITING_APPROVAL),
    ),
)
REASSIGNED = Event(
    code="reassigned",
    title="Approval reassigned",
    emails=(
        EventEmail(name="reassigned", to=(Audience.NEW_APPROVER,), link=True),
        EventEmail(name="approver_changed", to=(Audience.FORMER_APPROVER, *PARTIES), while_status=_AWAITING_APPROVAL),
    ),
)
APPROVER_MISSING = task_event("approver_missing", "No one can approve")
INFO_REQUESTED = Event(
    code="info_requested",
    title="Question asked",
    emails=(
        EventEmail(name="info_requested", to=(Audience.REQUESTER,), while_status=frozenset({Status.INFO_REQUESTED})),
    ),
)
INFO_PROVIDED = Event(
    code="info_provided", title="Question answered", emails=(EventEmail(name="info_provided", to=PARTIES),)
)
APPROVED_BY = Event(
    code="approved_by",
    title="Approved",
    details=frozenset({"stage_done"}),
    ends_links="{name} approved the request",
)
APPROVED = Event(
    code="approved",
    title="Fully approved",
    emails=(EventEmail(name="approved", to=EVERYONE, until=_RECONSIDERED),),
)
REJECTED = Event(
    code="rejected",
    title="Rejected",
    is_problem=True,
    ends_links="{name} rejected the request",
    emails=(EventEmail(name="rejected", to=(*EVERYONE, Audience.EARLIER_APPROVERS)),),
)
EXPIRED = Event(
    code="expired",
    title="Expired – no decision in time",
    is_problem=True,
    ends_links="the request expired without a decision",
    emails=(EventEmail(name="expired", to=(*EVERYONE, Audience.LAST_ASKED)),),
)
