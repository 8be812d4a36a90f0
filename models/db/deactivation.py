"""The end of a person's access, and its return."""

from datetime import datetime

from models.audit import AuditAction, AuditActor
from models.db.approvals import approval_links
from models.db.audit import audit_log
from models.db.leaves import leaves
from models.db.people import person_changes
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in import access_tokens, password_resets, portal_sessions


async def deactivate(session: Session, row: PersonRow, *, by: AuditActor, reason: str, at: datetime) -> None:
    """End a person's access at once. Idempotent. `row` is locked."""
    if row.active:
        await person_changes.save(session, row, active=False)
        await end_access(session, row, by=by, reason=reason, at=at)


async def end_access(session: Session, row: PersonRow, *, by: AuditActor, reason: str, at: datetime) -> None:
    """End all that a person who was made inactive could act with, and what was to change about them."""
    await person_changes.save(
        session, row, moves_on=None, next_manager_id=None, next_account_id=None, next_cost_center=None
    )
    await password_resets.revoke_all(session, row.tenant, row.id, at=at)
    ended = {
        "sessions": await portal_sessions.end_all(session, row.tenant, row.id, at=at),
        "tokens": await access_tokens.revoke_all(session, row.tenant, row.id, at=at),
        "approval_links": await approval_links.revoke_links_of(
            session, row.tenant, row.id, reason="the approver is no longer active."
        ),
    }
    detail = {"reason": reason, "ended": ended, "before": {"active": True}, "after": {"active": False}}
    await audit_log.record(session, AuditAction.PERSON_DEACTIVATED, by=by, to=row, at=at, **detail)


async def reactivate(session: Session, row: PersonRow, *, by: AuditActor, reason: str, at: datetime) -> None:
    """Let a person sign in again as before; what was ended stays ended. Idempotent. `row` is locked."""
    if not row.active:
        await person_changes.save(session, row, active=True)
        await record_return(session, row, by=by, reason=reason, at=at)


async def record_return(session: Session, row: PersonRow, *, by: AuditActor, reason: str, at: datetime) -> None:
    """Record that a person was made active. The last day of a leave that is over is theirs no longer."""
    if await leaves.lock_open(session, row.tenant, row.id) is None:
        await person_changes.save(session, row, leaves_on=None, successor_id=None)
    detail = {"reason": reason, "before": {"active": False}, "after": {"active": True}}
    await audit_log.record(session, AuditAction.PERSON_REACTIVATED, by=by, to=row, at=at, **detail)
