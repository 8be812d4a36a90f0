"""Which emails about orders the people of a company get."""

from collections.abc import Mapping
from types import MappingProxyType

from api.deps import Access, Services
from api.email_switches.schemas import EmailSwitchIn, EmailSwitchView
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.notifications import email_pauses
from models.db.notifications.tables import EmailPauseRow
from models.db.people import lookup
from models.db.session import Session
from models.errors import ActionNotAllowed, NotFound
from models.event import EVENTS, Audience, Event, EventEmail
from models.registry import load
from notifications.examples import examples
from notifications.order_emails import NEW_LINK, order_emails

AUDIENCES: Mapping[Audience, str] = MappingProxyType(
    {
        Audience.REQUESTER: "requester",
        Audience.BENEFICIARY: "person the order is for",
        Audience.WATCHERS: "watchers",
        Audience.PENDING_APPROVERS: "approvers who are asked",
        Audience.NEW_APPROVER: "new approver",
        Audience.FORMER_APPROVER: "former approver",
        Audience.EARLIER_APPROVERS: "earlier approvers",
        Audience.LAST_ASKED: "approvers who were asked last",
        Audience.ADMINS: "telecom admins",
        Audience.OWNERS: "account owners",
        Audience.HOLDER: "user of the line",
        Audience.NOTIFIED: "users of the lines",
        Audience.SENDER: "person who acted",
        Audience.ASKED: "person who is asked",
        Audience.ASSIGNEES: "those who can do the task",
    }
)


async def list_switches(services: Services, access: Access) -> list[EmailSwitchView]:
    """Every email, in the order of the events' codes."""
    async with services.database.read() as session:
        return await _views(session, access)


async def switch(services: Services, access: Access, name: str, body: EmailSwitchIn) -> EmailSwitchView:
    """Idempotent. Raises NotFound, and ActionNotAllowed for an email that is always sent."""
    known = order_emails().get(name)
    if known is None:
        raise NotFound(f'There\'s no email "{name}".')
    if not known.email.has_switch and not body.on:
        raise ActionNotAllowed("This email is always sent. You can't switch it off.")
    return await services.database.run(_switch, services, access, name, body)


async def _switch(
    session: Session, services: Services, access: Access, name: str, body: EmailSwitchIn
) -> EmailSwitchView:
    change = email_pauses.switch_on if body.on else email_pauses.switch_off
    action = AuditAction.EMAIL_SWITCHED_ON if body.on else AuditAction.EMAIL_SWITCHED_OFF
    at = services.now()
    if await change(session, access.person, name, at):
        await audit_log.record(session, action, by=access.audit_actor, to=access.person, at=at, email=name)
    return next(one for one in await _views(session, access) if one.name == name)


async def _views(session: Session, access: Access) -> list[EmailSwitchView]:
    off = {one.email: one for one in await email_pauses.current(session, access.person.tenant)}
    people = await lookup.rows_by_id(session, access.person.tenant, {one.off_by for one in off.values()})
    names = {person_id: row.name for person_id, row in people.items()}
    events = load(EVENTS, Event)
    views = [
        _view(email, event.title, off.get(email.name), names)
        for _, event in sorted(events.items())
        for email in event.emails
    ]
    return [*views, _view(NEW_LINK, "New approval link requested", None, names)]


def _view(email: EventEmail, event: str, off: EmailPauseRow | None, names: Mapping[str, str]) -> EmailSwitchView:
    return EmailSwitchView(
        name=email.name,
        event=event,
        to=[AUDIENCES[one] for one in email.to],
        example=examples()[email.name],
        on=off is None or not email.has_switch,
        has_switch=email.has_switch,
        for_task=Audience.ASSIGNEES in email.to,
        off_since=off.off_at if off else None,
        off_by=names.get(off.off_by) if off else None,
    )
