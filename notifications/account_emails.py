"""Mails about somebody's own access: invitations, links to a new password, and what was changed."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from models.db import facts
from models.db.notifications import email_queue
from models.db.notifications.tables import AccountEmailRow
from models.db.people import tenants
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.db.sign_in import logins, password_resets
from models.db.sign_in.tables import PasswordResetRow
from notifications import formatting
from notifications.email import Addressee, Email
from notifications.links import Signer


class AccountEmail(StrEnum):
    """One kind of mail; its value is its folder of templates."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a word, no password
    ACCESS_CHANGED = "access_changed"


# What templates may show beside what every letter knows; a letter says some of it.
_SAID: Mapping[str, str | None] = MappingProxyType({"by": None, "what": None, "address": None, "reason": None})


async def enqueue_account_email(
    session: Session,
    mail: AccountEmail,
    person: PersonRow,
    *,
    at: datetime,
    reset: PasswordResetRow | None = None,
    **data: str | None,
) -> None:
    """Write down a mail about a person's access; the relay sends it after the commit."""
    await email_queue.add_account_email(
        session,
        AccountEmailRow(
            id=new_id(),
            tenant=person.tenant,
            event=mail,
            recipient_id=person.id,
            address=person.email,
            reset_id=reset.id if reset else None,
            data=data,
            created_at=at,
            next_attempt_at=at,
        ),
    )


async def compose(session: Session, row: AccountEmailRow, signer: Signer, *, at: datetime) -> Email | str:
    """The letter, or why it must not go out any more. The address of its link is made here and kept nowhere."""
    known = await logins.of_person(session, row.tenant, row.recipient_id)
    if known is None or not known.person.active:
        return "The recipient is not active any more."
    if known.person.email != row.address:
        return "The recipient's address has changed."
    reset = await password_resets.live(session, row.reset_id, at=at) if row.reset_id else None
    if row.reset_id and reset is None:
        return "The link this mail carries has ended."
    zone = (await facts.policy_of(session, row.tenant)).time_zone
    context: dict[str, Any] = {
        **_SAID,
        **row.data,
        "tenant": await tenants.tenant_name(session, row.tenant),
        "name": known.person.name,
        "user_name": known.login.user_name,
        "at": formatting.moment(row.created_at, zone),
        "url": signer.reset_url(reset.id) if reset else None,
        "until": formatting.moment(reset.expires_at, zone) if reset else None,
    }
    to = Addressee(name=known.person.name, address=row.address)
    return Email(id=row.id, at=row.created_at, template=row.event, to=to, context=context)
