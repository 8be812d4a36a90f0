"""Getting back in: links to a new password, asked for on the sign-in page or sent by support."""

from datetime import timedelta

from api.auth.client_info import ClientInfo
from api.auth.own_credentials import replace_password, strong_hash
from api.auth.rate_limits import AttemptLimiter, by_name
from api.deps import Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.sign_in import logins, password_resets
from models.db.sign_in.logins import Known
from models.db.sign_in.tables import PasswordResetRow
from models.errors import LinkNotValid
from models.facts import Role
from notifications.account_emails import AccountEmail, enqueue_account_email
from notifications.links import Purpose

LINK_LIVES = timedelta(hours=1)
VISIT_SECONDS = 3600
_BETWEEN_MAILS = timedelta(minutes=2)


async def mail_link(services: Services, visitor: ClientInfo, user_name: str) -> None:
    """Mail a link to whoever signs in under this name; nobody is told whether there is such a person."""
    at = services.now()
    async with services.database.transaction() as session:
        known = await logins.by_user_name(session, user_name)
        if known is None or not known.person.active or Role.SERVICE in known.person.roles:
            return
        person = known.person
        if await password_resets.asked_since(session, person.tenant, person.id, since=at - _BETWEEN_MAILS):
            return
        link = await password_resets.add(session, person.tenant, person.id, at=at, until=at + LINK_LIVES)
        await enqueue_account_email(session, AccountEmail.PASSWORD_RESET, person, at=at, reset=link)
        await audit_log.record(session, AuditAction.RESET_ASKED_FOR, by=visitor.as_stranger(), to=person, at=at)


async def exchange(services: Services, signed: str) -> str:
    """The grant a browser gets for a link, as often as it is opened. Raises LinkNotValid."""
    link = await _live(services, services.signer.read_reset(signed))
    return services.signer.grant(Purpose.RESET_VISIT, link.id)


async def visited(services: Services, grant: str) -> tuple[PasswordResetRow, Known]:
    """The link a browser came by, and whose it is. Raises LinkNotValid."""
    link = await _live(services, services.signer.granted(Purpose.RESET_VISIT, grant, seconds=VISIT_SECONDS))
    async with services.database.transaction() as session:
        known = await logins.of_person(session, link.tenant, link.person_id)
    if known is None or not known.person.active:
        raise _ended()
    return link, known


async def use(services: Services, visitor: ClientInfo, grant: str, password: str) -> None:
    """Choose a password by a link, once. Raises LinkNotValid, PasswordTooWeak (the link stays good then)."""
    link, known = await visited(services, grant)
    hashed, at = await strong_hash(services, known, password), services.now()
    async with services.database.transaction() as session:
        if not await password_resets.use(session, link.id, at=at):
            raise _ended()
        await replace_password(session, known, visitor, hashed, at=at)
    await AttemptLimiter(services.database).forget(by_name(known.login.user_name))


async def _live(services: Services, link_id: str) -> PasswordResetRow:
    async with services.database.transaction() as session:
        link = await password_resets.live(session, link_id, at=services.now())
    if link is None:
        raise _ended()
    return link


def _ended() -> LinkNotValid:
    return LinkNotValid("This link has been used, or it is too old.")
