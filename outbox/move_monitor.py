"""Gives people another manager, account or cost center once the day has come."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from pydantic_core import to_jsonable_python

from models.audit import AuditAction, AuditActor
from models.db.audit import audit_log
from models.db.catalog import policy_versions
from models.db.people import lookup, person_changes
from models.db.people.tables import PersonRow
from models.db.session import Database, Session, utc_now
from models.order import SYSTEM
from outbox import moves
from outbox.moves import Move, PersonPlace
from policies.deadlines import local_day
from runtime.periodic import FailureLog, do_each, run_periodically

CHECK_INTERVAL = timedelta(minutes=1)
BATCH = 50
_DIALTONE = AuditActor(id=None, name=SYSTEM.name, channel=SYSTEM.channel, address="")


class MoveMonitor:
    """One per worker process. Several may find the same person; the lock of their row lets one of them move them."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Check until canceled."""
        failures = FailureLog("move_check_failed", "move_check_recovered")
        await run_periodically(self.run_once, every=CHECK_INTERVAL, failures=failures)

    async def run_once(self) -> None:
        """Move all whose day has come, also if one of them fails."""
        at = self._clock()
        async with self._database.transaction() as session:
            found = await person_changes.moving(session, at, BATCH)
        await do_each(partial(self._check, at=at), found)

    async def _check(self, found: PersonRow, at: datetime) -> None:
        async with self._database.transaction() as session:
            row = await person_changes.lock_person(session, found.tenant, found.id)
            today = local_day(await policy_versions.newest(session, found.tenant), at)
            if row is not None and row.active and row.moves_on is not None and row.moves_on <= today:
                await _move(session, row, at)


async def _move(session: Session, row: PersonRow, at: datetime) -> None:
    """What is not named stays, and so does the manager if the next one can't be it anymore."""
    before, reason = PersonPlace.of(row), await _why_not(session, row)
    manager_id = row.next_manager_id if reason is None else None
    await person_changes.save(
        session,
        row,
        manager_id=manager_id or row.manager_id,
        account_id=row.next_account_id or row.account_id,
        cost_center=row.next_cost_center or row.cost_center,
        moves_on=None,
        next_manager_id=None,
        next_account_id=None,
        next_cost_center=None,
    )
    detail = to_jsonable_python({"before": before, "after": PersonPlace.of(row)})
    if reason:
        detail["reason"] = f"The manager stays, because {reason}."
    await audit_log.record(session, AuditAction.PERSON_CHANGED, by=_DIALTONE, to=row, at=at, **detail)
    await moves.follow(session, row.tenant, [Move(person=row, before=before)], by=_DIALTONE, at=at)


async def _why_not(session: Session, row: PersonRow) -> str | None:
    """Why the next manager can't be the manager."""
    manager = await lookup.row_by_id(session, row.tenant, row.next_manager_id) if row.next_manager_id else None
    if manager is None:
        return None
    if not manager.active:
        return f"{manager.name} isn't active anymore"
    if await person_changes.would_be_cycle(session, row.tenant, row.id, manager.id):
        return f"{manager.name} reports to {row.name}"
    return None
