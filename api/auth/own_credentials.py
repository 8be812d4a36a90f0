"""What changes how a person signs in: the password, the authenticator, the recovery codes; each is told by mail."""

from datetime import datetime

from api.auth import totp
from api.auth.client_info import ClientInfo
from api.auth.passwords import require_strong
from api.auth.rate_limits import AttemptLimiter, by_second_step
from api.auth.tokens import digest
from api.deps import Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in import logins, portal_sessions
from models.db.sign_in.logins import Known
from models.errors import CredentialsRefused, PasswordTooWeak
from notifications.account_emails import AccountEmail, enqueue_account_email


async def give_code(services: Services, known: Known, code: str) -> None:
    """Use a code of somebody's authenticator up. Raises CredentialsRefused, TooManyAttempts."""
    await count(services, known.person)
    login = known.login
    secret = services.keyring.open(login.factor).decode() if login.factor else None
    step = totp.step_of(secret, code, at=services.now(), last=login.last_step) if secret else None
    async with services.database.transaction() as session:
        fresh = step is not None and await logins.use_step(session, login, step)
    if not fresh:
        raise CredentialsRefused("This code is not right, or it was used before. Wait for the next one.")
    await forget(services, known.person)


async def offer_factor(services: Services, session: Session, known: Known) -> None:
    """Draw a secret for an authenticator; it counts once the authenticator has shown a code."""
    offered = services.keyring.seal(totp.new_secret().encode())
    await logins.change(session, known.login, factor_offered=offered)


async def take_offered_factor(services: Services, known: Known, visitor: ClientInfo, code: str) -> tuple[str, ...]:
    """Make the authenticator that was offered the person's, with fresh recovery codes, which are returned."""
    await count(services, known.person)
    offered, at = known.login.factor_offered, services.now()
    step = totp.step_of(services.keyring.open(offered).decode(), code, at=at, last=None) if offered else None
    if step is None:
        raise CredentialsRefused("This is not the app's code now. Scan the QR code once more and type the newest code.")
    async with services.database.transaction() as session:
        await logins.change(session, known.login, factor=offered, factor_at=at, factor_offered=None, last_step=step)
        codes = await renew_codes(session, known)
        await audit_log.record(
            session, AuditAction.FACTOR_ENROLLED, by=visitor.as_(known.person), to=known.person, at=at
        )
        await _tell(session, known.person, "An authenticator was set up for your account", visitor, at)
    await forget(services, known.person)
    return codes


async def renew_codes(session: Session, known: Known) -> tuple[str, ...]:
    """Fresh recovery codes instead of those there were; they can be seen only now."""
    codes = totp.new_recovery_codes()
    await logins.renew_codes(session, known.login, [digest(totp.plain_code(one)) for one in codes])
    return tuple(codes)


async def use_recovery_code(services: Services, known: Known, visitor: ClientInfo, code: str) -> None:
    """Use a recovery code up. Raises CredentialsRefused, TooManyAttempts."""
    await count(services, known.person)
    login, person, at = known.login, known.person, services.now()
    async with services.database.transaction() as session:
        used = await logins.use_code(session, login, digest(totp.plain_code(code)), at=at)
        if used:
            left = await logins.codes_left(session, login.tenant, login.person_id)
            await audit_log.record(
                session, AuditAction.RECOVERY_CODE_USED, by=visitor.as_(person), to=person, at=at, left=left
            )
            await _tell(session, person, f"A recovery code was used to sign in; {left} are left", visitor, at)
    if not used:
        raise CredentialsRefused("This recovery code is not right, or it was used before.")
    await forget(services, person)


async def set_password(
    services: Services, known: Known, visitor: ClientInfo, password: str, *, but_session: str | None = None
) -> None:
    """Make this the person's password and end their sessions, but for one where it is named.

    Raises PasswordTooWeak.
    """
    hashed = await strong_hash(services, known, password)
    async with services.database.transaction() as session:
        await replace_password(session, known, visitor, hashed, at=services.now(), but_session=but_session)


async def strong_hash(services: Services, known: Known, password: str) -> str:
    """The hash of a new password that is good enough for this person. Raises PasswordTooWeak."""
    person, stored = known.person, known.login.password_hash
    if stored is not None and (await services.passwords.verify(password, stored)).right:
        raise PasswordTooWeak("This is the password you have. Choose another one.")
    await require_strong(password, (known.login.user_name, person.name, person.tenant, "dialtone"))
    return await services.passwords.hash(password)


async def replace_password(
    session: Session,
    known: Known,
    visitor: ClientInfo,
    hashed: str,
    *,
    at: datetime,
    but_session: str | None = None,
) -> None:
    """Keep the new hash, end what was begun with the old password, and say so."""
    person = known.person
    await logins.change(session, known.login, password_hash=hashed, password_at=at, must_change=False)
    await portal_sessions.end_all(session, person.tenant, person.id, at=at, but=but_session)
    await audit_log.record(session, AuditAction.PASSWORD_CHANGED, by=visitor.as_(person), to=person, at=at)
    await _tell(session, person, "Your password was changed", visitor, at)


async def count(services: Services, person: PersonRow) -> None:
    """Count a try at somebody's second step. Raises TooManyAttempts."""
    await AttemptLimiter(services.database).charge(by_second_step(person), at=services.now())


async def forget(services: Services, person: PersonRow) -> None:
    """The tries counted so far were right in the end."""
    await AttemptLimiter(services.database).forget(by_second_step(person))


async def _tell(session: Session, person: PersonRow, what: str, visitor: ClientInfo, at: datetime) -> None:
    await enqueue_account_email(session, AccountEmail.ACCESS_CHANGED, person, at=at, what=what, address=visitor.address)
