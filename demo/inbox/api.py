"""The JSON side of the inbox, for tests and the tour: what came, and who is refused."""

import time
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from demo.inbox.dependencies import FoundMail, InMailbox, People
from demo.inbox.mail import Mail

router = APIRouter(prefix="/api")
RefusalCode = Annotated[int, Field(ge=400, le=599)]


class Summary(BaseModel):
    """A mail in the list; the addresses are the envelope's."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str

    @classmethod
    def of(cls, mail: Mail) -> Self:
        """Describe a mail."""
        return cls.model_validate(mail, from_attributes=True)


class Details(Summary):
    """A mail with its headers and bodies; a body it does not have is null."""

    headers: list[tuple[str, str]]
    text: str | None
    html: str | None


@router.get("/messages")
async def messages(mailbox: InMailbox, to: str | None = None) -> list[Summary]:
    """List mails, newest first; `to` is an address or the name before its @."""
    return [Summary.of(mail) for mail in mailbox.newest_first(to)]


@router.get("/messages/{number}")
async def message(mail: FoundMail) -> Details:
    """Return one mail with its bodies."""
    return Details.of(mail)


@router.get("/codes")
async def codes(people: People) -> dict[str, str]:
    """Everybody's code of this half minute, by user name."""
    return {one.user_name: one.code(time.time()) for one in people}


@router.put("/refusals")
async def refuse(mailbox: InMailbox, rules: dict[str, RefusalCode]) -> dict[str, RefusalCode]:
    """Refuse mail from now on: pattern of addresses → SMTP code; an empty object accepts all again."""
    mailbox.refusals = {pattern.lower(): code for pattern, code in rules.items()}
    return mailbox.refusals
