"""Signing in, step by step: a password, then a code, then perhaps a new password; only then a session.

Between the steps a browser holds a grant: a signature, good for ten minutes, over who has proven what. Nothing is
kept of it; it ends with the password it was given for.
"""

from dataclasses import dataclass

from api.auth import sessions
from api.auth.client_info import ClientInfo
from api.auth.own_credentials import give_code, offer_factor, set_password, take_offered_factor, use_recovery_code
from api.auth.passwords import LONGEST
from api.auth.rate_limits import AttemptLimiter, by_address, by_name
from api.deps import Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.people.tables import PersonRow
from models.db.sign_in import logins
from models.db.sign_in.logins import Known
from models.errors import CredentialsRefused, LinkNotValid, NotSignedIn
from models.facts import Role
from notifications.links import Purpose

STEP_SECONDS = 600
_LONGEST_NAME = 254


@dataclass(frozen=True, kw_only=True)
class SignInResult:
    """What a step leads to: a session, or the grant for choosing a new password; and recovery codes, if made now."""

    session: str | None = None
    grant: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PartialLogin:
    """Somebody who has proven a part of who they are. `browser` is the session cookie they came with."""

    known: Known
    visitor: ClientInfo
    browser: str = ""

    @property
    def person(self) -> PersonRow:
        """Who they say they are."""
        return self.known.person


async def first_step(services: Services, visitor: ClientInfo, user_name: str, password: str) -> str:
    """Check a password; returns the grant for the second step.

    Raises CredentialsRefused, in the same words and after the same time whatever is wrong, TooManyAttempts.
    """
    name, counter = user_name.strip().lower()[:_LONGEST_NAME], AttemptLimiter(services.database)
    last = await counter.charge(by_name(name), by_address(visitor), at=services.now())
    async with services.database.transaction() as session:
        known = await logins.by_user_name(session, name)
    usable = known if known is not None and _signs_in(known.person) else None
    stored = usable.login.password_hash if usable else None
    verdict = await services.passwords.verify(password[:LONGEST], stored)
    if usable is None or not verdict.right:
        if known is not None and last:
            await _note_lock_out(services, known, visitor)
        raise CredentialsRefused("User name or password is not right.")
    await counter.forget(by_name(name))
    await counter.give_back(by_address(visitor))
    await _prepare_second_step(services, usable, verdict.renewed)
    return _grant(services, Purpose.SECOND_STEP, usable)


async def partial_login(
    services: Services, purpose: Purpose, grant: str, visitor: ClientInfo, browser: str = ""
) -> PartialLogin:
    """Whoever holds a grant. Raises NotSignedIn where it is none, too old, or for a password of earlier."""
    try:
        tenant, person_id, password_at = services.signer.granted(purpose, grant, seconds=STEP_SECONDS).split(" ")
    except LinkNotValid:
        raise _start_again() from None
    async with services.database.transaction() as session:
        known = await logins.of_person(session, tenant, person_id)
    if known is None or not _signs_in(known.person) or _password_at(known) != password_at:
        raise _start_again()
    return PartialLogin(known=known, visitor=visitor, browser=browser)


async def second_step(services: Services, who: PartialLogin, code: str) -> SignInResult:
    """Check a code of the authenticator. Raises CredentialsRefused, TooManyAttempts."""
    if who.known.login.factor is None:
        raise _start_again()
    await give_code(services, who.known, code)
    return await _enter(services, who)


async def recover(services: Services, who: PartialLogin, code: str) -> SignInResult:
    """Check a recovery code and use it up. Raises CredentialsRefused, TooManyAttempts."""
    await use_recovery_code(services, who.known, who.visitor, code)
    return await _enter(services, who)


async def enroll(services: Services, who: PartialLogin, code: str) -> SignInResult:
    """Take the authenticator that was offered, once it has shown a code.

    Raises CredentialsRefused, NotSignedIn for whoever has one already.
    """
    if who.known.login.factor is not None:
        raise _start_again()
    codes = await take_offered_factor(services, who.known, who.visitor, code)
    entry = await _enter(services, who)
    return SignInResult(session=entry.session, grant=entry.grant, codes=codes)


async def choose_password(services: Services, who: PartialLogin, password: str) -> SignInResult:
    """Replace the password, both steps having been passed, and enter. Raises PasswordTooWeak."""
    await set_password(services, who.known, who.visitor, password)
    return SignInResult(session=await _begin(services, who))


async def _prepare_second_step(services: Services, known: Known, renewed: str | None) -> None:
    """Keep a renewed hash, and offer an authenticator to whoever has none."""
    async with services.database.transaction() as session:
        if renewed is not None:
            await logins.change(session, known.login, password_hash=renewed)
        if known.login.factor is None and known.login.factor_offered is None:
            await offer_factor(services, session, known)


async def _enter(services: Services, who: PartialLogin) -> SignInResult:
    if who.known.login.must_change:
        return SignInResult(grant=_grant(services, Purpose.NEW_PASSWORD, who.known))
    return SignInResult(session=await _begin(services, who))


async def _begin(services: Services, who: PartialLogin) -> str:
    async with services.database.transaction() as session:
        return await sessions.begin(
            session, who.person, who.visitor, services.limits, at=services.now(), instead_of=who.browser
        )


async def _note_lock_out(services: Services, known: Known, visitor: ClientInfo) -> None:
    async with services.database.transaction() as session:
        by = visitor.as_stranger()
        await audit_log.record(session, AuditAction.LOCKED_OUT, by=by, to=known.person, at=services.now())


def _grant(services: Services, purpose: Purpose, known: Known) -> str:
    return services.signer.grant(purpose, f"{known.person.tenant} {known.person.id} {_password_at(known)}")


def _password_at(known: Known) -> str:
    at = known.login.password_at
    return str(int(at.timestamp() * 1_000_000)) if at else "never"


def _signs_in(person: PersonRow) -> bool:
    return person.active and Role.SERVICE not in person.roles


def _start_again() -> NotSignedIn:
    return NotSignedIn("That took too long, or something changed meanwhile. Please sign in again.")
