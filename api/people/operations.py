"""What support does for people: gives them access, finds them, and helps them back in; all of it is recorded."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, StringConstraints

from api.deps import Access, Services
from api.http.schemas import Body, View
from api.password_reset.operations import LINK_LIVES
from models.audit import AuditAction
from models.db.accounts import account_tree
from models.db.audit import audit_log
from models.db.people import directory, lookup
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.db.sign_in import logins, password_resets, portal_sessions
from models.db.sign_in.logins import Known
from models.errors import InvalidRequest, NotAuthorized, NotFound
from models.facts import Role
from notifications.account_emails import AccountEmail, enqueue_account_email
from policies.access import Right, assignable_roles, can_reset_credentials

INVITATION_LIVES = timedelta(days=3)
MOST_FOUND = 50

ROLE_NAMES: Mapping[Role, str] = MappingProxyType(
    {
        Role.OWNER: "Account owner",
        Role.DESK: "Vendor-desk agent",
        Role.SUPPORT: "Support agent",
        Role.CARE: "Care agent",
        Role.ADMIN: "Administrator",
        Role.AUDITOR: "Auditor",
        Role.SERVICE: "Service account",
    }
)

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


class PersonIn(Body):
    """Somebody who is to use Dialtone. `owns` are the accounts, by id or FA number, an account owner answers for."""

    name: Words
    email: Address
    employee_number: Words
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    account: Annotated[str, Field(max_length=40, description="Id or FA number of the account they belong to.")]
    manager_id: Annotated[str | None, Field(max_length=26)] = None
    cost_center: Annotated[str | None, Field(max_length=32)] = None
    roles: list[Role] = Field(default_factory=list)
    owns: list[str] = Field(default_factory=list, max_length=20)


class ReasonIn(Body):
    """Why somebody's access is changed; the audit record keeps it, and the person is told."""

    reason: Reason


class PersonFound(View):
    """Somebody as support finds them."""

    id: str
    name: str
    title: str
    employee_number: str
    active: bool
    roles: list[str]


class PersonCard(PersonFound):
    """Somebody with how they sign in; the user name is told on request, and that is recorded."""

    signs_in: bool
    second_factor: bool
    must_change_password: bool


class UserName(View):
    """What somebody signs in with."""

    user_name: str


async def search(services: Services, access: Access, words: str) -> list[PersonFound]:
    """People by any part of name, address or employee number."""
    async with services.database.transaction() as session:
        rows = await directory.list_rows(session, access.person, words=words, relations=None, limit=MOST_FOUND)
    return [PersonFound.model_validate(row) for row in rows]


async def read(services: Services, access: Access, person_id: str) -> PersonCard:
    """One person. Raises NotFound."""
    async with services.database.transaction() as session:
        row = await _row(session, access, person_id)
        known = await logins.of_person(session, row.tenant, row.id)
    return PersonCard(
        **PersonFound.model_validate(row).model_dump(),
        signs_in=known is not None,
        second_factor=known is not None and known.login.factor is not None,
        must_change_password=known is not None and known.login.must_change,
    )


async def create(services: Services, access: Access, body: PersonIn) -> PersonCard:
    """Add somebody, and mail them an invitation to choose a password. Raises InvalidRequest, NotAuthorized."""
    at = services.now()
    async with services.database.transaction() as session:
        row = await _new_row(session, access, body)
        await lookup.add(session, row)
        await audit_log.record(session, AuditAction.PERSON_CREATED, by=access.doer, to=row, at=at, roles=row.roles)
        if Role.SERVICE not in body.roles:
            await logins.add(session, row, at=at)
            link = await password_resets.add(session, row.tenant, row.id, at=at, until=at + INVITATION_LIVES)
            await enqueue_account_email(session, AccountEmail.INVITATION, row, at=at, reset=link, by=access.person.name)
    return await read(services, access, row.id)


