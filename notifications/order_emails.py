"""The emails about orders, by the name under which they are queued and a tenant turns them off."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from models.event import EVENTS, Audience, Event, EventEmail
from models.registry import find, load

# Sent when an approver asks for it on an approval page.
NEW_LINK = EventEmail(name="new_link", to=(Audience.PENDING_APPROVERS,), link=True)


class OrderEmail(NamedTuple):
    """`template` is its path in `templates/`, without its suffix."""

    email: EventEmail
    template: str


@cache
def order_emails() -> Mapping[str, OrderEmail]:
    """Raises ValueError for a name that two emails have, UnknownWordError for an `until` that is no event."""
    found = {NEW_LINK.name: OrderEmail(NEW_LINK, NEW_LINK.name)}
    for event in load(EVENTS, Event).values():
        for email in event.emails:
            _check(email, found)
            found[email.name] = OrderEmail(email, f"{event.code}/{email.name}")
    return MappingProxyType(found)


def _check(email: EventEmail, found: Mapping[str, OrderEmail]) -> None:
    if email.name in found:
        raise ValueError(f"email {email.name!r} is already defined as {found[email.name].template}")
    for code in email.until:
        find(EVENTS, Event, code)
