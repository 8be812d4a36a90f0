"""What needs an operator, and what operators do beside the workflows of orders."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.attention.operations import Repaired, RepairIn, mend, redeliver_mail, redeliver_message
from api.attention.report import report
from api.attention.schemas import Attention, ProblemKind
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import documented
from api.orders.routes import Ref
from policies.access import Right
from policies.recovery import RecoveryAction

router = APIRouter(tags=["operations"], dependencies=[JsonOnly])

Repairer = Annotated[Access, Depends(Needs(Right.ORDER_REPAIR))]
Recoverer = Annotated[Access, Depends(Needs(Right.ORDER_RECOVER))]
Kinds = Annotated[list[ProblemKind], Query(max_length=len(ProblemKind), description="Only these kinds of trouble.")]
ActionId = Annotated[str, Path(max_length=64)]
MailId = Annotated[str, Path(max_length=26)]
REFUSALS = documented(401, 403, 404, 409, 415, 422, 503)


@router.get("/admin/attention", responses=documented(401, 403, 422, 503))
async def get_attention(access: Repairer, services: ServicesDep, kind: Kinds = []) -> Attention:  # noqa: B006 - FastAPI copies it
    """Everything that needs an operator, the most urgent first; without Temporal, what the database knows."""
    return await report(services, access, kind)


@router.post("/orders/{ref}/resume", responses=REFUSALS)
async def resume_order(ref: Ref, body: RepairIn, access: Recoverer, services: ServicesDep) -> Repaired:
    """Let an order's workflow that was ended from outside go on from the last task it finished."""
    return await mend(services, access, ref, RecoveryAction.RESUME, body.evidence)


@router.post("/orders/{ref}/start-again", responses=REFUSALS)
async def start_order_again(ref: Ref, body: RepairIn, access: Recoverer, services: ServicesDep) -> Repaired:
    """Start the workflow of an order that Temporal has forgotten before it had written anything."""
    return await mend(services, access, ref, RecoveryAction.START_AGAIN, body.evidence)


@router.post("/orders/{ref}/close-books", responses=REFUSALS)
async def close_books(ref: Ref, body: RepairIn, access: Recoverer, services: ServicesDep) -> Repaired:
    """End an order whose workflow is gone, and take back all that it holds on our side; the carrier is not told."""
    return await mend(services, access, ref, RecoveryAction.CLOSE_BOOKS, body.evidence)


@router.post("/admin/messages/{action_id}/redeliver", responses=REFUSALS)
async def redeliver_dead_message(
    action_id: ActionId, body: RepairIn, access: Repairer, services: ServicesDep
) -> Repaired:
    """Deliver a dead message after all."""
    return await redeliver_message(services, access, action_id, body.evidence)


@router.post("/admin/mails/{mail_id}/redeliver", responses=REFUSALS)
async def redeliver_dead_mail(mail_id: MailId, body: RepairIn, access: Repairer, services: ServicesDep) -> Repaired:
    """Send a dead mail after all."""
    return await redeliver_mail(services, access, mail_id, body.evidence)
