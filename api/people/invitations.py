"""Lets a person sign in: a login, and an email with a link to choose a password."""

from datetime import datetime, timedelta

from models.audit import AuditActor
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in import logins, password_resets
from models.errors import ActionNotAllowed
from notifications.account_emails import AccountEmail, enqueue_account_email

INVITATION_LIFETIME = timedelta(days=3)


async def invite(session: Session, person: PersonRow, *, by: AuditActor, at: datetime) -> None:
    """Invite a person again while they have no password; their earlier link stops working.

    Raises ActionNotAllowed for a person who signs in already, or whose email address is another person's username.
    """
    known = await logins.of_person(session, person.tenant, person.id)
    if known and known.login.password_hash:
        raise ActionNotAllowed("This person already signs in. Send a password reset instead.")
    if known is None:
        if await logins.taken(session, person.email):
            raise ActionNotAllowed("Another person signs in with this email address.")
        await logins.add(session, person, at=at)
    link = await password_resets.add(session, person.tenant, person.id, at=at, until=at + INVITATION_LIFETIME)
    await enqueue_account_email(session, AccountEmail.INVITATION, person, at=at, reset=link, by=by.name)
