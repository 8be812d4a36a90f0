"""What a person who leaves gives to their successor: accounts and cost centers, and the approvals that wait."""

from datetime import date, datetime

from models import formatting
from models.approval_plan import Approver
from models.audit import AuditAction, AuditActor
from models.db.accounts import account_tree, cost_centers
from models.db.audit import audit_log
from models.db.people import lookup, person_changes
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.facts import Role
from notifications.account_emails import AccountEmail, enqueue_account_email
from policies.leaving import why_no_successor


async def owned_by(session: Session, person: PersonRow) -> list[str]:
    """What the accounts and cost centers of a person are called."""
    accounts = (await account_tree.by_ids(session, person.tenant, person.owns)).values()
    centers = await cost_centers.owned_by(session, person.tenant, person.id)
    return [*(row.name for row in accounts), *(f"cost center {row.code}" for row in centers)]


async def next_approver(session: Session, leaver: PersonRow) -> Approver | None:
    """Who decides first on what waits for a person who has left; None if they have no successor who can."""
    row = await lookup.row_by_id(session, leaver.tenant, leaver.successor_id) if leaver.successor_id else None
    if row is None or problem(row, leaver.id, leaver.leaves_on):
        return None
    return Approver(person_id=row.id, name=row.name)


def problem(successor: PersonRow, leaver_id: str, last_day: date | None) -> str | None:
    """Why someone can't take over from a person after their last day, as a sentence."""
    person = lookup.person(successor)
    return why_no_successor(person, leaver_id, last_day=last_day, leaves_on=successor.leaves_on)


async def hand_over(session: Session, leaver: PersonRow, *, no_show: bool, by: AuditActor, at: datetime) -> bool:
    """Give what the person owns to their successor; False if no one can have it. Admins and person are locked."""
    to = leaver.successor_id
    row = await person_changes.lock_person(session, leaver.tenant, to) if to and to != leaver.id else None
    if row is None or problem(row, leaver.id, leaver.leaves_on):
        return False
    owned = await owned_by(session, leaver)
    roles_changed = await _give_accounts(session, leaver, row, by=by, at=at)
    await _give_cost_centers(session, leaver, row, by=by, at=at)
    names = formatting.join_names(owned) if owned else None
    email, missed = AccountEmail.TAKES_OVER, "yes" if no_show else None
    await enqueue_account_email(session, email, row, at=at, leaver=leaver.name, no_show=missed, owned=names)
    if roles_changed:
        email = AccountEmail.ACCESS_CHANGED
        await enqueue_account_email(session, email, row, at=at, what="Your roles were changed", by=by.name)
    return True


async def _give_accounts(session: Session, leaver: PersonRow, to: PersonRow, *, by: AuditActor, at: datetime) -> bool:
    """Whether there were any."""
    if not leaver.owns:
        return False
    after = {
        leaver.id: {"roles": [one for one in leaver.roles if one != Role.OWNER], "owns": []},
        to.id: {"roles": sorted({*to.roles, Role.OWNER}), "owns": sorted({*to.owns, *leaver.owns})},
    }
    for row in (leaver, to):
        before = {"roles": row.roles, "owns": row.owns}
        await person_changes.save(session, row, **after[row.id])
        detail = {"before": before, "after": after[row.id]}
        await audit_log.record(session, AuditAction.ROLES_CHANGED, by=by, to=row, at=at, **detail)
    return True


async def _give_cost_centers(
    session: Session, leaver: PersonRow, to: PersonRow, *, by: AuditActor, at: datetime
) -> None:
    centers = await cost_centers.lock_owned(session, leaver.tenant, [leaver.id, to.id])
    codes = [one.code for one in centers]
    before = {row.id: [one.code for one in centers if one.owner_id == row.id] for row in (leaver, to)}
    if not before[leaver.id]:
        return
    await cost_centers.give(session, centers, to.id, codes)
    for row, after in ((leaver, []), (to, codes)):
        detail = {"before": before[row.id], "after": after}
        await audit_log.record(session, AuditAction.COST_CENTERS_CHANGED, by=by, to=row, at=at, **detail)
