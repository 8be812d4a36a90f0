"""Emails about a person's account: invitations, password resets and security changes."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from models import formatting
from models.db.catalog import policy_versions
from models.db.notifications import email_queue
from models.db.notifications.tables import SECURITY_COPY, AccountEmailRow
from models.db.people import tenants
from models.db.people.tables import PersonRow, TenantRow
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
    SECURITY_COPY = SECURITY_COPY
    LEAVE_ASKED = "leave_asked"
    LEAVE_STARTED = "leave_started"
    LEAVE_ENDED = "leave_ended"
    LEAVE_OWNED = "leave_owned"
    LEAVE_PROBLEM = "leave_problem"
    TAKES_OVER = "takes_over"
    START_MOVED = "start_moved"
    PERSON_MOVED = "person_moved"


async def enqueue_account_email(
    session: Session,
    email: AccountEmail,
    person: PersonRow,
    *,
    at: datetime,
    reset: PasswordResetRow | None = None,
    **data: str | None,
) -> None:
    """Store an email that the relay sends after the commit. `data` has what its template asks for.

    The company's security mailbox gets a copy of what says that access has changed.
    """
    row = _row(email, person, data, reset.id if reset else None, at)
    await email_queue.add_account_email(session, row)
    mailbox = (
        (await tenants.of(session, person.tenant)).security_email if email is AccountEmail.ACCESS_CHANGED else None
    )
    if mailbox:
        changes = {"id": new_id(), "event": AccountEmail.SECURITY_COPY, "address": mailbox}
        copy = AccountEmailRow(**row.model_dump() | changes | {"data": {**data, "whose": person.name}})
        await email_queue.add_account_email(session, copy)


async def enqueue_account_emails(
    session: Session, email: AccountEmail, emails: Iterable[tuple[PersonRow, dict[str, str | None]]], *, at: datetime
) -> None:
    """Store many emails, which don't say that access has changed, each with whom it is to and its data."""
    await email_queue.add_account_emails(session, [_row(email, person, data, None, at) for person, data in emails])


def _row(
    email: AccountEmail, person: PersonRow, data: dict[str, str | None], reset_id: str | None, at: datetime
) -> AccountEmailRow:
    return AccountEmailRow(
        id=new_id(),
        tenant=person.tenant,
        event=email,
        recipient_id=person.id,
        address=person.email,
        reset_id=reset_id,
        data=data,
        created_at=at,
    )


async def build_account_email(session: Session, row: AccountEmailRow, signer: Signer, *, at: datetime) -> Email | str:
    """The email, or the reason not to send it. Its link is signed here and stored nowhere."""
    tenant = await tenants.of(session, row.tenant)
    if row.event == AccountEmail.SECURITY_COPY:
        if tenant.security_email != row.address:
            return "The company has another security mailbox."
        return await _email(session, row, tenant, name=f"{tenant.name} security", user_name=our_own(row.address))
    known = await logins.of_person(session, row.tenant, row.recipient_id)
    if known is None or not known.person.active:
        return "The recipient is no longer active."
    if known.person.email != row.address:
        return "The recipient's address has changed."
    reset = await password_resets.live(session, row.reset_id, at=at) if row.reset_id else None
    if row.reset_id and reset is None:
        return "The link in this email has expired."
    url = our_own(signer.reset_url(reset.id)) if reset else None
    user_name = our_own(known.login.user_name)
    return await _email(session, row, tenant, name=known.person.name, user_name=user_name, url=url, reset=reset)


async def _email(
    session: Session,
    row: AccountEmailRow,
    tenant: TenantRow,
    *,
    name: str,
    user_name: object = None,
    url: object = None,
    reset: PasswordResetRow | None = None,
) -> Email:
    zone = (await policy_versions.newest(session, row.tenant)).time_zone
    context: dict[str, Any] = {
        "tenant": tenant.name,
        "support": formatting.support_contact(tenant.support_name, tenant.support_phone),
        "time_zone": formatting.zone_name(zone),
        "name": name,
        "user_name": user_name,
        "data": defaultdict(lambda: None, row.data),  # templates ask for keys that not every email has
        "at": formatting.date_time(row.created_at, zone),
        "url": url,
        "url_expires": formatting.date_time(reset.expires_at, zone) if reset else None,
    }
    to = Recipient(name=name, address=row.address)
    return Email(id=row.id, at=row.created_at, template=row.event, to=to, context=context)
