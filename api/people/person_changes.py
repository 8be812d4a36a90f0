"""Changes what people are, what they can do and what they own. The audit log keeps what was before and after."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from pydantic_core import to_jsonable_python

from api.deps import Access, Services
from api.people import start_dates
from api.people.invitations import invite
from api.people.operations import account_id, card, check_number
from api.people.schemas import CostCentersIn, PersonCard, PersonChangeIn, RolesIn
from models.audit import AuditAction
from models.db.accounts import cost_centers
from models.db.accounts.tables import CostCenterRow
from models.db.audit import audit_log
from models.db.catalog import policy_versions
from models.db.people import lookup, person_changes
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import ActionNotAllowed, FieldError, InvalidRequest, NotAuthorized, NotFound
from models.facts import Person, Role
from notifications.account_emails import AccountEmail, enqueue_account_email
from outbox import moves
from outbox.moves import Move, PersonPlace
from policies.access import Right, can_change_roles
from policies.deadlines import local_day

# What changes on a later day: the fields of the request, and the columns.
_NEXT = ("next_manager_id", "next_account", "next_cost_center")
_COMING = ("next_manager_id", "next_account_id", "next_cost_center")
# What a person always has: null leaves it as it is.
_REQUIRED = frozenset({"name", "employee_number", "title", "account"})


async def give_access(services: Services, access: Access, person_id: str) -> PersonCard:
    """Email an invitation to a person who is known and can't sign in yet. Raises NotFound, ActionNotAllowed."""
    return await services.database.run(_give_access, access, person_id, services.now())


async def _give_access(session: Session, access: Access, person_id: str, at: datetime) -> PersonCard:
    row = await locked(session, access, person_id)
    if not row.active or Role.SERVICE in row.roles:
        raise ActionNotAllowed("Only people who are active can be invited.")
    await invite(session, row, by=access.audit_actor, at=at)
    await audit_log.record(session, AuditAction.PERSON_INVITED, by=access.audit_actor, to=row, at=at)
    return await card(session, row)


async def change(services: Services, access: Access, person_id: str, body: PersonChangeIn) -> PersonCard:
    """Idempotent. Raises NotFound, InvalidRequest, ActionNotAllowed."""
    return await services.database.run_long(_change, access, person_id, body, services.now())


async def _change(session: Session, access: Access, person_id: str, body: PersonChangeIn, at: datetime) -> PersonCard:
    await _check_first_day(session, access.person.tenant, person_id, body.starts_on, at)
    row = await locked(session, access, person_id)
    wanted = body.model_dump(exclude_unset=True)
    wanted = {field: value for field, value in wanted.items() if value is not None or field not in _REQUIRED}
    if "account" in wanted:
        account = await account_id(session, access.for_right(Right.ACCOUNT_READ), wanted.pop("account"), "account")
        wanted["account_id"] = account
    if "employee_number" in wanted:
        await check_number(session, row.tenant, wanted["employee_number"], row.id)
    if wanted.get("manager_id"):
        await _check_manager(session, row, wanted["manager_id"])
    center = wanted.get("cost_center")
    if center and center != row.cost_center:
        await _check_cost_centers(session, row.tenant, [center], "cost_center")
    await _check_move(session, access, row, wanted, at)
    started, place = row.starts_on, PersonPlace.of(row)
    await _save(session, access, row, AuditAction.PERSON_CHANGED, wanted, at)
    if row.starts_on != started:
        await start_dates.follow(session, row, started, by=access.audit_actor, at=at)
    await moves.follow(session, row.tenant, [Move(person=row, before=place)], by=access.audit_actor, at=at)
    return await card(session, row)


async def _check_first_day(session: Session, tenant: str, person_id: str, first_day: date | None, at: datetime) -> None:
    """Before it, nobody signs in. Raises ActionNotAllowed."""
    today = local_day(await policy_versions.newest(session, tenant), at)
    if first_day and first_day > today:
        admins = await person_changes.lock_admins(session, tenant, today)
        leaving = await person_changes.leaving_admins(session, tenant)
        check_admin_left(person_id, admins, leaving={person_id, *leaving})


