"""The inbox of those who decide: what waits for them, and each request with all its facts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.approval_links.operations import LONGEST_COMMENT
from api.approvals import operations
from api.deps import Access, Needs, ServicesDep
from api.http.layout import show
from api.orders.request_schemas import DecisionIn
from models.errors import AlreadyDecided, OrderError
from notifications.email import request_of
from notifications.order_summary import summarize
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/inbox")
ApprovalId = Annotated[str, Path(max_length=40)]
Deciding = Annotated[Access, Depends(Needs(Right.ORDER_DECIDE))]
Text = Annotated[str, Form(max_length=LONGEST_COMMENT)]


@router.get("")
async def show_inbox(
    request: Request, access: Annotated[Access, Depends(Needs(Right.APPROVAL_LIST))], services: ServicesDep
) -> Response:
    """What waits for this person's decision, the most urgent first."""
    waiting = await operations.waiting(services, access)
    return await show(request, services, access, "approvals/list.html", {"waiting": waiting})


@router.get("/{approval_id}")
async def show_request(approval_id: ApprovalId, request: Request, access: Deciding, services: ServicesDep) -> Response:
    """One request with all facts, and the forms to decide it; or what became of it."""
    return await _page(request, services, access, approval_id)


@router.post("/{approval_id}")
async def decide(
    approval_id: ApprovalId,
    request: Request,
    access: Deciding,
    services: ServicesDep,
    *,
    decision: Text = "",
    comment: Text = "",
) -> Response:
    """Record the decision, once, and go back to what was decided."""
    said = {"decision": decision, "comment": comment}
    try:
        await operations.decide(services, access, approval_id, DecisionIn.model_validate(said), None)
    except AlreadyDecided:
        pass  # the page says what was decided, and by whom
    except ValidationError:
        return await _page(request, services, access, approval_id, status_code=422, error="Choose what you decide.")
    except OrderError as error:
        shown = said | {"error": error.detail}
        return await _page(request, services, access, approval_id, status_code=error.status, **shown)
    return RedirectResponse(f"/inbox/{approval_id}", status_code=303)


async def _page(
    request: Request,
    services: ServicesDep,
    access: Access,
    approval_id: str,
    status_code: int = 200,
    **typed: Any,
) -> Response:
    """The request; `typed` is what a refused form held, and why it was refused."""
    asked = await operations.look(services, access, approval_id)
    now = services.now()
    scene = {
        "order": summarize(asked.dossier),
        "asked": request_of(asked.dossier, asked.approval, until_seq=asked.dossier.order.seq, at=now),
        "approval": asked.approval,
        "settled": None if asked.approval.state == "pending" else operations.settled(asked.approval),
        "longest": LONGEST_COMMENT,
        "error": None,
        "comment": "",
        "decision": "",
        **typed,
    }
    return await show(request, services, access, "approvals/request.html", scene, status_code=status_code)
