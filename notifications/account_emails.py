"""Emails about a person's account: invitations, password resets and security changes."""

from collections import defaultdict
from datetime import datetime
from enum import StrEnum
from typing import Any

from models import formatting
from models.db.catalog import policy_versions
from models.db.notifications import email_queue
from models.db.notifications.tables import AccountEmailRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.db.sign_in import logins, password_resets
from models.db.sign_in.tables import PasswordResetRow
from notifications.email import Email, Recipient
from notifications.foreign_text import our_own
from notifications.links import Signer


class AccountEmail(StrEnum):
    """The kinds of account email; each value names its template."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a word, no password
    AUTHENTICATOR_RESET = "authenticator_reset"
    ACCESS_CHANGED = "access_changed"


async def enqueue_account_email(
    session: Session,
    email: AccountEmail,
    person: PersonRow,
    *,
    at: datetime,
    reset: PasswordResetRow | None = None,
    **data: str | None,
) -> None:
    """Store an email that the relay sends after the commit. `data` may hold `by`, `what`, `address` and `reason`."""
    await email_queue.add_account_email(
        session,
        AccountEmailRow(
            id=new_id(),
            tenant=person.tenant,
            event=email,
            recipient_id=person.id,
            address=person.email,
            reset_id=reset.id if reset else None,
            data=data,
            created_at=at,
        ),
    )


async def build_account_email(session: Session, row: AccountEmailRow, signer: Signer, *, at: datetime) -> Email | str:
    """The email, or the reason not to send it. Its link is signed here and stored nowhere."""
    known = await logins.of_person(session, row.tenant, row.recipient_id)
    if known is None or not known.person.active:
        return "The recipient is no longer active."
    if known.person.email != row.address:
        return "The recipient's address has changed."
    reset = await password_resets.live(session, row.reset_id, at=at) if row.reset_id else None
    if row.reset_id and reset is None:
        return "The link in this email has expired."
    zone = (await policy_versions.newest(session, row.tenant)).time_zone
    context: dict[str, Any] = {
        "tenant": await lookup.tenant_name(session, row.tenant),
        "time_zone": formatting.zone_name(zone),
        "name": known.person.name,
        "user_name": our_own(known.login.user_name),
        "data": defaultdict(lambda: None, row.data),  # templates ask for keys that not every email has
        "at": formatting.date_time(row.created_at, zone),
        "url": our_own(signer.reset_url(reset.id)) if reset else None,
        "url_expires": formatting.date_time(reset.expires_at, zone) if reset else None,
    }
    to = Recipient(name=known.person.name, address=row.address)
    return Email(id=row.id, at=row.created_at, template=row.event, to=to, context=context)
