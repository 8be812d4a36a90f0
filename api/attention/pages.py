"""The page of everything that needs an operator, and the forms of the actions on it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.attention import recovery
from api.attention.operations import report
from api.attention.routes import ActionId, EmailId, OrderId, RecoverAccess, RepairAccess
from api.attention.schemas import AttentionKind, RecoveryIn, RecoveryResult
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.orders.routes import Ref
from api.tasks import bulk_retry
from api.tasks.routes import SettleAccess
from api.tasks.schemas import RetryAllIn
from models.errors import NotAuthorized, NotFound, PublicError
from policies.access import Right
from policies.recovery import RecoveryAction

router = APIRouter(prefix="/admin", include_in_schema=False)
NO_EVIDENCE = "Enter a reason and a reference (ticket or link)."


@dataclass(frozen=True, kw_only=True)
class RecoveryForm:
    request: Request
    services: Services
    evidence: str


async def _recovery_form(
    request: Request, services: ServicesDep, evidence: Annotated[str, Form(max_length=1000)] = ""
) -> RecoveryForm:
    return RecoveryForm(request=request, services=services, evidence=evidence)


FormDep = Annotated[RecoveryForm, Depends(_recovery_form)]


@dataclass(frozen=True, kw_only=True)
class RejectedRecovery:
    """A form that is shown again: the path it was sent to, what was typed, and what is wrong."""

    path: str
    evidence: str
    problem: str


@router.get("")
async def show_attention(
    request: Request,
    *,
    access: RepairAccess,
    services: ServicesDep,
    kind: Annotated[AttentionKind | None, Query()] = None,
    done: Annotated[str, Query(max_length=40)] = "",
    order: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    return await _page(request, services, access, kind=kind, done=done, order=order)


@router.post("/orders/{ref}/resume-workflow")
async def resume_workflow(ref: Ref, form: FormDep, access: RecoverAccess) -> Response:
    return await _submit(form, access, recovery.recover, ref, RecoveryAction.RESUME_WORKFLOW)


@router.post("/orders/{ref}/replay-messages")
async def replay_messages(ref: Ref, form: FormDep, access: RecoverAccess) -> Response:
    return await _submit(form, access, recovery.recover, ref, RecoveryAction.REPLAY_MESSAGES)


@router.post("/orders/{ref}/restore-state")
async def restore_state(ref: Ref, form: FormDep, access: RecoverAccess) -> Response:
    return await _submit(form, access, recovery.recover, ref, RecoveryAction.RESTORE_STATE)


@router.post("/orders/{ref}/end-workflow")
async def end_workflow(ref: Ref, form: FormDep, access: RecoverAccess) -> Response:
    return await _submit(form, access, recovery.recover, ref, RecoveryAction.END_WORKFLOW)


@router.post("/workflows/{order_id}/end-workflow")
async def end_stray_workflow(order_id: OrderId, form: FormDep, access: RecoverAccess) -> Response:
    """The order has no history to return to."""
    return await _submit(form, access, recovery.end_stray, order_id, has_history=False)


@router.post("/orders/{ref}/force-close")
async def force_close(ref: Ref, form: FormDep, access: RecoverAccess) -> Response:
    return await _submit(form, access, recovery.recover, ref, RecoveryAction.FORCE_CLOSE)


@router.post("/messages/{action_id}/redeliver")
async def redeliver_message(action_id: ActionId, form: FormDep, access: RepairAccess) -> Response:
    return await _submit(form, access, recovery.redeliver_message, action_id)


@router.post("/emails/{email_id}/resend")
async def resend_email(email_id: EmailId, form: FormDep, access: RepairAccess) -> Response:
    return await _submit(form, access, recovery.resend_email, email_id)


@router.post("/emails/resend")
async def resend_all_emails(form: FormDep, access: RepairAccess) -> Response:
    try:
        evidence = RecoveryIn(evidence=form.evidence).evidence
    except ValidationError:
        return await _reject(form, access, 422, NO_EVIDENCE, kind=AttentionKind.BOUNCED_EMAIL)
    await recovery.resend_all_emails(form.services, access, evidence)
    return RedirectResponse("/admin?done=resend_all_emails", status_code=303)


@router.post("/tasks/retry")
async def retry_all(form: FormDep, access: SettleAccess, cause: Annotated[str, Form(max_length=100)] = "") -> Response:
    try:
        body = RetryAllIn(cause=cause, text=form.evidence)
    except ValidationError:
        return await _reject(form, access, 422, "Choose what to retry.")
    retried = (await bulk_retry.retry_all(form.services, access, body, None)).orders
    accepted = sum(order.state != "rejected" for order in retried)
    query = {"done": "retry_all", "order": f"{accepted} of {len(retried)}"}
    return RedirectResponse(f"/admin?{urlencode(query)}", status_code=303)


async def _submit(
    form: RecoveryForm,
    access: Access,
    operation: Callable[..., Awaitable[RecoveryResult]],
    *target: str,
    has_history: bool = True,
) -> Response:
    """Run an operation, then redirect to the history in which it is recorded, if the caller can read one.

    A form with an error is shown again as it was typed.
    """
    try:
        evidence = RecoveryIn(evidence=form.evidence).evidence
        result = await operation(form.services, access, *target, evidence)
    except ValidationError:
        return await _reject(form, access, 422, NO_EVIDENCE)
    except (NotFound, NotAuthorized):
        raise
    except PublicError as error:
        return await _reject(form, access, error.status, error.detail)
    query = {"done": result.action}
    path = f"/admin/orders/{result.order}"
    if result.order is None:
        path = "/admin"
    elif not has_history or not access.is_allowed(Right.ORDER_HISTORY):
        path, query = "/admin", query | {"order": result.order}
    return RedirectResponse(f"{path}?{urlencode(query)}", status_code=303)


async def _reject(
    form: RecoveryForm, access: Access, status_code: int, problem: str, kind: AttentionKind | None = None
) -> Response:
    rejected = RejectedRecovery(path=form.request.url.path, evidence=form.evidence, problem=problem)
    return await _page(form.request, form.services, access, kind=kind, rejected=rejected, status_code=status_code)


async def _page(
    request: Request,
    services: Services,
    access: Access,
    *,
    kind: AttentionKind | None = None,
    done: str = "",
    order: str = "",
    rejected: RejectedRecovery | None = None,
    status_code: int = 200,
) -> Response:
    context = {
        "report": await report(services, access, [kind] if kind else []),
        "kind": kind,
        "done": done,
        "order": order,
        "rejected": rejected,
        "reads_history": access.is_allowed(Right.ORDER_HISTORY),
    }
    return await render_page(request, services, access, "attention/attention.html", context, status_code=status_code)
