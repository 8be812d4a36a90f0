"""What waits for one's decision, and deciding it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from api.approvals import operations
from api.deps import Access, Needs, ServicesDep
from api.http.headers import IdempotencyKey, JsonOnly
from api.http.problems import documented
from api.orders.commands import Answer
from api.orders.request_schemas import DecisionIn
from policies.access import Right

router = APIRouter(prefix="/approvals", tags=["approvals"], dependencies=[JsonOnly])


@router.get("", responses=documented(401, 503))
async def get_approvals(
    access: Annotated[Access, Depends(Needs(Right.APPROVAL_LIST))], services: ServicesDep
) -> list[operations.Waiting]:
    """What waits for your decision, the most urgent first."""
    return await operations.waiting(services, access)


@router.post(
    "/{approval_id}/decision",
    responses={
        202: {"model": Answer, "description": "Taken; the order's workflow has not answered yet"},
        **documented(401, 403, 404, 409, 413, 415, 422, 503),
    },
)
async def decide(
    approval_id: Annotated[str, Path(max_length=40)],
    body: DecisionIn,
    *,
    access: Annotated[Access, Depends(Needs(Right.ORDER_DECIDE))],
    services: ServicesDep,
    response: Response,
    key: IdempotencyKey = None,
) -> Answer:
    """Approve, reject (with a reason) or ask the requester something."""
    answer = await operations.decide(services, access, approval_id, body, key)
    response.status_code = 200 if answer.state == "done" else 202
    response.headers["Location"] = f"/api/v1/orders/{answer.order}?seq={answer.seq}"
    return answer
