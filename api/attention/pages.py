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
from api.attention.routes import ActionId, EmailId, RecoverAccess, RepairAccess, WorkflowId
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
class RejectedEvidence:
    """A form that is shown again: the path it was sent to, what was typed, and what is wrong."""

    path: str
    evidence: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class EvidenceForm:
    """What every form of the page takes from its request."""

    request: Request
    services: ServicesDep
    evidence: Annotated[str, Form(max_length=1000)] = ""

    def read(self) -> str:
        """The evidence. Raises ValidationError if it isn't any."""
        return RecoveryIn(evidence=self.evidence).evidence

    async def recover(
        self,
        access: Access,
        operation: Callable[..., Awaitable[RecoveryResult]],
        *target: str,
        has_history: bool = True,
    ) -> Response:
        """Run an operation, then redirect to the history in which it is recorded, if the caller can read one."""

        async def act() -> str:
            result = await operation(self.services, access, *target, self.read())
            if result.order is not None and has_history and access.is_allowed(Right.ORDER_HISTORY):
                return f"/admin/orders/{result.order}?{urlencode({'done': result.action})}"
            return _done(result.action, result.order)

        return await self.run(access, act)

    async def run(
        self,
        access: Access,
        act: Callable[[], Awaitable[str]],
        *,
        invalid: str = NO_EVIDENCE,
        kind: AttentionKind | None = None,
    ) -> Response:
        """Redirect to the path that `act` returns; if it is rejected, show the form again as it was typed."""
        try:
            path = await act()
        except ValidationError:
            status, problem = 422, invalid
        except (NotFound, NotAuthorized):
            raise
        except PublicError as error:
            status, problem = error.status, error.detail
        else:
            return RedirectResponse(path, status_code=303)
        rejected = RejectedEvidence(path=self.request.url.path, evidence=self.evidence, problem=problem)
        return await _page(self.request, self.services, access, kind=kind, rejected=rejected, status_code=status)


FormDep = Annotated[EvidenceForm, Depends(EvidenceForm)]


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
    return await form.recover(access, recovery.recover, ref, RecoveryAction.RESUME_WORKFLOW)


@router.post("/orders/{ref}/replay-messages")
async def replay_messages(ref: Ref, form: FormDep, access: RecoverAccess) -> Response:
    return await form.recover(access, recovery.recover, ref, RecoveryAction.REPLAY_MESSAGES)


@router.post("/orders/{ref}/restore-state")
async def restore_state(ref: Ref, form: FormDep, access: RecoverAccess) -> Response:
    return await form.recover(access, recovery.recover, ref, RecoveryAction.RESTORE_STATE)


@router.post("/orders/{ref}/end-workflow")
async def end_workflow(ref: Ref, form: FormDep, access: RecoverAccess) -> Response:
    return await form.recover(access, recovery.recover, ref, RecoveryAction.END_WORKFLOW)


@router.post("/workflows/{workflow_id}/end-workflow")
async def end_stray_workflow(workflow_id: WorkflowId, form: FormDep, access: RecoverAccess) -> Response:
    """The database may not have the order, so there may be no history to return to."""
    return await form.recover(access, recovery.end_stray, workflow_id, has_history=False)


@router.post("/orders/{ref}/force-close")
async def force_close(ref: Ref, form: FormDep, access: RecoverAccess) -> Response:
    return await form.recover(access, recovery.recover, ref, RecoveryAction.FORCE_CLOSE)


@router.post("/messages/{action_id}/redeliver")
async def redeliver_message(action_id: ActionId, form: FormDep, access: RepairAccess) -> Response:
    return await form.recover(access, recovery.redeliver_message, action_id)


@router.post("/emails/{email_id}/resend")
async def resend_email(email_id: EmailId, form: FormDep, access: RepairAccess) -> Response:
    return await form.recover(access, recovery.resend_email, email_id)


@router.post("/emails/resend")
async def resend_all_emails(form: FormDep, access: RepairAccess) -> Response:
    async def resend() -> str:
        await recovery.resend_all_emails(form.services, access, form.read())
        return _done("resend_all_emails")

    return await form.run(access, resend, kind=AttentionKind.BOUNCED_EMAIL)


@router.post("/tasks/retry")
async def retry_all(form: FormDep, access: SettleAccess, cause: Annotated[str, Form(max_length=100)] = "") -> Response:
    async def retry() -> str:
        body = RetryAllIn(cause=cause, text=form.evidence)
        retried = (await bulk_retry.retry_all(form.services, access, body, None)).orders
        accepted = sum(order.state != "rejected" for order in retried)
        return _done("retry_all", f"{accepted} of {len(retried)}")

    return await form.run(access, retry, invalid="Choose what to retry.")


def _done(action: str, orders: str | None = None) -> str:
    """The path of the page with a notice of what was done, and to which orders."""
    return f"/admin?{urlencode({'done': action} | ({'order': orders} if orders else {}))}"


async def _page(
    request: Request,
    services: Services,
    access: Access,
    *,
    kind: AttentionKind | None = None,
    done: str = "",
    order: str = "",
    rejected: RejectedEvidence | None = None,
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
