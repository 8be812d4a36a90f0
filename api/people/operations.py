"""Adds people, finds them, and resets their credentials. Everything but reading is recorded in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.deps import Access, Services
from api.http.paging import MAX_OPTIONS
from api.orders.schemas import AccountView, PersonView
from api.password_reset.operations import LINK_LIFETIME
from api.people.invitations import invite
from api.people.schemas import ComingMove, PersonCard, PersonFound, PersonIn, ReasonIn, UserName
from models.audit import AuditAction
from models.db.accounts import account_tree, cost_centers
from models.db.accounts.tables import AccountRow
from models.db.audit import audit_log
from models.db.catalog import policy_versions
from models.db.people import directory, lookup
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.db.sign_in import access_tokens, logins, password_resets, portal_sessions
from models.db.sign_in.logins import PersonLogin
from models.errors import InvalidRequest, NotAuthorized, NotFound
from models.facts import Role
from models.search_query import searchable_words
from notifications.account_emails import AccountEmail, enqueue_account_email
from policies.access import Right, assignable_roles, can_change_roles, can_reset_credentials
from policies.deadlines import local_day
from policies.joining import may_be_no_show

MAX_FOUND = 50


@dataclass(frozen=True, kw_only=True)
class PersonActions:
    """What someone can do with a person on the person's page."""

    invite: bool
    roles: bool
    edit: bool
    leave: bool
    no_show: bool
    deactivate: bool
    reactivate: bool
    user_name: bool
    reset: bool


async def search(services: Services, access: Access, text: str, *, limit: int = MAX_FOUND) -> list[PersonFound]:
    """People by any part of their name, email address or employee number."""
    async with services.database.read() as session:
        words = searchable_words(text)
        rows = await directory.list_rows(session, access.person, words=words, relations=None, limit=limit)
    return [PersonFound.model_validate(row) for row in rows]


async def read(services: Services, access: Access, person_id: str) -> PersonCard:
    """Raises NotFound."""
    async with services.database.read() as session:
        return await card(session, await find_row(session, access, person_id))


async def read_for(services: Services, access: Access, person_id: str) -> tuple[PersonCard, PersonActions]:
    """A person, and what the caller can do with them. Raises NotFound."""
    async with services.database.read() as session:
        row = await find_row(session, access, person_id)
        shown = await card(session, row)
        policy = await policy_versions.newest(session, row.tenant)
        today = local_day(policy, await session.now())
    person = lookup.person(row)
    is_person, is_self = Role.SERVICE not in person.roles, person.id == access.person.id
    can_change = access.is_allowed(Right.PERSON_CHANGE)
    actions = PersonActions(
        invite=access.is_allowed(Right.PERSON_CREATE)
        and (is_person and row.active)
        and (shown.invited or not shown.signs_in),
        roles=access.is_allowed(Right.PERSON_GRANT) and can_change_roles(access.person, person, person.roles),
        edit=can_change,
        leave=access.is_allowed(Right.LEAVE_START) and is_person and (row.active or row.leaves_on is not None),
        no_show=can_change
        and (row.active and not is_self and row.leaves_on is None)
        and may_be_no_show(policy, row.starts_on, today),
        deactivate=can_change and row.active and not is_self,
        reactivate=can_change and not row.active,
        user_name=access.is_allowed(Right.PERSON_USER_NAME) and shown.signs_in,
        reset=access.is_allowed(Right.PERSON_RESET)
        and (shown.signs_in and row.active)
        and can_reset_credentials(access.person, person),
    )
    return shown, actions


