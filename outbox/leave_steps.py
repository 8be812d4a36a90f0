"""What a leave does at its times: asks, reminds, and ends access."""

from dataclasses import dataclass
from datetime import datetime

from models import formatting
from models.audit import AuditActor
from models.db import deactivation
from models.db.catalog import policy_versions
from models.db.inventory import held
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveRow
from models.db.people import lookup, person_changes
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.facts import Policy, Role
from models.order import SYSTEM
from notifications.account_emails import AccountEmail, enqueue_account_email
from outbox import handovers
from policies.deadlines import local_day
from policies.leaving import Timetable, timetable, without_answer

_DIALTONE = AuditActor(id=None, name=SYSTEM.name, channel=SYSTEM.channel, address="")


@dataclass(frozen=True, kw_only=True)
class _Leaver:
    """A person who leaves, the time now, and the admins who have started."""

    leave: LeaveRow
    person: PersonRow
    policy: Policy
    times: Timetable
    at: datetime
    admins: set[str]


async def advance(session: Session, found: LeaveRow, at: datetime) -> LeaveRow | None:
    """Do what is due for the person; the leave if access has ended, so that orders can be placed."""
    policy = await policy_versions.newest(session, found.tenant)
    admins = await person_changes.lock_admins(session, found.tenant, local_day(policy, at))
    leave = await leaves.lock_open(session, found.tenant, found.person_id)
    if leave is None or leave.id != found.id:
        return None
    person = await lookup.row_of(session, leave.tenant, leave.person_id)
    times = timetable(policy, person.leaves_on or at.date(), leave.ended_at or (at if leave.immediate else None))
    one = _Leaver(leave=leave, person=person, policy=policy, times=times, at=at, admins=admins)
    if leave.ended_at is None:
        await (_end if at >= times.ends_at else _ask)(session, one)
    if leave.ended_at is None:
        leave.next_at = times.next_after(at)
    return leave if leave.ended_at else None


async def _ask(session: Session, one: _Leaver) -> None:
    """Tell the person and who decides after them; later, remind the person of what they have not answered."""
    leave, passed = one.leave, sum(time <= one.at for time in one.times.reminders)
    is_first = leave.asked_at is None
    if is_first or (passed > leave.reminders and await _has_unanswered(session, leave)):
        await _email(session, AccountEmail.LEAVE_ASKED, one.person, one)
    if is_first:
        for owner in await owners(session, one.person):
            await _email(session, AccountEmail.LEAVE_STARTED, owner, one)
        leave.asked_at = one.at
    leave.reminders = passed


async def _end(session: Session, one: _Leaver) -> None:
    """End access; not that of the only admin, so that someone can still make another one."""
    if one.admins == {one.person.id}:
        return
    await deactivation.deactivate(
        session,
        one.person,
        by=_DIALTONE,
        reason="Didn't start." if one.leave.no_show else "Left the company.",
        at=one.at,
    )
    one.leave.ended_at = one.times.ends_at
    for owner in await owners(session, one.person):
        await _email(session, AccountEmail.LEAVE_ENDED, owner, one)
    if not await handovers.hand_over(session, one.person, no_show=one.leave.no_show, by=_DIALTONE, at=one.at):
        await _tell_what_was_owned(session, one)


async def _tell_what_was_owned(session: Session, one: _Leaver) -> None:
    """Admins give it to others; until then they are asked where an owner would be."""
    owned = await handovers.owned_by(session, one.person)
    if not owned:
        return
    names = formatting.join_names(owned)
    for admin in await lookup.with_role(session, one.person.tenant, Role.ADMIN):
        await _email(session, AccountEmail.LEAVE_OWNED, admin, one, names)


async def tell_problem(session: Session, leave: LeaveRow, problem: str, at: datetime) -> None:
    """Tell who decides after the person what could not be ordered."""
    person = await lookup.row_of(session, leave.tenant, leave.person_id)
    for owner in await owners(session, person):
        email = AccountEmail.LEAVE_PROBLEM
        await enqueue_account_email(session, email, owner, at=at, leaver=person.name, problem=problem)


async def owners(session: Session, person: PersonRow) -> list[PersonRow]:
    """Who decides after the last day: the manager, else the admins."""
    manager = await lookup.row_by_id(session, person.tenant, person.manager_id) if person.manager_id else None
    if manager and manager.active:
        return [manager]
    return [one for one in await lookup.with_role(session, person.tenant, Role.ADMIN) if one.id != person.id]


async def _has_unanswered(session: Session, leave: LeaveRow) -> bool:
    answered = {one.thing_id for one in await leaves.items(session, leave) if one.choice}
    lines = [row.id for row in await held.lines_of(session, leave.tenant, leave.person_id)]
    devices = [row.id for row, _ in await held.devices_of(session, leave.tenant, leave.person_id)]
    return not answered.issuperset({*lines, *devices})


async def _email(session: Session, email: AccountEmail, to: PersonRow, one: _Leaver, owned: str | None = None) -> None:
    deciders = await owners(session, one.person)
    await enqueue_account_email(
        session,
        email,
        to,
        at=one.at,
        leaver=one.person.name,
        no_show="yes" if one.leave.no_show else None,
        last_day=formatting.day(one.person.leaves_on) if one.person.leaves_on else "",
        owner=deciders[0].name if len(deciders) == 1 else "an admin",
        otherwise=without_answer(one.policy),
        owned=owned,
    )
