"""The approvals pages: the list of pending requests, and each request with its decision forms."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.approval_links.operations import MAX_COMMENT
from api.approvals import operations
from api.approvals.schemas import ApprovalQuery
from api.deps import Access, Needs, Services, ServicesDep
from api.http.layout import render_page
from api.http.paging import next_page_url
from api.orders.command_schemas import DecisionIn
from models.errors import AlreadyDecided, PublicError, StepUpRequired
from models.flag import flag_text
from notifications.email import approval_request
from notifications.order_summary import order_text
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/approvals")
ApprovalId = Annotated[str, Path(max_length=40)]
DecideAccess = Annotated[Access, Depends(Needs(Right.ORDER_DECIDE))]
DecisionField = Annotated[str, Form(max_length=MAX_COMMENT)]


@router.get("")
async def show_approvals(
    request: Request,
    query: Annotated[ApprovalQuery, Query()],
    access: Annotated[Access, Depends(Needs(Right.APPROVAL_LIST))],
    services: ServicesDep,
) -> Response:
    listed = await operations.pending_approvals(services, access, query)
    next_page = next_page_url(request, listed.next_cursor)
    context = {"approvals": listed.items, "next_page": next_page, "flag_text": flag_text}
    return await render_page(request, services, access, "approvals/list.html", context)


@router.get("/{approval_id}")
async def show_request(
    approval_id: ApprovalId, request: Request, access: DecideAccess, services: ServicesDep
) -> Response:
    return await _page(request, services, access, approval_id)


@router.post("/{approval_id}")
async def decide(
    approval_id: ApprovalId,
    request: Request,
    access: DecideAccess,
    services: ServicesDep,
    *,
    decision: DecisionField = "",
    comment: DecisionField = "",
) -> Response:
    """Record the decision once, and show the request again with the outcome."""
    form = {"decision": decision, "comment": comment}
    try:
        await operations.decide(services, access, approval_id, DecisionIn.model_validate(form), None)
    except AlreadyDecided:
        pass  # the page shows the decision
    except ValidationError:
        error = "Choose to approve, reject, or ask for more info."
        return await _page(request, services, access, approval_id, status_code=422, error=error)
    except StepUpRequired:
        raise  # leads to the page that asks for a code, and back
    except PublicError as error:
        rejected = form | {"error": error.detail}
        return await _page(request, services, access, approval_id, status_code=error.status, **rejected)
    return RedirectResponse(f"/approvals/{approval_id}", status_code=303)


async def _page(
    request: Request,
    services: Services,
    access: Access,
    approval_id: str,
    status_code: int = 200,
    **rejected: Any,
) -> Response:
    """`rejected` is the content of a form that was not accepted, with its error."""
    own = await operations.read_own(services, access, approval_id)
    today = None if own.closed_reason else await operations.changes_today(services, own.details)
    context = {
        "order": order_text(
            own.details, services.carrier_names, services.order_types, reader_id=own.approval.approver_id
        ),
        "approval_request": approval_request(
            own.details, own.approval, until_seq=own.details.order.seq, at=services.now(), today=today
        ),
        "approval": own.approval,
        "closed": own.closed_reason,
        "max_comment": MAX_COMMENT,
        "error": None,
        "comment": "",
        "decision": "",
        **rejected,
    }
    return await render_page(request, services, access, "approvals/request.html", context, status_code=status_code)