async def card(session: Session, row: PersonRow) -> PersonCard:
    """What is shown of a person."""
    person_login = await logins.of_person(session, row.tenant, row.id)
    login = person_login.login if person_login else None
    named = {*row.owns, row.account_id or "", row.next_account_id or ""}
    accounts = await account_tree.by_ids(session, row.tenant, named)
    manager = await lookup.row_by_id(session, row.tenant, row.manager_id) if row.manager_id else None
    today = local_day(await policy_versions.newest(session, row.tenant), await session.now())
    own_account = accounts.get(row.account_id or "")
    return PersonCard(
        **PersonFound.model_validate(row).model_dump(),
        signs_in=login is not None,
        second_factor=login is not None and login.factor is not None,
        must_change_password=login is not None and login.must_change,
        invited=login is not None and login.password_hash is None,
        account=AccountView.model_validate(own_account) if own_account else None,
        manager=PersonView.model_validate(manager) if manager else None,
        cost_center=row.cost_center,
        starts_on=row.starts_on,
        pre_start=row.starts_on is not None and row.starts_on > today,
        leaves_on=row.leaves_on,
        coming_move=await _coming_move(session, row, accounts),
        owns=[AccountView.model_validate(one) for one in accounts.values() if one.id in row.owns],
        cost_centers=[one.code for one in await cost_centers.owned_by(session, row.tenant, row.id)],
    )


async def _coming_move(session: Session, row: PersonRow, accounts: Mapping[str, AccountRow]) -> ComingMove | None:
    if row.moves_on is None:
        return None
    manager = await lookup.row_by_id(session, row.tenant, row.next_manager_id) if row.next_manager_id else None
    account = accounts.get(row.next_account_id or "")
    return ComingMove(
        on=row.moves_on,
        manager=PersonView.model_validate(manager) if manager else None,
        account=AccountView.model_validate(account) if account else None,
        cost_center=row.next_cost_center,
    )


async def create(services: Services, access: Access, body: PersonIn) -> PersonCard:
    """Add a person and email an invitation to choose a password. Raises InvalidRequest, NotAuthorized."""
    return await services.database.run(_create, access, body, services.now())


async def _create(session: Session, access: Access, body: PersonIn, at: datetime) -> PersonCard:
    row = await _new_row(session, access, body)
    await lookup.add(session, row)
    await audit_log.record(session, AuditAction.PERSON_CREATED, by=access.audit_actor, to=row, at=at, roles=row.roles)
    if Role.SERVICE not in body.roles:
        await invite(session, row, by=access.audit_actor, at=at)
    return await card(session, row)


async def look_up_user_name(services: Services, access: Access, person_id: str) -> UserName:
    """Raises NotFound."""
    return await services.database.run(_look_up_user_name, access, person_id, services.now())


async def _look_up_user_name(session: Session, access: Access, person_id: str, at: datetime) -> UserName:
    person_login = await _person_login(session, access, person_id)
    action = AuditAction.USER_NAME_LOOKED_UP
    await audit_log.record(session, action, by=access.audit_actor, to=person_login.person, at=at)
    return UserName(user_name=person_login.login.user_name)


async def send_reset_link(services: Services, access: Access, person_id: str, body: ReasonIn) -> None:
    """Email a password reset link. The next sign-in requires a new password."""
    await services.database.run(_send_reset_link, access, person_id, body, services.now())


async def _send_reset_link(session: Session, access: Access, person_id: str, body: ReasonIn, at: datetime) -> None:
    person = (await _require_new_password(session, access, person_id, at)).person
    link = await password_resets.add(session, person.tenant, person.id, at=at, until=at + LINK_LIFETIME)
    await enqueue_account_email(session, AccountEmail.PASSWORD_RESET, person, at=at, reset=link, by=access.person.name)
    await audit_log.record(
        session, AuditAction.RESET_LINK_SENT, by=access.audit_actor, to=person, at=at, reason=body.reason
    )


async def reset_factor(services: Services, access: Access, person_id: str, body: ReasonIn) -> None:
    """Remove the authenticator, the recovery codes and the password, and email a link for a new password.

    With the old password alone, nobody can set up the next authenticator.
    """
    await services.database.run(_reset_factor, access, person_id, body, services.now())


async def _reset_factor(session: Session, access: Access, person_id: str, body: ReasonIn, at: datetime) -> None:
    person_login = await _require_new_password(session, access, person_id, at)
    person = person_login.person
    await logins.change(
        session, person_login.login, password_hash=None, password_at=at, factor=None, factor_at=None, last_step=None
    )
    await logins.renew_codes(session, person_login.login, ())
    link = await password_resets.add(session, person.tenant, person.id, at=at, until=at + LINK_LIFETIME)
    by, reason = access.person.name, body.reason
    email = AccountEmail.AUTHENTICATOR_RESET
    await enqueue_account_email(session, email, person, at=at, reset=link, by=by, reason=reason)
    await audit_log.record(session, AuditAction.FACTOR_RESET, by=access.audit_actor, to=person, at=at, reason=reason)


