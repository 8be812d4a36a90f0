from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.attention import recovery
from api.attention.operations import report
from api.attention.schemas import AttentionKind, AttentionReport, EmailsResent, RecoveryIn, RecoveryResult
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from api.orders.routes import Ref
from policies.access import Right
from policies.recovery import RecoveryAction

router = APIRouter(tags=["operations"], dependencies=[JsonOnly])

RepairAccess = Annotated[Access, Depends(Needs(Right.ORDER_REPAIR))]
RecoverAccess = Annotated[Access, Depends(Needs(Right.ORDER_RECOVER))]
Kinds = Annotated[list[AttentionKind], Query(max_length=len(AttentionKind), description="Only these kinds.")]
ActionId = Annotated[str, Path(max_length=64)]
EmailId = Annotated[str, Path(max_length=26)]
WorkflowId = Annotated[str, Path(max_length=120)]
ERRORS = error_responses(401, 403, 404, 409, 415, 422, 503)


@router.get("/admin/attention", responses=error_responses(401, 403, 422, 503))
async def get_attention(access: RepairAccess, services: ServicesDep, kind: Kinds = []) -> AttentionReport:  # noqa: B006 - FastAPI copies it
    """Everything that needs an operator, most urgent first. If Temporal is unreachable, what the database knows."""
    return await report(services, access, kind)


@router.post("/orders/{ref}/resume-workflow", responses=ERRORS)
async def resume_workflow(ref: Ref, body: RecoveryIn, access: RecoverAccess, services: ServicesDep) -> RecoveryResult:
    """Resume a workflow that was ended from outside, from the last task it completed."""
    return await recovery.recover(services, access, ref, RecoveryAction.RESUME_WORKFLOW, body.evidence)


@router.post("/orders/{ref}/replay-messages", responses=ERRORS)
async def replay_messages(ref: Ref, body: RecoveryIn, access: RecoverAccess, services: ServicesDep) -> RecoveryResult:
    """Deliver all messages of an order again whose workflow Temporal has lost or set back. Safe to repeat."""
    return await recovery.recover(services, access, ref, RecoveryAction.REPLAY_MESSAGES, body.evidence)


@router.post("/orders/{ref}/restore-state", responses=ERRORS)
async def restore_state(ref: Ref, body: RecoveryIn, access: RecoverAccess, services: ServicesDep) -> RecoveryResult:
    """Have the workflow record where the order stands, after the database was restored to an older moment."""
    return await recovery.recover(services, access, ref, RecoveryAction.RESTORE_STATE, body.evidence)


@router.post("/orders/{ref}/end-workflow", responses=ERRORS)
async def end_workflow(ref: Ref, body: RecoveryIn, access: RecoverAccess, services: ServicesDep) -> RecoveryResult:
    """End the workflow of an order that has ended."""
    return await recovery.recover(services, access, ref, RecoveryAction.END_WORKFLOW, body.evidence)


@router.post("/admin/workflows/{workflow_id}/end-workflow", responses=ERRORS)
async def end_stray_workflow(
    workflow_id: WorkflowId, body: RecoveryIn, access: RecoverAccess, services: ServicesDep
) -> RecoveryResult:
    """End a workflow of an order, a timer or a task that the database doesn't have, or of a timer that has ended."""
    return await recovery.end_stray(services, access, workflow_id, body.evidence)


@router.post("/orders/{ref}/force-close", responses=ERRORS)
async def force_close_order(ref: Ref, body: RecoveryIn, access: RecoverAccess, services: ServicesDep) -> RecoveryResult:
    """Close an order without its workflow and release everything it holds. The carrier isn't notified."""
    return await recovery.recover(services, access, ref, RecoveryAction.FORCE_CLOSE, body.evidence)


@router.post("/admin/messages/{action_id}/redeliver", responses=ERRORS)
async def redeliver_message(
    action_id: ActionId, body: RecoveryIn, access: RepairAccess, services: ServicesDep
) -> RecoveryResult:
    """Deliver an undeliverable message again."""
    return await recovery.redeliver_message(services, access, action_id, body.evidence)


@router.post("/admin/emails/{email_id}/resend", responses=ERRORS)
async def resend_email(
    email_id: EmailId, body: RecoveryIn, access: RepairAccess, services: ServicesDep
) -> RecoveryResult:
    """Send a bounced email again."""
    return await recovery.resend_email(services, access, email_id, body.evidence)


@router.post("/admin/emails/resend", responses=ERRORS)
async def resend_all_emails(body: RecoveryIn, access: RepairAccess, services: ServicesDep) -> EmailsResent:
    """Send all bounced emails again, for example after the email server's configuration was fixed."""
    return await recovery.resend_all_emails(services, access, body.evidence)
