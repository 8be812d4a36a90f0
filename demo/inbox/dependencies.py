from typing import Annotated, cast

from fastapi import Depends, HTTPException, Request

from demo.inbox.authenticator import Authenticator
from demo.inbox.mailbox import Mailbox
from demo.inbox.received_email import ReceivedEmail


def _mailbox(request: Request) -> Mailbox:
    return cast("Mailbox", request.app.state.mailbox)


def _authenticators(request: Request) -> tuple[Authenticator, ...]:
    return cast("tuple[Authenticator, ...]", request.app.state.authenticators)


CurrentMailbox = Annotated[Mailbox, Depends(_mailbox)]
Authenticators = Annotated[tuple[Authenticator, ...], Depends(_authenticators)]


def _email(number: int, mailbox: CurrentMailbox) -> ReceivedEmail:
    email = mailbox.get(number)
    if email is None:
        raise HTTPException(404, f"Email {number} not found.")
    return email


FoundEmail = Annotated[ReceivedEmail, Depends(_email)]
