"""The SMTP server of the inbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP, Envelope, Session

from demo.inbox.mailbox import Mailbox
from demo.sockets import bind


class _MessageHandler:
    """What aiosmtpd calls for each recipient and each email."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd expects
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        code = self._mailbox.rejection_code(address)
        if code is not None:
            return f"{code} rejected by a rule of the inbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd expects
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.content
        assert isinstance(raw, bytes)
        email = self._mailbox.add(sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), raw=raw)
        return f"250 OK, stored as {email.id}"


@asynccontextmanager
async def smtp_server(mailbox: Mailbox, port: int = 0) -> AsyncIterator[int]:
    """Accept email on 127.0.0.1 inside the block; yields the port, a free one if `port` is 0.

    Raises:
        StartFailed: the port is in use.
    """

    def connection() -> SMTP:
        return SMTP(_MessageHandler(mailbox), hostname="localhost", ident="Dialtone inbox", enable_SMTPUTF8=True)

    listener = bind(port, "incoming email")
    server = await asyncio.get_running_loop().create_server(connection, sock=listener)
    async with server:
        yield listener.getsockname()[1]
