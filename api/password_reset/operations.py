"""Links for choosing a new password: requested on the sign-in page, or sent by support."""

from datetime import datetime, timedelta

from api.auth.client_info import ClientInfo
from api.auth.own_credentials import PasswordChange, change_password
from api.auth.rate_limits import AttemptLimiter, by_username
from api.deps import Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.session import Session
from models.db.sign_in import logins, password_resets
from models.db.sign_in.logins import PersonLogin
from models.db.sign_in.tables import PasswordResetRow
from models.facts import Role
from notifications.account_emails import AccountEmail, enqueue_account_email
from notifications.links import Purpose

LINK_LIFETIME = timedelta(hours=1)
RESET_SESSION_SECONDS = 3600
_MIN_INTERVAL = timedelta(minutes=2)


async def send_link(services: Services, client: ClientInfo, user_name: str) -> None:
    """Email a link if the username exists. The caller is not told whether it does."""
    await services.database.run(_send_link, client, user_name, services.now())


async def _send_link(session: Session, client: ClientInfo, user_name: str, at: datetime) -> None:
    person_login = await logins.by_user_name(session, user_name)
    if person_login is None or not person_login.person.active or Role.SERVICE in person_login.person.roles:
        return
    person = person_login.person
    if await password_resets.created_since(session, person.tenant, person.id, since=at - _MIN_INTERVAL):
        return
    link = await password_resets.add(session, person.tenant, person.id, at=at, until=at + LINK_LIFETIME)
    await enqueue_account_email(session, AccountEmail.PASSWORD_RESET, person, at=at, reset=link)
    await audit_log.record(session, AuditAction.RESET_REQUESTED, by=client.anonymous_actor(), to=person, at=at)


async def open_link(services: Services, signed: str) -> str:
    """The token of a session for the reset page. A link may be opened several times. Raises LinkNotValid."""
    async with services.database.read() as session:
        link = await password_resets.find(session, services.signer.read_reset(signed), at=services.now())
    return services.signer.sign_token(Purpose.RESET_SESSION, link.id)


async def read_session(services: Services, token: str) -> tuple[PasswordResetRow, PersonLogin]:
    """The link of a session, and its person. Raises LinkNotValid."""
    link_id = services.signer.read_token(Purpose.RESET_SESSION, token, seconds=RESET_SESSION_SECONDS)
    async with services.database.read() as session:
        link = await password_resets.find(session, link_id, at=services.now())
        person_login = await logins.of_person(session, link.tenant, link.person_id)
    if person_login is None or not person_login.person.active:
        raise password_resets.not_valid()
    return link, person_login


async def reset_password(services: Services, client: ClientInfo, token: str, password: str) -> None:
    """Change the password and use up the link.

    Raises LinkNotValid, or PasswordTooWeak or TooManyAttempts, which keep the link valid.
    """
    link, person_login = await read_session(services, token)
    await change_password(services, person_login, PasswordChange(password=password, client=client, link_id=link.id))
    await AttemptLimiter(services.database).reset(by_username(person_login.login.user_name))
