"""Notices that protect lines from changes their users don't expect."""

from models.event import Audience, Event, EventEmail

# `notified` of its data has the phone numbers of their lines by the person's id.
HOLDER_NOTIFIED = Event(
    code="holder_notified",
    title="Security notice sent",
    emails=(EventEmail(name="holder_notified", to=(Audience.NOTIFIED,), always=True),),
)
