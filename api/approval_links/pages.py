"""The pages behind approval links: looking changes nothing, only the form's POST decides."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.approval_links import presenters
from api.approval_links.operations import LONGEST_COMMENT, Choice, DecisionForm, decide
from api.approval_links.security import BadLinkLimiter, begin_visit, require_own_form, visiting
from api.approval_links.session import LinkSession, open_link_session
from api.deps import Services, ServicesDep
from api.http.templating import render
from models.db.approvals import approval_links
from models.errors import LinkNotValid, NotAuthorized, ReasonRequired
from notifications.enqueue import enqueue_new_link
from notifications.links import Purpose

router = APIRouter(include_in_schema=False)
log = structlog.get_logger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}
# No page may tell others the address it was reached by; on the clean one the form has to say where it comes from.
ON_TOKEN = HEADERS | {"Referrer-Policy": "no-referrer"}
ON_CLEAN = HEADERS | {"Referrer-Policy": "same-origin"}

ApprovalId = Annotated[str, Path(max_length=40)]
Text = Annotated[str, Form()]


@router.api_route("/approve/{signed}", methods=["GET", "HEAD"])
async def open_link(signed: str, request: Request, services: ServicesDep) -> Response:
    """Exchange the signed link for a cookie and go on to the clean address; as often as one likes."""
    try:
        link_id = services.signer.read(signed)
        async with services.database.transaction() as session:
            link = await approval_links.find_link(session, link_id, at=services.now())
    except LinkNotValid:
        link = None
    if link is None:
        return _stranger(request, ON_TOKEN)
    answer = RedirectResponse(f"/approvals/{link.approval_id}", status_code=303, headers=ON_TOKEN)
    begin_visit(answer, services, link_id=link.id, approval_id=link.approval_id)
    return answer


@router.api_route("/approvals/{approval_id}", methods=["GET", "HEAD"])
async def show(approval_id: ApprovalId, request: Request, services: ServicesDep) -> Response:
    """Show the order with the form, or why there is nothing to decide."""
    try:
        seen = await _seen(approval_id, request, services)
    except LinkNotValid:
        return _stranger(request, ON_CLEAN)
    return _page(request, services, seen)


@router.post("/approvals/{approval_id}")
async def answer(
    approval_id: ApprovalId,
    request: Request,
    services: ServicesDep,
    *,
    decision: Text = "",
    comment: Text = "",
    nonce: Text = "",
) -> Response:
    """Record the decision, once, and show what was recorded."""
    try:
        seen = await _seen(approval_id, request, services)
        require_own_form(request, services, link_id=seen.link.id, nonce=nonce)
        verdict = DecisionForm(choice=_choice(decision), comment=comment.strip())
        delivery = await decide(services, seen.link.id, verdict)
    except NotAuthorized as error:
        return _not_ours(request, error)
    except ReasonRequired as error:
        return _page(request, services, seen, status_code=422, error=error.detail, comment=comment, decision=decision)
    except LinkNotValid as error:
        return await _too_late(approval_id, request, services, error.detail)
    if delivery.state == "refused":
        return await _too_late(approval_id, request, services, delivery.detail)
    return RedirectResponse(f"/approvals/{approval_id}", status_code=303, headers=ON_CLEAN)


@router.post("/approvals/{approval_id}/fresh-link")
async def mail_fresh_link(
    approval_id: ApprovalId, request: Request, services: ServicesDep, nonce: Text = ""
) -> Response:
    """Mail a new link to the registered address of whoever the old one was made for."""
    try:
        seen = await _seen(approval_id, request, services)
        require_own_form(request, services, link_id=seen.link.id, nonce=nonce)
    except NotAuthorized as error:
        return _not_ours(request, error)
    except LinkNotValid:
        return _stranger(request, ON_CLEAN)
    if seen.pending is not None and seen.dossier.policy.email_decisions:
        async with services.database.transaction() as session:
            await enqueue_new_link(session, seen.pending, at=services.now())
    return _render(request, "approval_links/link_sent.html", presenters.mailed(seen))


async def _seen(approval_id: str, request: Request, services: Services) -> LinkSession:
    link_id = visiting(request, services)
    async with services.database.transaction() as session:
        seen = await open_link_session(session, link_id, at=services.now())
    if seen.approval.id != approval_id:
        raise LinkNotValid("This link is for another approval.")
    return seen


def _choice(word: str) -> Choice:
    try:
        return Choice(word)
    except ValueError:
        raise ReasonRequired("Please choose what you decide.", field="decision") from None


def _page(
    request: Request, services: Services, seen: LinkSession, *, status_code: int | None = None, **typed: Any
) -> Response:
    """The page that fits what the link is worth now; `typed` is what a refused form held, and why it was refused."""
    shown = {"error": None, "comment": "", "decision": ""} | typed
    shown |= {"nonce": services.signer.grant(Purpose.FORM, seen.link.id), "longest": LONGEST_COMMENT}
    if seen.open:
        template, usual, scene = "decide", 200, presenters.deciding(seen, services.now())
    elif seen.recorded:
        template, usual, scene = "recorded", 200, presenters.recorded(seen)
    else:
        template, usual, scene = "closed", 410, presenters.closed(seen)
    return _render(request, f"approval_links/{template}.html", scene | shown, status_code=status_code or usual)


async def _too_late(approval_id: str, request: Request, services: Services, why: str | None) -> Response:
    """What is recorded instead, for a decision that was not taken."""
    log.info("approval_refused", approval=approval_id, why=why)
    try:
        seen = await _seen(approval_id, request, services)
    except LinkNotValid:
        return _stranger(request, ON_CLEAN)
    return _page(request, services, seen, status_code=409, error=why)


def _stranger(request: Request, headers: dict[str, str]) -> Response:
    """One page for whatever is not a link of ours: unknown, forged, cut off, or expired long ago."""
    state, address = request.app.state, request.client.host if request.client else ""
    if not hasattr(state, "strangers"):
        state.strangers = BadLinkLimiter()
    status = 429 if state.strangers.too_many(address) else 404
    return _render(request, "approval_links/unknown.html", {}, status_code=status, headers=headers)


def _not_ours(request: Request, error: NotAuthorized) -> Response:
    log.info("approval_form_refused", why=error.detail)
    return _render(request, "approval_links/cross_site.html", {"why": error.detail}, status_code=403)


def _render(
    request: Request,
    template: str,
    context: dict[str, Any],
    *,
    status_code: int = 200,
    headers: dict[str, str] = ON_CLEAN,
) -> Response:
    answer = render(request, template, context, status_code=status_code)
    answer.headers.update(headers)
    return answer