async def _check_move(session: Session, access: Access, row: PersonRow, wanted: dict[str, Any], at: datetime) -> None:
    """Check what changes on a later day, and name the account by its id. Raises InvalidRequest."""
    if not wanted.keys() & {"moves_on", *_NEXT}:
        return
    if wanted.get("next_account"):
        accounts = access.for_right(Right.ACCOUNT_READ)
        wanted["next_account_id"] = await account_id(session, accounts, wanted["next_account"], "next_account")
    elif "next_account" in wanted:
        wanted["next_account_id"] = None
    wanted.pop("next_account", None)
    if wanted.get("next_manager_id"):
        await _check_manager(session, row, wanted["next_manager_id"], "next_manager_id")
    if wanted.get("next_cost_center"):
        await _check_cost_centers(session, row.tenant, [wanted["next_cost_center"]], "next_cost_center")
    after = {name: wanted.get(name, getattr(row, name)) for name in ("moves_on", *_COMING)}
    changes = any(after[name] for name in _COMING)
    if changes and after["moves_on"] is None:
        raise InvalidRequest("Enter the day from which this holds.", field="moves_on")
    if after["moves_on"] and not changes:
        raise InvalidRequest("Enter what changes on this day: manager, account or cost center.", field="moves_on")
    today = local_day(await policy_versions.newest(session, row.tenant), at)
    if wanted.get("moves_on") and wanted["moves_on"] <= today:
        raise InvalidRequest("Choose a later day, or change it right away.", field="moves_on")


async def set_roles(services: Services, access: Access, person_id: str, body: RolesIn) -> PersonCard:
    """Idempotent. Raises NotFound, NotAuthorized, InvalidRequest, ActionNotAllowed."""
    return await services.database.run(_set_roles, access, person_id, body, services.now())


async def _set_roles(session: Session, access: Access, person_id: str, body: RolesIn, at: datetime) -> PersonCard:
    today = local_day(await policy_versions.newest(session, access.person.tenant), at)
    admins = await person_changes.lock_admins(session, access.person.tenant, today)
    row = await locked(session, access, person_id)
    roles = frozenset(body.roles)
    leaving = set[str]() if Role.ADMIN in roles else {row.id}
    check_roles(access.person, lookup.person(row), roles, admins, leaving=leaving)
    owner = access.for_right(Right.ACCOUNT_READ)
    owned = [await account_id(session, owner, one, "owns") for one in body.owns] if Role.OWNER in roles else []
    if Role.OWNER in roles and not owned:
        raise InvalidRequest("Choose at least one account for an account owner.", field="owns")
    wanted = {"roles": _in_order(row.roles, roles), "owns": _in_order(row.owns, owned)}
    if await _save(session, access, row, AuditAction.ROLES_CHANGED, wanted, at):
        await announce_roles(session, row, by=access.person.name, at=at)
    return await card(session, row)


def check_roles(
    by: Person | None, person: Person, roles: Collection[Role], admins: Collection[str], *, leaving: Collection[str]
) -> None:
    """`by` is None for an operator. Raises NotAuthorized, InvalidRequest, ActionNotAllowed."""
    if by and not can_change_roles(by, person, roles):
        raise NotAuthorized("You don't have permission to assign these roles.")
    if (Role.SERVICE in person.roles) is not (Role.SERVICE in roles):
        raise InvalidRequest("A person can't become a service account, nor the other way around.", field="roles")
    check_admin_left(person.id, admins, leaving=leaving)


async def announce_roles(session: Session, row: PersonRow, *, by: str, at: datetime) -> None:
    """Email a person that their roles were changed."""
    if row.active:
        email = AccountEmail.ACCESS_CHANGED
        await enqueue_account_email(session, email, row, at=at, what="Your roles were changed", by=by)


async def set_cost_centers(services: Services, access: Access, person_id: str, body: CostCentersIn) -> PersonCard:
    """Give a person these cost centers, in place of those they own. Raises NotFound, InvalidRequest.

    What another person owns has to be named in `take_over`.
    """
    return await services.database.run(_set_cost_centers, access, person_id, body, services.now())


