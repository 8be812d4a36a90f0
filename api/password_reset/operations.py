"""Links for choosing a new password: requested on the sign-in page, or sent by support."""

from datetime import timedelta

from api.auth.client_info import ClientInfo
from api.auth.own_credentials import replace_password, strong_hash
from api.auth.rate_limits import AttemptLimiter, by_username
from api.deps import Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.sign_in import logins, password_resets
from models.db.sign_in.logins import PersonLogin
from models.db.sign_in.tables import PasswordResetRow
from models.errors import LinkNotValid
from models.facts import Role
from notifications.account_emails import AccountEmail, enqueue_account_email
from notifications.links import Purpose

LINK_LIFETIME = timedelta(hours=1)
VISIT_SECONDS = 3600
_MIN_INTERVAL = timedelta(minutes=2)


async def send_link(services: Services, client: ClientInfo, user_name: str) -> None:
    """Email a link if the username exists. The caller is not told whether it does."""
    at = services.now()
    async with services.database.transaction() as session:
        known = await logins.by_user_name(session, user_name)
        if known is None or not known.person.active or Role.SERVICE in known.person.roles:
            return
        person = known.person
        if await password_resets.created_since(session, person.tenant, person.id, since=at - _MIN_INTERVAL):
            return
        link = await password_resets.add(session, person.tenant, person.id, at=at, until=at + LINK_LIFETIME)
        await enqueue_account_email(session, AccountEmail.PASSWORD_RESET, person, at=at, reset=link)
        await audit_log.record(session, AuditAction.RESET_REQUESTED, by=client.anonymous_actor(), to=person, at=at)


async def open_link(services: Services, signed: str) -> str:
    """The grant for the reset page. A link may be opened several times. Raises LinkNotValid."""
    link = await _valid_link(services, services.signer.read_reset(signed))
    return services.signer.grant(Purpose.RESET_VISIT, link.id)


async def read_grant(services: Services, grant: str) -> tuple[PasswordResetRow, PersonLogin]:
    """The link that a grant was given for, and its person. Raises LinkNotValid."""
    link_id = services.signer.read_grant(Purpose.RESET_VISIT, grant, seconds=VISIT_SECONDS)
    link = await _valid_link(services, link_id)
    async with services.database.transaction() as session:
        known = await logins.of_person(session, link.tenant, link.person_id)
    if known is None or not known.person.active:
        raise _expired()
    return link, known


async def reset_password(services: Services, client: ClientInfo, grant: str, password: str) -> None:
    """Change the password and use up the link. Raises LinkNotValid, or PasswordTooWeak, which keeps the link valid."""
    link, known = await read_grant(services, grant)
    hashed, at = await strong_hash(services, known, password), services.now()
    async with services.database.transaction() as session:
        if not await password_resets.use(session, link.id, at=at):
            raise _expired()
        await replace_password(session, known, client, hashed, at=at)
    await AttemptLimiter(services.database).reset(by_username(known.login.user_name))


async def _valid_link(services: Services, link_id: str) -> PasswordResetRow:
    async with services.database.transaction() as session:
        link = await password_resets.live(session, link_id, at=services.now())
    if link is None:
        raise _expired()
    return link


def _expired() -> LinkNotValid:
    return LinkNotValid("This link was used or has expired.")
