"""What requests of the inbox work on: the mailbox, the mail a path names, the people with an authenticator."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from demo.inbox.authenticator import Authenticator
from demo.inbox.mail import Mail
from demo.inbox.mailbox import Mailbox


def _mailbox(request: Request) -> Mailbox:
    mailbox: Mailbox = request.app.state.mailbox
    return mailbox


InMailbox = Annotated[Mailbox, Depends(_mailbox)]


def _people(request: Request) -> tuple[Authenticator, ...]:
    people: tuple[Authenticator, ...] = request.app.state.people
    return people


People = Annotated[tuple[Authenticator, ...], Depends(_people)]


def _mail(number: int, mailbox: InMailbox) -> Mail:
    mail = mailbox.get(number)
    if mail is None:
        raise HTTPException(404, f"There is no mail {number}.")
    return mail


FoundMail = Annotated[Mail, Depends(_mail)]