async def _set_cost_centers(
    session: Session, access: Access, person_id: str, body: CostCentersIn, at: datetime
) -> PersonCard:
    row = await locked(session, access, person_id)
    codes = sorted(set(body.codes))
    centers = await cost_centers.lock(session, row.tenant, row.id, codes)
    before = _owned(centers)
    await _check_cost_centers(session, row.tenant, {*codes} - {*before.get(row.id, [])}, "codes")
    others = await lookup.rows_by_id(session, row.tenant, {one.owner_id or "" for one in centers} - {"", row.id})
    taken = {one.code: others[one.owner_id] for one in centers if one.code in codes and one.owner_id in others}
    _check_taken(row, {code: owner for code, owner in taken.items() if code not in body.take_over})
    await cost_centers.give(session, centers, row.id, codes)
    after = _owned(centers)
    for person in [row, *others.values()]:
        detail = {"before": before.get(person.id, []), "after": after.get(person.id, [])}
        if detail["before"] != detail["after"]:
            action = AuditAction.COST_CENTERS_CHANGED
            await audit_log.record(session, action, by=access.audit_actor, to=person, at=at, **detail)
    return await card(session, row)


def _owned(centers: Collection[CostCenterRow]) -> Mapping[str | None, list[str]]:
    """The codes by the id of the owner."""
    owned: dict[str | None, list[str]] = {}
    for one in centers:
        owned.setdefault(one.owner_id, []).append(one.code)
    return owned


def _check_taken(row: PersonRow, taken: Mapping[str, PersonRow]) -> None:
    """Raises InvalidRequest with an error for each cost center that another person has."""
    errors = [
        FieldError(
            code="OWNED",
            field="take_over",
            detail=f"{owner.name} owns {code}. Confirm that {row.name} takes it over.",
            facts=(("cost_center", code), ("owner", owner.name)),
        )
        for code, owner in taken.items()
    ]
    if errors:
        raise InvalidRequest(errors[0].detail, field="take_over", errors=errors)


async def locked(session: Session, access: Access, person_id: str) -> PersonRow:
    """Raises NotFound."""
    row = await person_changes.lock_person(session, access.person.tenant, person_id)
    if row is None:
        raise NotFound("Person not found.")
    return row


def check_admin_left(person_id: str, admins: Collection[str], *, leaving: Collection[str]) -> None:
    """`admins` are the active ones of the tenant, `leaving` those who are none afterwards. Raises ActionNotAllowed."""
    if person_id in admins and {*admins} <= {*leaving}:
        raise ActionNotAllowed("This would leave no active admin. Make someone else an admin first.")


async def _check_manager(session: Session, row: PersonRow, manager_id: str, field: str = "manager_id") -> None:
    manager = await lookup.by_id(session, row.tenant, manager_id)
    if manager is None or (not manager.active and manager_id != row.manager_id):
        raise InvalidRequest("No active person matches this manager.", field=field)
    if await person_changes.would_be_cycle(session, row.tenant, row.id, manager_id):
        raise InvalidRequest(f"{manager.name} reports to {row.name}, or is {row.name}.", field=field)


async def _check_cost_centers(session: Session, tenant: str, codes: Collection[str], field: str) -> None:
    unknown = await cost_centers.missing(session, tenant, codes)
    if unknown:
        raise InvalidRequest(f"There's no active cost center {unknown[0]}.", field=field)


def _in_order(before: list[str], wanted: Collection[str]) -> list[str]:
    """What is wanted, without a change that is only one of the order."""
    return before if {*before} == {*wanted} else sorted({*wanted})


async def _save(  # noqa: PLR0917 - a change is all of these
    session: Session, access: Access, row: PersonRow, action: AuditAction, wanted: dict[str, Any], at: datetime
) -> bool:
    """Set what differs, and record it; False if nothing does."""
    differs = {field: value for field, value in wanted.items() if getattr(row, field) != value}
    if not differs:
        return False
    before = {field: getattr(row, field) for field in differs}
    await person_changes.save(session, row, **differs)
    detail = to_jsonable_python({"before": before, "after": differs})
    await audit_log.record(session, action, by=access.audit_actor, to=row, at=at, **detail)
    return True
