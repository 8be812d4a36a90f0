"""What every request of the inbox works on: the mailbox, and the mail its path names."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from demo.inbox.mail import Mail
from demo.inbox.mailbox import Mailbox


def _mailbox(request: Request) -> Mailbox:
    mailbox: Mailbox = request.app.state.mailbox
    return mailbox


InMailbox = Annotated[Mailbox, Depends(_mailbox)]


def _mail(number: int, mailbox: InMailbox) -> Mail:
    mail = mailbox.get(number)
    if mail is None:
        raise HTTPException(404, f"There is no mail {number}.")
    return mail


FoundMail = Annotated[Mail, Depends(_mail)]
