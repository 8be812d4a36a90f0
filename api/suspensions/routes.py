from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.deps import Access, Needs, ServicesDep
from api.http.headers import IdempotencyKey, JsonOnly
from api.http.problems import error_responses
from api.inventory.routes import LineRef
from api.suspensions.operations import SuspensionCommand, run
from api.suspensions.schemas import CompleteIn, RetryIn, SuspensionResult
from models.lifecycle import Action
from policies.access import Right

RESPONSES = {
    202: {"model": SuspensionResult, "description": "Accepted. The suspension's workflow hasn't answered yet."},
    **error_responses(401, 403, 404, 409, 413, 415, 422, 503),
}
router = APIRouter(prefix="/lines/{ref}/suspension", tags=["inventory"], dependencies=[JsonOnly], responses=RESPONSES)
LineRepairAccess = Annotated[Access, Depends(Needs(Right.LINE_REPAIR))]


@router.post("/retry")
async def retry_resumption(
    ref: LineRef,
    body: RetryIn,
    response: Response,
    access: LineRepairAccess,
    services: ServicesDep,
    *,
    key: IdempotencyKey = None,
) -> SuspensionResult:
    """Ask the carrier again to resume the line."""
    command = SuspensionCommand(action=Action.RETRY, ref=ref, evidence=body.evidence, key=key)
    return _with_status(response, await run(services, access, command))


@router.post("/complete-manually")
async def complete_resumption(
    ref: LineRef,
    body: CompleteIn,
    response: Response,
    access: LineRepairAccess,
    services: ServicesDep,
    *,
    key: IdempotencyKey = None,
) -> SuspensionResult:
    """Record that the carrier resumed the line outside Dialtone."""
    command = SuspensionCommand(action=Action.COMPLETE_MANUALLY, ref=ref, evidence=body.evidence, key=key)
    return _with_status(response, await run(services, access, command))


def _with_status(response: Response, result: SuspensionResult) -> SuspensionResult:
    response.status_code = 200 if result.state == "done" else 202
    return result
