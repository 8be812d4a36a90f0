"""What happens → who is told → with which mail: the whole catalog in one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from models.lifecycle import Event, ItemState, Status


class Audience(StrEnum):
    """People as seen from an order and the entry that is announced."""

    REQUESTER = "requester"
    BENEFICIARY = "beneficiary"
    WATCHERS = "watchers"
    PENDING_APPROVERS = "pending_approvers"
    NEW_APPROVER = "new_approver"  # to whom the entry hands a request over
    FORMER_APPROVER = "former_approver"  # from whom it takes it
    EARLIER_APPROVERS = "earlier_approvers"  # who approved
    ASKED_LAST = "asked_last"  # whom the latest stage asked, unless they approved
    ADMINS = "admins"
    HOLDER = "holder"  # who holds the line the entry is about


# Whom the approvals of an order tell, or whose link rests on one.
DECIDING = frozenset(
    {
        Audience.PENDING_APPROVERS,
        Audience.NEW_APPROVER,
        Audience.EARLIER_APPROVERS,
        Audience.ASKED_LAST,
    }
)


@dataclass(frozen=True, kw_only=True)
class EventEmail:
    """One kind of mail: `name` is its folder of templates and what a tenant switches off.

    `link` gives every recipient an approval link. `while_in` are the statuses in which the mail is still true
    when its turn comes, `while_item` the states of the item it is about; empty: it stays true. `until` are the
    events about the same item that overtake it.
    """

    name: str
    to: tuple[Audience, ...]
    link: bool = False
    while_in: frozenset[Status] = frozenset()
    while_item: frozenset[ItemState] = frozenset()
    until: frozenset[Event] = frozenset()


_PRINCIPALS = (Audience.REQUESTER, Audience.BENEFICIARY)
_EVERYBODY = (*_PRINCIPALS, Audience.WATCHERS)
_SUSPENDED = (Audience.HOLDER, Audience.REQUESTER, Audience.ADMINS)
_BACK_OR_GONE = frozenset({Event.LINE_RESUMED, Event.LINE_DISCONNECTED})
_AWAITING = frozenset({Status.AWAITING_APPROVAL})

_WAITING = EventEmail(name="approval_waiting", to=_PRINCIPALS, while_in=_AWAITING)

# In each row the mails that ask for something come first: one person gets one mail about one entry.
EVENT_EMAILS: Mapping[Event, tuple[EventEmail, ...]] = MappingProxyType(
    {
        Event.RECEIVED: (EventEmail(name="received", to=_EVERYBODY),),
        Event.APPROVAL_NEEDED: (
            EventEmail(name="approval_needed", to=(Audience.PENDING_APPROVERS,), link=True),
            _WAITING,
        ),
        Event.REMINDER: (
            EventEmail(name="reminder", to=(Audience.PENDING_APPROVERS,), link=True),
            EventEmail(name="reminder_sent", to=_PRINCIPALS, while_in=_AWAITING),
        ),
        Event.ESCALATED: (
            EventEmail(name="escalated", to=(Audience.PENDING_APPROVERS,), link=True),
            _WAITING,
        ),
        Event.REASSIGNED: (
            EventEmail(name="reassigned", to=(Audience.NEW_APPROVER,), link=True),
            EventEmail(name="handed_over", to=(Audience.FORMER_APPROVER, *_PRINCIPALS)),
        ),
        Event.INFO_REQUESTED: (
            EventEmail(name="info_requested", to=(Audience.REQUESTER,), while_in=frozenset({Status.INFO_REQUESTED})),
        ),
        Event.INFO_PROVIDED: (EventEmail(name="info_provided", to=_PRINCIPALS),),
        Event.APPROVED: (EventEmail(name="approved", to=_EVERYBODY),),
        Event.REJECTED: (EventEmail(name="rejected", to=(*_EVERYBODY, Audience.EARLIER_APPROVERS)),),
        Event.EXPIRED: (EventEmail(name="expired", to=(*_EVERYBODY, Audience.ASKED_LAST)),),
        Event.WITHDRAWN: (EventEmail(name="withdrawn", to=(*_EVERYBODY, Audience.ASKED_LAST)),),
        Event.CANCEL_REQUESTED: (EventEmail(name="cancel_requested", to=_EVERYBODY),),
        Event.CANCEL_DECLINED: (EventEmail(name="cancel_declined", to=_EVERYBODY),),
        Event.CANCELED: (EventEmail(name="canceled", to=(*_EVERYBODY, Audience.EARLIER_APPROVERS)),),
        Event.HELD: (EventEmail(name="held", to=_PRINCIPALS, while_in=frozenset({Status.ON_HOLD})),),
        Event.PLACED: (EventEmail(name="placed", to=_EVERYBODY),),
        Event.VENDOR_INFO_REQUIRED: (
            EventEmail(
                name="vendor_info_required",
                to=_PRINCIPALS,
                while_item=frozenset({ItemState.INFO_REQUIRED}),
            ),
        ),
        Event.BACKORDERED: (EventEmail(name="backordered", to=_EVERYBODY),),
        Event.SHIPPED: (EventEmail(name="shipped", to=_EVERYBODY),),
        Event.ACTIVATION_NEEDED: (
            EventEmail(
                name="activation_needed",
                to=(Audience.BENEFICIARY, Audience.REQUESTER),
                while_item=frozenset({ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION}),
            ),
        ),
        Event.COMPLETED: (EventEmail(name="completed", to=_EVERYBODY),),
        Event.PARTIALLY_FULFILLED: (EventEmail(name="partially_fulfilled", to=_EVERYBODY),),
        Event.VENDOR_REJECTED: (EventEmail(name="vendor_rejected", to=(*_EVERYBODY, Audience.ADMINS)),),
        Event.FAILED: (EventEmail(name="failed", to=(Audience.ADMINS,), while_in=frozenset({Status.FAILED})),),
        Event.SUSPENSION_ENDING: (EventEmail(name="suspension_ending", to=_SUSPENDED, until=_BACK_OR_GONE),),
        Event.RESUME_FAILED: (
            EventEmail(
                name="resume_failed",
                to=(Audience.ADMINS,),
                until=_BACK_OR_GONE | {Event.RETRIED, Event.COMPLETED_MANUALLY},
            ),
        ),
        Event.LINE_RESUMED: (EventEmail(name="line_resumed", to=_SUSPENDED),),
        Event.LINE_DISCONNECTED: (EventEmail(name="line_disconnected", to=_SUSPENDED),),
    }
)

# Asked for on an approval page, not announced by an entry.
FRESH_LINK = EventEmail(name="fresh_link", to=(Audience.PENDING_APPROVERS,), link=True)

BY_NAME: Mapping[str, EventEmail] = MappingProxyType(
    {mail.name: mail for mail in (*(mail for mails in EVENT_EMAILS.values() for mail in mails), FRESH_LINK)}
)
