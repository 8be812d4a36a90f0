"""The pages behind approval links: opening one changes nothing, only submitting its form decides."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.approval_links import operations, presenters
from api.approval_links.operations import MAX_COMMENT, read_form
from api.approval_links.security import check_form, session_link_id, set_link_cookie
from api.approval_links.session import LinkSession
from api.approvals.operations import changes_today
from api.auth.client_info import client_info
from api.auth.credentials import cookie_name
from api.deps import Services, ServicesDep
from api.http.templating import render
from models.errors import LinkNotValid, NotAuthorized, NotYourDecision, TextRequired
from notifications.links import Purpose
from notifications.order_summary import order_text

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
# The URL with the token must not leak to any site; the page without it must send its origin with the form.
TOKEN_HEADERS = HEADERS | {"Referrer-Policy": "no-referrer"}
PAGE_HEADERS = HEADERS | {"Referrer-Policy": "same-origin"}

ApprovalId = Annotated[str, Path(max_length=40)]
FormField = Annotated[str, Form()]


@router.api_route("/approve/{signed}", methods=["GET", "HEAD"])
async def open_link(signed: str, request: Request, services: ServicesDep) -> Response:
    """Exchange the signed link for a cookie and redirect to a URL without the token; works any number of times."""
    try:
        link = await operations.find_link(services, signed)
    except LinkNotValid:
        return _bad_link(request, services, TOKEN_HEADERS)
    path = f"/approval-links/{link.approval_id}"
    response = RedirectResponse(path, status_code=303, headers=TOKEN_HEADERS)
    set_link_cookie(response, services, link_id=link.id, path=path)
    return response


@router.api_route("/approval-links/{approval_id}", methods=["GET", "HEAD"])
async def show_approval(approval_id: ApprovalId, request: Request, services: ServicesDep) -> Response:
    try:
        return await _page(request, services, await _open(approval_id, request, services))
    except NotYourDecision as error:
        return _other_person(request, error)
    except LinkNotValid:
        return _bad_link(request, services, PAGE_HEADERS)


@router.post("/approval-links/{approval_id}")
async def submit_decision(
    approval_id: ApprovalId,
    request: Request,
    services: ServicesDep,
    *,
    decision: FormField = "",
    comment: FormField = "",
    nonce: FormField = "",
) -> Response:
    """Record the decision once, and redirect to the page that shows it."""
    try:
        link_id = await _own_link_id(request, services)
        check_form(request, services, link_id=link_id, nonce=nonce)
        delivery = await operations.decide(services, link_id, approval_id, read_form(decision, comment))
    except NotYourDecision as error:
        return _other_person(request, error)
    except NotAuthorized as error:
        return _rejected_form(request, error)
    except TextRequired as error:
        rejected = {"error": error.detail, "comment": comment, "decision": decision}
        return await _page_again(approval_id, request, services, status_code=422, **rejected)
    except LinkNotValid as error:
        return await _too_late(approval_id, request, services, error.detail)
    if delivery.state == "rejected":
        return await _too_late(approval_id, request, services, delivery.detail)
    return RedirectResponse(f"/approval-links/{approval_id}", status_code=303, headers=PAGE_HEADERS)


@router.post("/approval-links/{approval_id}/new-link")
async def send_new_link(
    approval_id: ApprovalId, request: Request, services: ServicesDep, nonce: FormField = ""
) -> Response:
    """Email a new link to the approver's registered address."""
    try:
        opened = await _open(approval_id, request, services)
        check_form(request, services, link_id=opened.link.id, nonce=nonce)
    except NotYourDecision as error:
        return _other_person(request, error)
    except NotAuthorized as error:
        return _rejected_form(request, error)
    except LinkNotValid:
        return _bad_link(request, services, PAGE_HEADERS)
    await operations.send_new_link(services, opened)
    return _render(request, "approval_links/link_sent.html", presenters.new_link_sent(opened))


async def _open(approval_id: str, request: Request, services: Services) -> LinkSession:
    """Raises LinkNotValid, or NotYourDecision if someone else is signed in with this browser."""
    return await operations.open_approval(services, await _own_link_id(request, services), approval_id)


async def _own_link_id(request: Request, services: Services) -> str:
    """Raises LinkNotValid without a link, or NotYourDecision if someone else is signed in with this browser."""
    link_id = session_link_id(request, services)
    cookie = request.cookies.get(cookie_name(services.public_url), "")
    await operations.require_own_browser(services, client_info(request), link_id, cookie)
    return link_id


async def _page(
    request: Request, services: Services, opened: LinkSession, *, status_code: int | None = None, **rejected: Any
) -> Response:
    """The page for the link's current state; `rejected` is a form that was not accepted, with its error.

    An order that requires a second factor is decided on its page under **Approvals**, which asks to sign in.
    """
    if opened.must_sign_in:
        return RedirectResponse(f"/approvals/{opened.approval.id}", status_code=303, headers=PAGE_HEADERS)
    if opened.can_decide:
        template, default_status, context = "decide", 200, await _deciding(services, opened)
    elif opened.decided:
        template, default_status, context = "recorded", 200, presenters.recorded(opened)
    else:
        template, default_status, context = "closed", 410, presenters.closed(opened)
    context |= {
        "order": order_text(
            opened.details, services.carrier_names, services.order_types, reader_id=opened.approval.approver_id
        ),
        "nonce": services.signer.sign_token(Purpose.FORM, opened.link.id),
        "max_comment": MAX_COMMENT,
        "error": None,
        "comment": "",
        "decision": "",
        **rejected,
    }
    return _render(request, f"approval_links/{template}.html", context, status_code=status_code or default_status)


async def _deciding(services: Services, opened: LinkSession) -> dict[str, Any]:
    return presenters.deciding(opened, await changes_today(services, opened.details), services.now())


async def _too_late(approval_id: str, request: Request, services: Services, reason: str | None) -> Response:
    """The page of a decision that was not accepted, with what was recorded instead."""
    log.info("approval_decision_rejected", approval=approval_id, reason=reason)
    return await _page_again(approval_id, request, services, status_code=409, error=reason)


async def _page_again(
    approval_id: str, request: Request, services: Services, *, status_code: int, **rejected: Any
) -> Response:
    """The page as it is now, with the form that was not accepted and its error."""
    try:
        opened = await _open(approval_id, request, services)
        return await _page(request, services, opened, status_code=status_code, **rejected)
    except LinkNotValid:
        return _bad_link(request, services, PAGE_HEADERS)


def _bad_link(request: Request, services: Services, headers: dict[str, str]) -> Response:
    """The same page for unknown, forged, truncated and long expired links."""
    status = 429 if services.bad_links.over_limit(request.client.host if request.client else "") else 404
    return _render(request, "approval_links/unknown.html", {}, status_code=status, headers=headers)


def _other_person(request: Request, error: NotYourDecision) -> Response:
    return _render(request, "approval_links/other_person.html", {"reason": error.detail}, status_code=403)


def _rejected_form(request: Request, error: NotAuthorized) -> Response:
    log.info("approval_form_rejected", reason=error.detail)
    return _render(request, "approval_links/cross_site.html", {"reason": error.detail}, status_code=403)


def _render(
    request: Request,
    template: str,
    context: dict[str, Any],
    *,
    status_code: int = 200,
    headers: dict[str, str] = PAGE_HEADERS,
) -> Response:
    response = render(request, template, context, status_code=status_code)
    response.headers.update(headers)
    return response
