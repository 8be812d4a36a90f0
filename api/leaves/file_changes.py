"""Last days of people in files: what can't be, and the leaves that they start and move."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from api.leaves import starting
from api.people.person_changes import check_admin_left
from models import formatting
from models.audit import AuditAction, AuditActor
from models.db.imports.guards import ThingChange
from models.db.leaves import leaves
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.imports.kind import Texts
from models.imports.kinds.people import PEOPLE
from outbox import handovers

LEAVES_ON, SUCCESSOR = "leaves_on", "successor"


@dataclass(frozen=True, kw_only=True)
class PeopleNow:
    """What changes of days and of access depend on.

    `leaving` are the admins who are none afterwards, or leave. `ended` are those whose open leave has ended access.
    `successors` are those that files name, by employee number, as they are without the file.
    """

    today: date
    admins: Collection[str]
    leaving: Collection[str]
    ended: Collection[str]
    successors: Mapping[str, PersonRow]


def last_day(texts: Texts) -> date | None:
    found: date | None = PEOPLE.by_name[LEAVES_ON].parse(texts.get(LEAVES_ON, ""))
    return found


def is_active(texts: Texts) -> bool:
    return bool(PEOPLE.by_name["active"].parse(texts.get("active", "")))


def check(change: ThingChange, now: PeopleNow) -> None:
    """Raises ActionNotAllowed."""
    before, after = last_day(change.before), last_day(change.after)
    if before and not change.after:
        raise ActionNotAllowed(
            "Their leave has started. Stop the checklist on its page, and deactivate the person instead."
        )
    if before and not after and not change.undoes:
        raise ActionNotAllowed(
            f"They leave on {formatting.day(before)}. An empty cell doesn't change that. If they stay, stop the "
            "checklist on the page of their leave; otherwise enter the day."
        )
    if after and after < now.today and is_active(change.after):
        raise ActionNotAllowed("The last day can't be in the past. Enter another day, or `no` for active.")
    if after and change.id in now.ended:
        raise ActionNotAllowed(
            "Their access has ended, so the day can't change anymore. If they are back, stop the checklist on the page "
            "of their leave; otherwise enter the day as it was."
        )
    if after and change.id:
        check_admin_left(change.id, now.admins, leaving=now.leaving)


def check_successor(change: ThingChange, now: PeopleNow) -> None:
    """Raises ActionNotAllowed."""
    named = change.after.get(SUCCESSOR, "")
    if change.id in now.ended:
        raise ActionNotAllowed(
            "Their access has ended, so you can't change the successor. Leave the cell as it was, and change what "
            "people own on their pages."
        )
    row = now.successors.get(named)
    problem = handovers.problem(row, change.id, last_day(change.after)) if row else None
    if problem:
        raise ActionNotAllowed(problem)


def check_return(change: ThingChange, now: PeopleNow) -> None:
    """The same file again doesn't give access back to someone who has left. Raises ActionNotAllowed."""
    if not change.before or is_active(change.before) or not is_active(change.after):
        return
    day = last_day(change.after)
    if change.id in now.ended:
        raise ActionNotAllowed(
            "Their access ended when they left. If they are back, stop the checklist on the page of their leave; "
            "otherwise enter `no`."
        )
    if day and day < now.today:
        raise ActionNotAllowed(
            f"Their last day was {formatting.day(day)}. If they are back, reactivate them on their page; otherwise "
            "enter `no`."
        )


async def follow_up(session: Session, person: PersonRow, change: ThingChange, *, by: AuditActor, at: datetime) -> None:
    """Start the leave, move it, or cancel what an import had started. `person` is locked, and as the file says."""
    day = last_day(change.after)
    if not change.differs(LEAVES_ON):
        await starting.record(session, person, AuditAction.LEAVE_CHANGED, by=by, at=at)
    elif day and person.active:
        await starting.start(session, person, day, by=by, at=at)
    elif not day and (row := await leaves.lock_open(session, person.tenant, person.id)):
        await starting.cancel(session, person, row, by=by, at=at)
