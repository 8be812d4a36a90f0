"""The pages of the inbox: the list, one mail, and the parts of a mail as the browser shows them."""

import re
import time
from enum import StrEnum
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from demo.inbox.authenticator import seconds_left
from demo.inbox.dependencies import FoundMail, InMailbox, People

router = APIRouter(include_in_schema=False)
_templates = Jinja2Templates(Path(__file__).parent / "templates")
_PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("style", "script", "img", "connect", "frame")),
        *("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
    )
)
# A mail is a stranger's page: no scripts, no requests, no origin; its links may open a tab.
_MAIL_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_MAIL_POLICY = f"sandbox {_MAIL_SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class View(StrEnum):
    """The ways to look at one mail."""

    HTML = "html"
    TEXT = "text"
    HEADERS = "headers"
    RAW = "raw"


@router.get("/")
async def list_page(request: Request, mailbox: InMailbox, to: str = "") -> HTMLResponse:
    """Show all mails, newest first."""
    return _page(request, "list.html", mails=mailbox.newest_first(to), to=to)


@router.get("/messages/{number}")
async def message_page(request: Request, mail: FoundMail, view: View | None = None) -> HTMLResponse:
    """Show one mail, by default as its reader would see it."""
    shown = view or (View.HTML if mail.html is not None else View.TEXT)
    return _page(request, "message.html", mail=mail, view=shown, views=View, sandbox=_MAIL_SANDBOX)


@router.get("/messages/{number}/html")
async def html_part(mail: FoundMail) -> HTMLResponse:
    """Serve the HTML part for the frame; links open in a new tab, as pages refuse to be framed."""
    if mail.html is None:
        raise HTTPException(404, "This mail has no HTML part.")
    head = re.search(r"<head\b[^>]*>", mail.html, re.IGNORECASE)
    cut = head.end() if head else 0
    content = f'{mail.html[:cut]}<base target="_blank">{mail.html[cut:]}'
    return HTMLResponse(content, headers={"Content-Security-Policy": _MAIL_POLICY})


@router.get("/messages/{number}/raw")
async def raw_mail(mail: FoundMail) -> PlainTextResponse:
    """Serve a mail byte for byte as it came."""
    return PlainTextResponse(mail.raw, headers={"X-Content-Type-Options": "nosniff"})


@router.get("/messages/{number}/attachments/{position}")
async def attachment(mail: FoundMail, position: int) -> Response:
    """Serve an attachment (counted from 0) as a download."""
    if not 0 <= position < len(mail.attachments):
        raise HTTPException(404, "This mail has no such attachment.")
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    found = mail.attachments[position]
    return Response(found.content, media_type=found.content_type, headers=headers)


@router.get("/authenticator")
async def authenticator_page(request: Request, people: People) -> HTMLResponse:
    """Show everybody's code of this half minute, as the app on their phone would."""
    return _page(request, "authenticator.html", people=people, now=time.time(), left=seconds_left(time.time()))


@router.post("/clear")
async def clear(mailbox: InMailbox) -> RedirectResponse:
    """Throw all mails away."""
    mailbox.clear()
    return RedirectResponse("/", status_code=303)


def _page(request: Request, template: str, **context: object) -> HTMLResponse:
    headers = {"Content-Security-Policy": _PAGE_POLICY}
    return _templates.TemplateResponse(request, template, context, headers=headers)
