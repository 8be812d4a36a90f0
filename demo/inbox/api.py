"""The JSON API of the inbox, for tests and the README's tour."""

import time
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from demo.inbox.dependencies import Authenticators, CurrentMailbox, FoundEmail
from demo.inbox.received_email import ReceivedEmail

router = APIRouter(prefix="/api")
SmtpErrorCode = Annotated[int, Field(ge=400, le=599)]


class EmailSummary(BaseModel):
    """The addresses are those of the SMTP envelope."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str


class EmailDetails(EmailSummary):
    """A body that the email does not have is null."""

    headers: list[tuple[str, str]]
    text: str | None
    html: str | None


@router.get("/messages", response_model=list[EmailSummary])
async def messages(mailbox: CurrentMailbox, to: str | None = None) -> list[ReceivedEmail]:
    """List emails, newest first; `to` is an address or the part before its @."""
    return mailbox.newest_first(to)


@router.get("/messages/{number}", response_model=EmailDetails)
async def message(email: FoundEmail) -> ReceivedEmail:
    return email


@router.get("/codes")
async def codes(authenticators: Authenticators) -> dict[str, str]:
    """Current sign-in codes by user name."""
    return {app.user_name: app.code(time.time()) for app in authenticators}


@router.put("/rejections")
async def set_rejections(mailbox: CurrentMailbox, rules: dict[str, SmtpErrorCode]) -> dict[str, SmtpErrorCode]:
    """Reject recipients from now on: address pattern → SMTP code. An empty object accepts all again."""
    mailbox.rejections = {pattern.lower(): code for pattern, code in rules.items()}
    return mailbox.rejections
