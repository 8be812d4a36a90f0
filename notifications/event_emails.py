"""Which emails each event of an order sends, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from models.lifecycle import Event, ItemState, Status


class Audience(StrEnum):
    """People in relation to an order and to the event an email is about."""

    REQUESTER = "requester"
    BENEFICIARY = "beneficiary"
    WATCHERS = "watchers"
    PENDING_APPROVERS = "pending_approvers"
    NEW_APPROVER = "new_approver"  # the event assigns the approval to them
    FORMER_APPROVER = "former_approver"  # the event takes it from them
    EARLIER_APPROVERS = "earlier_approvers"  # they have approved
    LAST_ASKED = "last_asked"  # the latest stage asked them, and they have not approved
    ADMINS = "admins"
    HOLDER = "holder"  # the line of the event is assigned to them


# Those that are read from the approvals of the order.
APPROVAL_AUDIENCES = frozenset(
    {Audience.PENDING_APPROVERS, Audience.NEW_APPROVER, Audience.EARLIER_APPROVERS, Audience.LAST_ASKED}
)


@dataclass(frozen=True, kw_only=True)
class EventEmail:
    """One kind of email about an order.

    Attributes:
        name: its template, and what a tenant lists to turn it off.
        link: whether each recipient gets an approval link.
        while_status: the email is sent only while the order has one of these; empty: always.
        while_item_state: same for the state of the event's item.
        until: it is not sent after one of these events about the same item.
    """

    name: str
    to: tuple[Audience, ...]
    link: bool = False
    while_status: frozenset[Status] = frozenset()
    while_item_state: frozenset[ItemState] = frozenset()
    until: frozenset[Event] = frozenset()


_PARTIES = (Audience.REQUESTER, Audience.BENEFICIARY)
_EVERYONE = (*_PARTIES, Audience.WATCHERS)
_SUSPENDED = (Audience.HOLDER, Audience.REQUESTER, Audience.ADMINS)
_SUSPENSION_OVER = frozenset({Event.LINE_RESUMED, Event.LINE_DISCONNECTED})
_AWAITING_APPROVAL = frozenset({Status.AWAITING_APPROVAL})
_TO_APPROVE = (Audience.PENDING_APPROVERS,)

# A person gets one email per event, the first that lists them: those that ask for something come first.
# RECEIVED sends none: the next event follows within seconds and says who has to approve, if anyone.
EVENT_EMAILS: Mapping[Event, tuple[EventEmail, ...]] = MappingProxyType(
    {
        Event.APPROVAL_NEEDED: (
            EventEmail(name="approval_needed", to=_TO_APPROVE, link=True),
            EventEmail(name="approval_waiting", to=_EVERYONE, while_status=_AWAITING_APPROVAL),
        ),
        Event.REMINDER: (
            EventEmail(name="reminder", to=_TO_APPROVE, link=True),
            EventEmail(name="reminder_sent", to=_PARTIES, while_status=_AWAITING_APPROVAL),
        ),
        Event.ESCALATED: (
            EventEmail(name="escalated", to=_TO_APPROVE, link=True),
            EventEmail(name="escalation_sent", to=_PARTIES, while_status=_AWAITING_APPROVAL),
        ),
        Event.REASSIGNED: (
            EventEmail(name="reassigned", to=(Audience.NEW_APPROVER,), link=True),
            EventEmail(name="approver_changed", to=(Audience.FORMER_APPROVER, *_PARTIES)),
        ),
        Event.INFO_REQUESTED: (
            EventEmail(
                name="info_requested", to=(Audience.REQUESTER,), while_status=frozenset({Status.INFO_REQUESTED})
            ),
        ),
        Event.INFO_PROVIDED: (EventEmail(name="info_provided", to=_PARTIES),),
        Event.APPROVED: (EventEmail(name="approved", to=_EVERYONE),),
        Event.REJECTED: (EventEmail(name="rejected", to=(*_EVERYONE, Audience.EARLIER_APPROVERS)),),
        Event.EXPIRED: (EventEmail(name="expired", to=(*_EVERYONE, Audience.LAST_ASKED)),),
        Event.WITHDRAWN: (EventEmail(name="withdrawn", to=(*_EVERYONE, Audience.LAST_ASKED)),),
        Event.CANCEL_REQUESTED: (EventEmail(name="cancel_requested", to=_EVERYONE),),
        Event.CANCEL_DECLINED: (EventEmail(name="cancel_declined", to=_EVERYONE),),
        Event.CANCELED: (EventEmail(name="canceled", to=(*_EVERYONE, Audience.EARLIER_APPROVERS)),),
        Event.HELD: (EventEmail(name="held", to=_PARTIES, while_status=frozenset({Status.ON_HOLD})),),
        Event.PLACED: (EventEmail(name="placed", to=_EVERYONE),),
        Event.VENDOR_INFO_REQUIRED: (
            EventEmail(name="vendor_info_required", to=_PARTIES, while_item_state=frozenset({ItemState.INFO_REQUIRED})),
        ),
        Event.BACKORDERED: (EventEmail(name="backordered", to=_EVERYONE),),
        Event.SHIPPED: (EventEmail(name="shipped", to=_EVERYONE),),
        Event.ACTIVATION_NEEDED: (
            EventEmail(
                name="activation_needed",
                to=_PARTIES,
                while_item_state=frozenset({ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION}),
            ),
        ),
        Event.COMPLETED: (EventEmail(name="completed", to=_EVERYONE),),
        Event.PARTIALLY_FULFILLED: (EventEmail(name="partially_fulfilled", to=_EVERYONE),),
        Event.VENDOR_REJECTED: (EventEmail(name="vendor_rejected", to=(*_EVERYONE, Audience.ADMINS)),),
        Event.FAILED: (EventEmail(name="failed", to=(Audience.ADMINS,), while_status=frozenset({Status.FAILED})),),
        Event.SUSPENSION_ENDING: (EventEmail(name="suspension_ending", to=_SUSPENDED, until=_SUSPENSION_OVER),),
        Event.RESUME_FAILED: (
            EventEmail(
                name="resume_failed",
                to=(Audience.ADMINS,),
                until=_SUSPENSION_OVER | {Event.RETRIED, Event.COMPLETED_MANUALLY},
            ),
        ),
        Event.LINE_RESUMED: (EventEmail(name="line_resumed", to=_SUSPENDED),),
        Event.LINE_DISCONNECTED: (EventEmail(name="line_disconnected", to=_SUSPENDED),),
    }
)

# Sent when an approver asks for it on an approval page.
NEW_LINK = EventEmail(name="new_link", to=_TO_APPROVE, link=True)

BY_NAME: Mapping[str, EventEmail] = MappingProxyType(
    {email.name: email for emails in (*EVENT_EMAILS.values(), (NEW_LINK,)) for email in emails}
)
