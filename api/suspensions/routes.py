"""What operators do about a line that was to be resumed and is not."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.deps import Access, Needs, ServicesDep
from api.http.headers import IdempotencyKey, JsonOnly
from api.http.problems import documented
from api.inventory.routes import LineRef
from api.orders.schemas import CompleteIn, RetryIn
from api.suspensions import operations
from api.suspensions.operations import Mending, SuspensionAnswer
from models.lifecycle import Action
from policies.access import Right

RESPONSES = {
    202: {"model": SuspensionAnswer, "description": "Taken; the suspension's workflow has not answered yet"},
    **documented(401, 403, 404, 409, 413, 415, 422, 503),
}
router = APIRouter(prefix="/lines/{ref}/suspension", tags=["inventory"], dependencies=[JsonOnly], responses=RESPONSES)
Operator = Annotated[Access, Depends(Needs(Right.LINE_REPAIR))]


@router.post("/retry")
async def retry_resumption(
    ref: LineRef,
    body: RetryIn,
    response: Response,
    access: Operator,
    services: ServicesDep,
    *,
    key: IdempotencyKey = None,
) -> SuspensionAnswer:
    """Have the carrier asked once more to resume the line."""
    mending = Mending(action=Action.RETRY, ref=ref, evidence=body.evidence, key=key)
    return _answered(response, await operations.mend(services, access, mending))


@router.post("/complete")
async def complete_resumption(
    ref: LineRef,
    body: CompleteIn,
    response: Response,
    access: Operator,
    services: ServicesDep,
    *,
    key: IdempotencyKey = None,
) -> SuspensionAnswer:
    """Declare that the line was resumed by hand, and say where that can be looked up."""
    mending = Mending(action=Action.COMPLETE_MANUALLY, ref=ref, evidence=body.evidence, key=key)
    return _answered(response, await operations.mend(services, access, mending))


def _answered(response: Response, answer: SuspensionAnswer) -> SuspensionAnswer:
    response.status_code = 200 if answer.state == "done" else 202
    return answer
