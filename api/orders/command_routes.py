"""What can be done to an order that exists; 200 when its workflow has answered, 202 when it will."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.deps import Access, Needs, Services, ServicesDep
from api.http.headers import IdempotencyKey, IfMatch, JsonOnly
from api.http.problems import documented
from api.orders import command_payloads
from api.orders.commands import Answer, Command, Wording, run
from api.orders.request_schemas import ActivateIn, CancelIn, CompleteIn, InfoIn, ReassignIn, RescheduleIn, RetryIn
from api.orders.routes import Ref
from models.lifecycle import Action
from policies.access import Right

RESPONSES = {
    202: {"model": Answer, "description": "Taken; the order's workflow has not answered yet"},
    **documented(401, 403, 404, 409, 412, 413, 415, 422, 503),
}
router = APIRouter(prefix="/orders/{ref}", tags=["orders"], dependencies=[JsonOnly], responses=RESPONSES)


@dataclass(frozen=True, kw_only=True)
class Acting:
    """What every action needs, gathered from the request: which order, how often, and where the answer goes."""

    ref: str
    response: Response
    services: Services
    key: str | None
    if_match: str | None

    async def run(self, access: Access, action: Action, wording: Wording) -> Answer:
        """Carry the action to the order, and set the status of the answer."""
        command = Command(action=action, ref=self.ref, key=self.key, if_match=self.if_match)
        answer = await run(self.services, access, command, wording)
        self.response.status_code = 200 if answer.state == "done" else 202
        self.response.headers["Location"] = f"/api/v1/orders/{answer.order}?seq={answer.seq}"
        return answer


async def _acting(
    ref: Ref, response: Response, services: ServicesDep, *, key: IdempotencyKey = None, if_match: IfMatch = None
) -> Acting:
    return Acting(ref=ref, response=response, services=services, key=key, if_match=if_match)


ActingDep = Annotated[Acting, Depends(_acting)]


@router.post("/cancel")
async def cancel_order(
    body: CancelIn, acting: ActingDep, access: Annotated[Access, Depends(Needs(Right.ORDER_CANCEL))]
) -> Answer:
    """End the order: withdrawn before approval, canceled after it, asked of the carrier once it is placed."""
    return await acting.run(access, Action.CANCEL, command_payloads.cancellation(body))


@router.post("/info")
async def provide_info(
    body: InfoIn, acting: ActingDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ANSWER))]
) -> Answer:
    """Answer an approver's question, or give the carrier what it lacks."""
    return await acting.run(access, Action.PROVIDE_INFO, command_payloads.reply(body))


@router.post("/activate")
async def activate_item(
    body: ActivateIn, acting: ActingDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ACTIVATE))]
) -> Answer:
    """Start service on a device that has arrived."""
    return await acting.run(access, Action.ACTIVATE, command_payloads.activation(body))


@router.post("/reassign")
async def reassign_approval(
    body: ReassignIn, acting: ActingDep, access: Annotated[Access, Depends(Needs(Right.ORDER_REASSIGN))]
) -> Answer:
    """Let somebody else decide; the links mailed so far stop working."""
    return await acting.run(access, Action.REASSIGN, command_payloads.reassignment(body))


@router.post("/reschedule")
async def reschedule_order(
    body: RescheduleIn, acting: ActingDep, access: Annotated[Access, Depends(Needs(Right.ORDER_RESCHEDULE))]
) -> Answer:
    """Have a scheduled order take effect at another time."""
    return await acting.run(access, Action.RESCHEDULE, command_payloads.rescheduling(body))


@router.post("/retry")
async def retry_order(
    body: RetryIn, acting: ActingDep, access: Annotated[Access, Depends(Needs(Right.ORDER_REPAIR))]
) -> Answer:
    """Try the step again that failed."""
    return await acting.run(access, Action.RETRY, command_payloads.repair(body))


@router.post("/complete")
async def complete_manually(
    body: CompleteIn, acting: ActingDep, access: Annotated[Access, Depends(Needs(Right.ORDER_REPAIR))]
) -> Answer:
    """Declare the carrier's part done by hand; the order goes on from there."""
    return await acting.run(access, Action.COMPLETE_MANUALLY, command_payloads.repair(body))