async def look_up_user_name(services: Services, access: Access, person_id: str) -> UserName:
    """What somebody signs in with, for whoever has forgotten it. Raises NotFound."""
    async with services.database.transaction() as session:
        known = await _known(session, access, person_id)
        await audit_log.record(
            session, AuditAction.USER_NAME_LOOKED_UP, by=access.doer, to=known.person, at=services.now()
        )
    return UserName(user_name=known.login.user_name)


async def send_reset_link(services: Services, access: Access, person_id: str, body: ReasonIn) -> None:
    """Mail somebody a link to a new password, which they must choose at the next sign-in at the latest."""
    at = services.now()
    async with services.database.transaction() as session:
        person = await _lock_out(session, access, person_id, services)
        link = await password_resets.add(session, person.tenant, person.id, at=at, until=at + LINK_LIVES)
        await enqueue_account_email(
            session, AccountEmail.PASSWORD_RESET, person, at=at, reset=link, by=access.person.name
        )
        await audit_log.record(
            session, AuditAction.RESET_LINK_SENT, by=access.doer, to=person, at=at, reason=body.reason
        )


async def reset_factor(services: Services, access: Access, person_id: str, body: ReasonIn) -> None:
    """Take somebody's authenticator and recovery codes away; they set up another one at the next sign-in."""
    at = services.now()
    async with services.database.transaction() as session:
        person = await _lock_out(session, access, person_id, services)
        known = await _known(session, access, person.id)
        await logins.change(session, known.login, factor=None, factor_at=None, factor_offered=None, last_step=None)
        await logins.renew_codes(session, known.login, ())
        what, by = "Your authenticator was reset", access.person.name
        await enqueue_account_email(
            session, AccountEmail.ACCESS_CHANGED, person, at=at, what=what, by=by, reason=body.reason
        )
        await audit_log.record(session, AuditAction.FACTOR_RESET, by=access.doer, to=person, at=at, reason=body.reason)


async def _lock_out(session: Session, access: Access, person_id: str, services: Services) -> PersonRow:
    """End all that somebody's way of signing in has begun, and ask for a new password at the next sign-in."""
    known = await _known(session, access, person_id)
    if not can_reset_credentials(access.person, lookup.person(known.person)):
        raise NotAuthorized("Somebody else has to do this: an administrator, and not the person it is for.")
    await logins.change(session, known.login, must_change=True)
    await portal_sessions.end_all(session, known.person.tenant, known.person.id, at=services.now())
    return known.person


async def _new_row(session: Session, access: Access, body: PersonIn) -> PersonRow:
    tenant = access.person.tenant
    if not assignable_roles(access.person).issuperset(body.roles):
        raise NotAuthorized("You may not give these roles to anybody.")
    if await logins.taken(session, body.email) or await lookup.has_address(session, tenant, body.email):
        raise InvalidRequest("Somebody uses this address already.", field="email")
    if body.manager_id and await lookup.by_id(session, tenant, body.manager_id) is None:
        raise InvalidRequest("There is no such manager.", field="manager_id")
    owner = access.towards(Right.ACCOUNT_READ)
    account = await _account(session, owner, body.account, "account")
    return PersonRow(
        tenant=tenant,
        id=new_id(),
        name=body.name,
        email=body.email,
        employee_number=body.employee_number,
        title=body.title,
        manager_id=body.manager_id,
        account_id=account,
        cost_center=body.cost_center,
        roles=sorted(body.roles),
        owns=[await _account(session, owner, one, "owns") for one in body.owns] if Role.OWNER in body.roles else [],
    )


async def _account(session: Session, access: Access, ref: str, field: str) -> str:
    try:
        return (await account_tree.find_account(session, access.person, ref)).row.id
    except NotFound:
        raise InvalidRequest("There is no such account.", field=field) from None


async def _row(session: Session, access: Access, person_id: str) -> PersonRow:
    row = await lookup.row_by_id(session, access.person.tenant, person_id)
    if row is None:
        raise NotFound("There is no such person.")
    return row


async def _known(session: Session, access: Access, person_id: str) -> Known:
    row = await _row(session, access, person_id)
    known = await logins.of_person(session, row.tenant, row.id)
    if known is None:
        raise NotFound("This person does not sign in.")
    return known
