"""The approvals API."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.approvals import operations
from api.approvals.schemas import ApprovalQuery, PendingApproval
from api.deps import Access, Needs, ServicesDep
from api.http.headers import IdempotencyKey, JsonOnly
from api.http.paging import CursorPage
from api.http.problems import error_responses
from api.orders.command_schemas import CommandResult, DecisionIn
from api.orders.routes import COMMAND_RESPONSES, set_result_headers
from policies.access import Right

router = APIRouter(prefix="/approvals", tags=["approvals"], dependencies=[JsonOnly])


@router.get("", responses=error_responses(401, 422, 503))
async def get_approvals(
    query: Annotated[ApprovalQuery, Query()],
    access: Annotated[Access, Depends(Needs(Right.APPROVAL_LIST))],
    services: ServicesDep,
) -> CursorPage[PendingApproval]:
    """A page of the orders that wait for your decision, the earliest due date first."""
    return await operations.pending_approvals(services, access, query)


@router.post("/{approval_id}/decision", responses=COMMAND_RESPONSES)
async def decide(
    approval_id: Annotated[str, Path(max_length=40)],
    body: DecisionIn,
    *,
    access: Annotated[Access, Depends(Needs(Right.ORDER_DECIDE))],
    services: ServicesDep,
    response: Response,
    key: IdempotencyKey = None,
) -> CommandResult:
    """Approve, reject (with a reason), or ask the requester a question."""
    result = await operations.decide(services, access, approval_id, body, key)
    set_result_headers(response, result)
    return result