async def _require_new_password(session: Session, access: Access, person_id: str, at: datetime) -> PersonLogin:
    """End the person's sessions, revoke their tokens, and require a new password at the next sign-in.

    Raises NotFound, NotAuthorized.
    """
    person_login = await _person_login(session, access, person_id)
    person = person_login.person
    if not can_reset_credentials(access.person, lookup.person(person)):
        raise NotAuthorized("Only another admin can do this.")
    await logins.change(session, person_login.login, must_change=True)
    await portal_sessions.end_all(session, person.tenant, person.id, at=at)
    await access_tokens.revoke_all(session, person.tenant, person.id, at=at)
    return person_login


async def _new_row(session: Session, access: Access, body: PersonIn) -> PersonRow:
    tenant = access.person.tenant
    if not assignable_roles(access.person).issuperset(body.roles):
        raise NotAuthorized("You don't have permission to assign these roles.")
    if await logins.taken(session, body.email) or await lookup.email_exists(session, tenant, body.email):
        raise InvalidRequest("This email is already in use.", field="email")
    await check_number(session, tenant, body.employee_number)
    if body.manager_id and await lookup.by_id(session, tenant, body.manager_id) is None:
        raise InvalidRequest("No person matches this manager ID.", field="manager_id")
    owner = access.for_right(Right.ACCOUNT_READ)
    account = await account_id(session, owner, body.account, "account")
    return PersonRow(
        **body.model_dump(exclude={"account", "roles", "owns"}),
        tenant=tenant,
        id=new_id(),
        account_id=account,
        roles=sorted(body.roles),
        owns=[await account_id(session, owner, one, "owns") for one in body.owns] if Role.OWNER in body.roles else [],
    )


async def check_number(session: Session, tenant: str, number: str, person_id: str | None = None) -> None:
    """Whether the person with this id (None: a new one) can have the employee number. Raises InvalidRequest."""
    other = await lookup.with_number(session, tenant, number)
    if other is not None and other.id != person_id:
        raise InvalidRequest(f"{other.name} has this employee number. Enter another one.", field="employee_number")


async def find_manager(
    services: Services, access: Access, person: PersonCard, text: str, field: str = "manager_id"
) -> str | None:
    """The id of the person with this name or email address; None for no text. Raises InvalidRequest."""
    if not text.strip():
        return None
    if person.manager and text == person.manager.name:
        return person.manager.id
    async with services.database.read() as session:
        found = await directory.named(session, access.person, text.strip(), relations=None, limit=2)
    if not found:
        raise InvalidRequest("No one has this name or email address.", field=field)
    if len(found) > 1:
        raise InvalidRequest("Several people have this name. Enter the email address.", field=field)
    return found[0].id


async def cost_center_options(services: Services, access: Access) -> list[tuple[str, str]] | None:
    """The codes of the active cost centers, each with what it is called; None if there are too many."""
    async with services.database.read() as session:
        rows = await cost_centers.active(session, access.person.tenant, limit=MAX_OPTIONS + 1)
    return [(row.code, f"{row.code} ({row.name})") for row in rows] if len(rows) <= MAX_OPTIONS else None


async def account_id(session: Session, access: Access, ref: str, field: str) -> str:
    """The id of an account that the caller knows. Raises InvalidRequest."""
    try:
        return (await account_tree.find_account(session, access.person, ref)).row.id
    except NotFound:
        raise InvalidRequest("No account matches this ID or FA number.", field=field) from None


async def find_row(session: Session, access: Access, person_id: str) -> PersonRow:
    """Raises NotFound."""
    row = await lookup.row_by_id(session, access.person.tenant, person_id)
    if row is None:
        raise NotFound("Person not found.")
    return row


async def _person_login(session: Session, access: Access, person_id: str) -> PersonLogin:
    row = await find_row(session, access, person_id)
    person_login = await logins.of_person(session, row.tenant, row.id)
    if person_login is None:
        raise NotFound("This person doesn't sign in to Dialtone.")
    return person_login
