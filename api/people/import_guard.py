"""Holds files of people to what the pages of people allow, and does what the pages do with a change of access."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from api.leaves import file_changes
from api.leaves.file_changes import LEAVES_ON, SUCCESSOR, PeopleNow, is_active
from api.people import start_dates
from api.people.departures import check_deactivation
from api.people.person_changes import announce_roles, check_admin_left, check_roles
from models.audit import AuditAction, AuditActor
from models.db import deactivation
from models.db.accounts import account_tree
from models.db.audit import audit_log
from models.db.catalog import policy_versions
from models.db.imports.guards import ThingChange
from models.db.leaves import leaves
from models.db.people import lookup, person_changes
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in import password_resets
from models.errors import ActionNotAllowed, PublicError
from models.facts import Person, Role
from models.imports.kind import Key, Texts, Wrong
from models.imports.kinds.people import PEOPLE
from outbox import moves
from outbox.moves import Move, PersonPlace
from policies.deadlines import local_day

STARTS_ON, MOVES_ON = "starts_on", "moves_on"
_PLACE = ("manager", "account", "cost_center")
_ROLES, _ACTIVE, _EMAIL = ("roles", "owns"), "active", "email"


class PeopleGuard:
    async def lock(self, session: Session, tenant: str) -> None:
        """The admins, as every other change of people locks them first."""
        today = local_day(await policy_versions.newest(session, tenant), await session.now())
        await person_changes.lock_admins(session, tenant, today)

    async def refusals(
        self, session: Session, tenant: str, changes: Sequence[ThingChange], *, by: AuditActor
    ) -> Mapping[Key, Wrong]:
        judged = [one for one in changes if _is_judged(one)]
        if not judged:
            return {}
        today = local_day(await policy_versions.newest(session, tenant), await session.now())
        admins = await person_changes.admins(session, tenant, today)
        # An operator can bring in the next admin with a file.
        leaving = {one.id for one in judged if not _is_admin(one.after)} if by.id else set[str]()
        gone = {one.id for one in judged if file_changes.last_day(one.after)} if by.id else set[str]()
        gone |= leaving | (await person_changes.leaving_admins(session, tenant) if by.id else set())
        gone |= {one.id for one in judged if _starts_later(one, today)} if by.id else set()
        caller = await lookup.by_id(session, tenant, by.id) if by.id else None
        moved = [one.id for one in judged if one.after and one.differs(_EMAIL)] if caller else []
        reached = await person_changes.reached_by_email(session, tenant, moved) if moved else set[str]()
        access = {one.key: _refusal(one, tenant, caller, admins, leaving, reached) for one in judged if one.before}
        ended = await leaves.ended_of(session, tenant, [one.id for one in judged])
        named = {one.after[SUCCESSOR] for one in judged if one.differs(SUCCESSOR) and one.after.get(SUCCESSOR)}
        successors = await lookup.with_numbers(session, tenant, named)
        now = PeopleNow(today=today, admins=admins, leaving=gone, ended=ended, successors=successors)
        others = {one.key: _checked(one, now) for one in judged}
        return {key: wrong for found in (others, access) for key, wrong in found.items() if wrong}

    async def follow_up(
        self,
        session: Session,
        tenant: str,
        changes: Sequence[ThingChange],
        *,
        by: AuditActor,
        at: datetime,
        reason: str,
    ) -> None:
        for one in changes:
            if one.after and not one.before and _roles(one.after):
                row = await lookup.row_of(session, tenant, one.id)
                action = AuditAction.PERSON_CREATED
                await audit_log.record(session, action, by=by, to=row, at=at, reason=reason, roles=row.roles)
            elif one.after and one.before and one.differs(*_ROLES, _ACTIVE, _EMAIL):
                row = await person_changes.reread(session, tenant, one.id)
                await _follow_up(session, row, one, by=by, at=at, reason=reason)
            if one.after and one.before and one.differs(STARTS_ON):
                row = await person_changes.reread(session, tenant, one.id)
                await start_dates.follow(session, row, _day(one.before, STARTS_ON), by=by, at=at)
            if one.after and one.differs(LEAVES_ON, SUCCESSOR):
                row = await person_changes.reread(session, tenant, one.id)
                await file_changes.follow_up(session, row, one, by=by, at=at)
        moved = [one for one in changes if one.after and one.before and one.differs(*_PLACE)]
        if moved:
            await moves.follow(session, tenant, await _moves(session, tenant, moved), by=by, at=at)


async def _follow_up(
    session: Session, row: PersonRow, change: ThingChange, *, by: AuditActor, at: datetime, reason: str
) -> None:
    if change.differs(*_ROLES):
        await _record(session, AuditAction.ROLES_CHANGED, row, change, _ROLES, by=by, at=at, reason=reason)
        await announce_roles(session, row, by=by.name, at=at)
    if change.differs(_EMAIL):
        await password_resets.revoke_all(session, row.tenant, row.id, at=at)
        await _record(session, AuditAction.PERSON_CHANGED, row, change, (_EMAIL,), by=by, at=at, reason=reason)
    if change.differs(_ACTIVE):
        move = deactivation.record_return if row.active else deactivation.end_access
        await move(session, row, by=by, at=at, reason=reason)


async def _record(
    session: Session,
    action: AuditAction,
    row: PersonRow,
    change: ThingChange,
    columns: Sequence[str],
    *,
    by: AuditActor,
    at: datetime,
    reason: str,
) -> None:
    before, after = ({name: cells.get(name, "") for name in columns} for cells in (change.before, change.after))
    await audit_log.record(session, action, by=by, to=row, at=at, reason=reason, before=before, after=after)


def _refusal(  # noqa: PLR0917 - a change, and what it depends on
    change: ThingChange,
    tenant: str,
    caller: Person | None,
    admins: set[str],
    leaving: set[str],
    reached: set[str],
) -> Wrong | None:
    by = caller.id if caller else None
    column = _ACTIVE
    try:
        if not change.after or (is_active(change.before) and not is_active(change.after)):
            check_deactivation(by, change.id, admins, leaving=leaving)
        column = _ROLES[0]
        if change.after and change.differs(*_ROLES):
            check_roles(caller, _person(change, tenant), _roles(change.after), admins, leaving=leaving)
        column = _EMAIL
        if change.id in reached:
            raise ActionNotAllowed(
                "This person signs in, or has orders to approve, with the present address. An operator can change it "
                "with `dialtone import people`. Leave it as it is to import the row."
            )
    except PublicError as error:
        return Wrong(column=column, detail=error.detail)
    return None


def _is_judged(change: ThingChange) -> bool:
    return change.differs(LEAVES_ON, SUCCESSOR, STARTS_ON, MOVES_ON) or (
        bool(change.before) and change.differs(*_ROLES, _ACTIVE, _EMAIL)
    )


def _check_first_day(change: ThingChange, now: PeopleNow) -> None:
    if _starts_later(change, now.today):
        check_admin_left(change.id, now.admins, leaving=now.leaving)


def _check_move(change: ThingChange, now: PeopleNow) -> None:
    """Once a person has moved, the same file again doesn't move them back."""
    day = _day(change.after, MOVES_ON)
    if day and day <= now.today and change.undoes:
        raise ActionNotAllowed("The move that this would bring back is due. Change the person on their page instead.")
    if day and day <= now.today:
        raise ActionNotAllowed(
            "This day has come. Enter a later one; or leave it and the cells of what comes next empty, and enter what "
            "holds today in manager, account and cost_center."
        )


