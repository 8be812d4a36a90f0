"""What can happen to an order: the title it gets in the history, and the emails it sends."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from models.formatting import humanize
from models.lifecycle import ItemState, Status
from models.registry import find, load

EVENTS = "models.events"


class Audience(StrEnum):
    """People in relation to an order and to the event an email is about."""

    REQUESTER = "requester"
    BENEFICIARY = "beneficiary"  # or who acts for it: the contact of a site, the requester for no one
    WATCHERS = "watchers"
    PENDING_APPROVERS = "pending_approvers"
    NEW_APPROVER = "new_approver"  # the event assigns the approval to them
    FORMER_APPROVER = "former_approver"  # the event takes it from them
    EARLIER_APPROVERS = "earlier_approvers"  # they have approved
    LAST_ASKED = "last_asked"  # the latest stage asked them, and they have not approved
    ADMINS = "admins"
    HOLDER = "holder"  # the event lists them, because they have its line, or act for its holder
    OWNERS = "owners"  # of the account that the event names, else of the order's
    NOTIFIED = "notified"  # the event lists them with their lines
    SENDER = "sender"  # the event is about a message from them
    ASKED = "asked"  # the event asks them to agree to something
    ASSIGNEES = "assignees"  # they can do the task that the event opens


PARTIES = (Audience.REQUESTER, Audience.BENEFICIARY)
EVERYONE = (*PARTIES, Audience.WATCHERS)


@dataclass(frozen=True, kw_only=True)
class EventEmail:
    """One kind of email about an order.

    Attributes:
        name: its template, and the name of its switch; unique among all events.
        link: whether each recipient gets an approval link.
        while_status: the email is sent only while the order has one of these; empty: always.
        while_item_state: same for the state of the event's item.
        until: it is not sent after one of these events, by code, about the same item. One to ASSIGNEES is only sent
            while the task is open.
        always: a security notice: a company can't switch it off, and it is sent to the address the recipient had at the
            event even if that has changed since.
    """

    name: str
    to: tuple[Audience, ...]
    link: bool = False
    while_status: frozenset[Status] = frozenset()
    while_item_state: frozenset[ItemState] = frozenset()
    until: frozenset[str] = frozenset()
    always: bool = False

    @property
    def has_switch(self) -> bool:
        """Whether a company can switch it off: not a security notice, and nothing that asks for an approval."""
        return not self.always and not self.link


@dataclass(frozen=True, kw_only=True)
class Event:
    """One kind of entry in the history of an order.

    Attributes:
        title_with_approvers: the title if the event names approvers, with a place for `{approvers}`.
        is_problem: whether the activity list marks it.
        explanation: a sentence that the history says in addition, with a place for `{carrier}`, its actor.
        details: names of its data that everyone who sees the order may see, besides those that many events have.
        by_words: what the history says for `by` of its data.
        opens: the kind of task that it opens, by code.
        settles: whether it can settle a task, such as the choice of a person.
        ends_links: why an approval link no longer works after it; completes "This link no longer works: …", with a
            place for the `{name}` of the actor.
        emails: a person gets one per event, the first that lists them: those that ask for something come first.
            Their templates are in `notifications/templates/`, in the folder of the event's code.
    """

    code: str
    title: str
    title_with_approvers: str = ""
    is_problem: bool = False
    explanation: str = ""
    details: frozenset[str] = frozenset()
    by_words: Callable[[str], str] = str
    opens: str = ""
    settles: bool = False
    ends_links: str = "the order is closed"
    emails: tuple[EventEmail, ...] = ()

    def explained(self, carrier: str | None) -> str | None:
        """The explanation with the name of the order's carrier, None for an event without one."""
        return self.explanation.format(carrier=carrier or "The carrier") or None


def task_event(code: str, title: str, *, opens: str = "", details: Collection[str] = ()) -> Event:
    """An event that opens a task, by default that of its own code, and emails those who can do it."""
    return Event(
        code=code,
        title=title,
        is_problem=True,
        details=frozenset(details),
        opens=opens or code,
        emails=(EventEmail(name=code, to=(Audience.ASSIGNEES,)),),
    )


def find_event(code: str) -> Event:
    """Raises UnknownWordError."""
    return find(EVENTS, Event, code)


def event_of(code: str) -> Event:
    """The event of a stored code. One that is no longer defined has only a title, made of its code."""
    return load(EVENTS, Event).get(code) or Event(code=code, title=humanize(code))


def email_title(name: str) -> str:
    """What an email is about: the title of the event that it is named after, or its own name as a title."""
    return event_of(name).title
