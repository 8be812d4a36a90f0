"""What operators do about orders that need attention; each act is recorded with its evidence."""

from api.attention.schemas import EmailsResent, RecoveryResult
from api.deps import Access, Services
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.notifications import email_queue
from models.db.notifications.tables import AccountEmailRow, NotificationRow, QueuedEmail
from models.db.orders import order_rows
from models.db.outbox import delivery
from models.db.outbox.tables import OutboxRow
from models.db.people import lookup
from models.db.session import Session, utc_now
from models.db.workflow_health import recovery_log
from models.db.workflow_health.running import Stray
from models.errors import ActionNotAllowed, NotFound, error_from_code
from models.order import OrderRef
from models.workflow_ref import WorkflowRef
from outbox.workflow_repair import RecoveryRequest, WorkflowRepair
from policies.recovery import RecoveryAction


async def recover(
    services: Services, access: Access, ref: str, action: RecoveryAction, evidence: str
) -> RecoveryResult:
    """Recover an order whose workflow doesn't run, or doesn't stand where the order does."""
    async with services.database.read() as session:
        found = await order_rows.find(session, access.person, ref)
    access.check(found.relations)
    order = OrderRef(tenant=found.row.tenant, id=found.row.id)
    request = RecoveryRequest(ref=order, action=action, actor=access.actor, evidence=evidence)
    await _workflow_repair(services).repair(request)
    return RecoveryResult(order=found.row.number, action=action)


async def end_stray(services: Services, access: Access, workflow_id: str, evidence: str) -> RecoveryResult:
    """End a workflow that was found running without an open row; the audit log has it if the database has no order.

    Raises NotFound, EngineUnavailable.
    """
    ref = WorkflowRef.parse(workflow_id)
    if ref is None or ref.tenant != access.person.tenant:
        raise NotFound("No such workflow runs.")
    stray = await services.database.run(_end_stray, services, access, ref, evidence)
    return RecoveryResult(order=stray.number, action=RecoveryAction.END_WORKFLOW)


async def _end_stray(session: Session, services: Services, access: Access, ref: WorkflowRef, evidence: str) -> Stray:
    stray = await _workflow_repair(services).end_stray(session, ref, actor=access.actor, evidence=evidence)
    if stray.order is None:
        detail = {"workflow": ref.workflow_id, "order": stray.number, "evidence": evidence}
        by, at = access.audit_actor, utc_now()
        await audit_log.record(session, AuditAction.WORKFLOW_ENDED, by=by, to=access.person, at=at, **detail)
    return stray


def _workflow_repair(services: Services) -> WorkflowRepair:
    return WorkflowRepair(services.database, services.temporal, services.dispatcher)


async def redeliver_message(services: Services, access: Access, action_id: str, evidence: str) -> RecoveryResult:
    """Deliver an undeliverable message again. Raises NotFound, ActionNotAllowed, or what the workflow raised."""
    number = await services.database.run(_requeue_message, access, action_id, evidence)
    delivered = await services.dispatcher.deliver(action_id)
    if delivered.state == "dead":
        raise ActionNotAllowed("The message still can't be delivered. The order's history shows why.")
    if delivered.state == "rejected":
        raise error_from_code(delivered.code, delivered.detail)
    return RecoveryResult(order=number, action=RecoveryAction.REDELIVER_MESSAGE)


async def resend_email(services: Services, access: Access, email_id: str, evidence: str) -> RecoveryResult:
    """Queue a bounced email again. Raises NotFound, ActionNotAllowed."""
    number = await services.database.run(_requeue_email, access, email_id, evidence)
    return RecoveryResult(order=number, action=RecoveryAction.RESEND_EMAIL)


async def resend_all_emails(services: Services, access: Access, evidence: str) -> EmailsResent:
    """Queue all bounced emails of the tenant again; each is recorded with its order, or in the audit log."""
    return EmailsResent(emails=await services.database.run(_requeue_all_emails, access, evidence))


async def _requeue_all_emails(session: Session, access: Access, evidence: str) -> int:
    tenant = access.person.tenant
    about_orders = await email_queue.lock_dead(session, NotificationRow, tenant)
    for row in about_orders:
        order = OrderRef(tenant=tenant, id=row.order_id)
        action = RecoveryAction.RESEND_EMAIL
        recovery_log.add(session, order, action, actor=access.actor, evidence=evidence, subject=row.id)
    about_access = await email_queue.lock_dead(session, AccountEmailRow, tenant)
    for email in about_access:
        await _audit_email(session, access, email, evidence)
    await email_queue.requeue(session, NotificationRow, tenant, [row.id for row in about_orders])
    await email_queue.requeue(session, AccountEmailRow, tenant, [row.id for row in about_access])
    return len(about_orders) + len(about_access)


async def _requeue_message(session: Session, access: Access, action_id: str, evidence: str) -> str:
    row = await delivery.find(session, action_id)
    if row is None or row.tenant != access.person.tenant:
        raise NotFound("No message matches this ID.")
    number = await _record(session, access, row, RecoveryAction.REDELIVER_MESSAGE, evidence)
    await delivery.requeue(session, row)
    return number


async def _requeue_email(session: Session, access: Access, email_id: str, evidence: str) -> str | None:
    """Returns the number of the order that the email is about, if any."""
    tenant = access.person.tenant
    about_order = await email_queue.find(session, NotificationRow, tenant, email_id)
    if about_order is not None:
        number = await _record(session, access, about_order, RecoveryAction.RESEND_EMAIL, evidence)
        await email_queue.requeue(session, NotificationRow, tenant, [email_id])
        return number
    about_access = await email_queue.find(session, AccountEmailRow, tenant, email_id)
    if about_access is None:
        raise NotFound("No email matches this ID.")
    _check_dead(about_access)
    await _audit_email(session, access, about_access, evidence)
    await email_queue.requeue(session, AccountEmailRow, tenant, [email_id])
    return None


async def _audit_email(session: Session, access: Access, row: AccountEmailRow, evidence: str) -> None:
    """Record that an email about a person's access is sent again, with the changes to their access."""
    recipient = await lookup.row_of(session, row.tenant, row.recipient_id)
    detail = {"email": row.event, "evidence": evidence}
    await audit_log.record(
        session, AuditAction.EMAIL_RESENT, by=access.audit_actor, to=recipient, at=utc_now(), **detail
    )


async def _record(
    session: Session, access: Access, row: OutboxRow | NotificationRow, action: RecoveryAction, evidence: str
) -> str:
    """Record that a message or an email is sent again; returns the number of its order."""
    found = await order_rows.find(session, access.person, row.order_id)
    access.check(found.relations)
    _check_dead(row)
    order = OrderRef(tenant=row.tenant, id=row.order_id)
    recovery_log.add(session, order, action, actor=access.actor, evidence=evidence, subject=row.id)
    return found.row.number


def _check_dead(row: OutboxRow | QueuedEmail) -> None:
    if row.state != "dead":
        raise ActionNotAllowed("This is still being delivered, or was already delivered.")
