"""The pages of the inbox."""

import re
import time
from enum import StrEnum
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from demo.inbox.authenticator import seconds_left
from demo.inbox.dependencies import Authenticators, CurrentMailbox, FoundEmail

router = APIRouter(include_in_schema=False)
_templates = Jinja2Templates(Path(__file__).parent / "templates")
_PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("style", "script", "img", "connect", "frame")),
        *("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
    )
)
# The HTML of an email is not trusted: no scripts, no requests, no origin. Its links open in a new tab.
_EMAIL_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_EMAIL_POLICY = f"sandbox {_EMAIL_SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_NO_SNIFF = {"X-Content-Type-Options": "nosniff"}


class EmailView(StrEnum):
    HTML = "html"
    TEXT = "text"
    HEADERS = "headers"
    RAW = "raw"


@router.get("/")
async def list_page(request: Request, mailbox: CurrentMailbox, to: str = "") -> HTMLResponse:
    return _page(request, "list.html", emails=mailbox.newest_first(to), to=to)


@router.get("/messages/{number}")
async def message_page(request: Request, email: FoundEmail, view: EmailView | None = None) -> HTMLResponse:
    shown = view or (EmailView.HTML if email.html is not None else EmailView.TEXT)
    return _page(request, "message.html", email=email, view=shown, views=EmailView, sandbox=_EMAIL_SANDBOX)


@router.get("/messages/{number}/html")
async def html_part(email: FoundEmail) -> HTMLResponse:
    """The HTML part for the frame; its links open in a new tab, since Dialtone's pages refuse to be framed."""
    if email.html is None:
        raise HTTPException(404, "This email has no HTML part.")
    head = re.search(r"<head\b[^>]*>", email.html, re.IGNORECASE)
    cut = head.end() if head else 0
    content = f'{email.html[:cut]}<base target="_blank">{email.html[cut:]}'
    return HTMLResponse(content, headers={"Content-Security-Policy": _EMAIL_POLICY})


@router.get("/messages/{number}/raw")
async def raw_email(email: FoundEmail) -> PlainTextResponse:
    return PlainTextResponse(email.raw, headers=_NO_SNIFF)


@router.get("/messages/{number}/attachments/{position}")
async def attachment(email: FoundEmail, position: int) -> Response:
    """`position` starts at 0."""
    if not 0 <= position < len(email.attachments):
        raise HTTPException(404, "This email has no such attachment.")
    found = email.attachments[position]
    headers = {"Content-Disposition": "attachment", **_NO_SNIFF}
    return Response(found.content, media_type=found.content_type, headers=headers)


@router.get("/authenticator")
async def authenticator_page(request: Request, authenticators: Authenticators) -> HTMLResponse:
    now = time.time()
    return _page(request, "authenticator.html", people=authenticators, now=now, left=seconds_left(now))


@router.post("/clear")
async def clear(mailbox: CurrentMailbox) -> RedirectResponse:
    mailbox.clear()
    return RedirectResponse("/", status_code=303)


def _page(request: Request, template: str, **context: object) -> HTMLResponse:
    return _templates.TemplateResponse(request, template, context, headers={"Content-Security-Policy": _PAGE_POLICY})