def _starts_later(change: ThingChange, today: date) -> bool:
    day = _day(change.after, STARTS_ON)
    return day is not None and day > today


# Each looks at what a file changes in the column.
_CHECKS: Mapping[str, Callable[[ThingChange, PeopleNow], None]] = MappingProxyType(
    {
        LEAVES_ON: file_changes.check,
        SUCCESSOR: file_changes.check_successor,
        STARTS_ON: _check_first_day,
        MOVES_ON: _check_move,
        _ACTIVE: file_changes.check_return,
    }
)


def _checked(change: ThingChange, now: PeopleNow) -> Wrong | None:
    for column, check in _CHECKS.items():
        try:
            if change.differs(column):
                check(change, now)
        except ActionNotAllowed as error:
            return Wrong(column=column, detail=error.detail)
    return None


def _person(change: ThingChange, tenant: str) -> Person:
    before = change.before
    return Person(
        id=change.id,
        tenant=tenant,
        name=before["name"],
        email=before["email"],
        active=is_active(before),
        roles=_roles(before),
    )


async def _moves(session: Session, tenant: str, changes: Sequence[ThingChange]) -> list[Move]:
    """People with where they were by the cells of a file."""
    rows = await person_changes.reread_all(session, tenant, [one.id for one in changes])
    managers = await lookup.with_numbers(session, tenant, {one.before.get("manager", "") for one in changes})
    accounts = await account_tree.with_numbers(session, tenant, {one.before.get("account", "") for one in changes})

    def before(texts: Texts) -> PersonPlace:
        manager, account = managers.get(texts.get("manager", "")), accounts.get(texts.get("account", ""))
        return PersonPlace(
            manager_id=manager.id if manager else None,
            account_id=account.id if account else None,
            cost_center=texts.get("cost_center") or None,
        )

    return [Move(person=rows[one.id], before=before(one.before)) for one in changes]


def _day(texts: Texts, column: str) -> date | None:
    found: date | None = PEOPLE.by_name[column].parse(texts.get(column, ""))
    return found


def _is_admin(texts: Texts) -> bool:
    return bool(texts) and is_active(texts) and Role.ADMIN in _roles(texts)


def _roles(texts: Texts) -> frozenset[Role]:
    return frozenset(Role(one) for one in PEOPLE.by_name["roles"].parse(texts.get("roles", "")))
