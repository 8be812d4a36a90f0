"""Verifies and changes how a person signs in: password, authenticator and recovery codes. Changes send an email."""

from dataclasses import dataclass
from datetime import datetime

from api.auth import totp
from api.auth.client_info import ClientInfo
from api.auth.passwords import MAX_LENGTH
from api.auth.rate_limits import AttemptLimiter, by_new_password, by_second_step
from api.auth.tokens import digest
from api.deps import Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in import access_tokens, logins, password_resets, portal_sessions
from models.db.sign_in.logins import PersonLogin
from models.errors import CredentialsRejected, PasswordTooWeak
from notifications.account_emails import AccountEmail, enqueue_account_email


@dataclass(frozen=True, kw_only=True)
class PasswordChange:
    """A new password, not judged yet, with what it leaves alone: the session `keep_session`, and `keep_tokens`.

    `link_id` is the password reset link that it uses up.
    """

    password: str
    client: ClientInfo
    link_id: str | None = None
    keep_session: str | None = None
    keep_tokens: bool = False


async def use_code(services: Services, person_login: PersonLogin, code: str) -> None:
    """Verify a code of the authenticator; each works once. Raises CredentialsRejected, TooManyAttempts."""
    await count_attempt(services, person_login.person)
    login = person_login.login
    secret = logins.open_factor(services.keyring, login, login.factor) if login.factor else None
    step = totp.step_of(secret, code, at=services.now(), last=login.last_step) if secret else None
    if step is None or not await services.database.run(logins.use_step, login, step):
        raise CredentialsRejected("That code didn't work. Try the next one.")
    await reset_attempts(services, person_login.person)


async def enroll_factor(
    services: Services, person_login: PersonLogin, client: ClientInfo, secret: str, code: str
) -> tuple[str, ...]:
    """Put an authenticator with this secret into effect; returns new recovery codes.

    Raises CredentialsRejected, also if another authenticator has been set up since `person_login` was read, or
    TooManyAttempts.
    """
    await count_attempt(services, person_login.person)
    person, at = person_login.person, services.now()
    step = totp.step_of(secret, code, at=at, last=None)
    if step is None:
        raise CredentialsRejected("That code didn't work. Scan the QR code again and enter the newest code.")
    factor = logins.seal_factor(services.keyring, person.tenant, person.id, secret)
    codes = await services.database.run(_replace_factor, person_login, client, factor, step=step, at=at)
    await reset_attempts(services, person)
    return codes


async def _replace_factor(
    session: Session, person_login: PersonLogin, client: ClientInfo, factor: bytes, *, step: int, at: datetime
) -> tuple[str, ...]:
    if not await logins.replace_factor(session, person_login.login, factor, step=step, at=at):
        raise CredentialsRejected("Another authenticator was set up meanwhile. Sign in with it.")
    codes = await renew_codes(session, person_login)
    what = "An authenticator was set up for your account"
    await record_change(session, AuditAction.FACTOR_ENROLLED, person_login.person, client, what, at=at)
    return codes


async def renew_codes(session: Session, person_login: PersonLogin) -> tuple[str, ...]:
    """Replace the recovery codes; the new ones are stored only as hashes."""
    codes = totp.new_recovery_codes()
    await logins.renew_codes(session, person_login.login, [digest(totp.plain_code(code)) for code in codes])
    return tuple(codes)


async def use_recovery_code(services: Services, person_login: PersonLogin, client: ClientInfo, code: str) -> None:
    """Verify a recovery code; each works once. Raises CredentialsRejected, TooManyAttempts."""
    await count_attempt(services, person_login.person)
    await services.database.run(_use_recovery_code, person_login, client, code, services.now())
    await reset_attempts(services, person_login.person)


async def _use_recovery_code(
    session: Session, person_login: PersonLogin, client: ClientInfo, code: str, at: datetime
) -> None:
    login, person = person_login.login, person_login.person
    if not await logins.use_code(session, login, digest(totp.plain_code(code)), at=at):
        raise CredentialsRejected("That recovery code didn't work. Each code works once.")
    left = await logins.codes_left(session, login.tenant, login.person_id)
    what = f"A recovery code was used to sign in – {left} left"
    await record_change(session, AuditAction.RECOVERY_CODE_USED, person, client, what, at=at, left=left)


async def change_password(services: Services, person_login: PersonLogin, change: PasswordChange) -> None:
    """Store a new password, and end what the old one could have begun.

    Raises PasswordTooWeak, TooManyAttempts, or LinkNotValid if the link was used meanwhile.
    """
    hashed = await _strong_hash(services, person_login, change.password)
    await services.database.run(_store_password, person_login, change, hashed, services.now())


async def _store_password(
    session: Session, person_login: PersonLogin, change: PasswordChange, hashed: str, at: datetime
) -> None:
    person = person_login.person
    if change.link_id is not None:
        await password_resets.use(session, change.link_id, at=at)
    await password_resets.revoke_all(session, person.tenant, person.id, at=at)
    await logins.change(session, person_login.login, password_hash=hashed, password_at=at, must_change=False)
    await portal_sessions.end_all(session, person.tenant, person.id, at=at, but=change.keep_session)
    revoked = 0 if change.keep_tokens else await access_tokens.revoke_all(session, person.tenant, person.id, at=at)
    what = "Your password was changed" + (" and your API tokens were revoked" if revoked else "")
    await record_change(
        session, AuditAction.PASSWORD_CHANGED, person, change.client, what, at=at, tokens_revoked=revoked
    )


async def _strong_hash(services: Services, person_login: PersonLogin, password: str) -> str:
    person, login, limiter = person_login.person, person_login.login, AttemptLimiter(services.database)
    await limiter.consume(by_new_password(person), at=services.now())
    stored = login.password_hash
    if stored is not None and (await services.passwords.verify(password[:MAX_LENGTH], stored)).valid:
        raise PasswordTooWeak("That's your current password. Choose a different one.")
    await services.passwords.require_strong(password, (login.user_name, person.name, person.tenant, "dialtone"))
    await limiter.reset(by_new_password(person))
    return await services.passwords.hash(password)


async def count_attempt(services: Services, person: PersonRow) -> None:
    """Count an attempt at the second step. Raises TooManyAttempts."""
    await AttemptLimiter(services.database).consume(by_second_step(person), at=services.now())


async def reset_attempts(services: Services, person: PersonRow) -> None:
    await AttemptLimiter(services.database).reset(by_second_step(person))


async def record_change(
    session: Session,
    action: AuditAction,
    person: PersonRow,
    client: ClientInfo,
    what: str,
    *,
    at: datetime,
    **detail: object,
) -> None:
    """Record a change of access, and email it to the person; `what` is the email's first words."""
    await audit_log.record(session, action, by=client.actor(person), to=person, at=at, **detail)
    await enqueue_account_email(session, AccountEmail.ACCESS_CHANGED, person, at=at, what=what, address=client.address)
