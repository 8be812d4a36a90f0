"""A small office with one order, and an SMTP server whose answers a test decides."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from demo.sockets import bind
from models.db.session import Database
from tests.fixtures.office import SampleOrder, open_office


@pytest.fixture
async def office(database: Database) -> SampleOrder:
    return await open_office(database)


@dataclass
class FakeSmtp:
    """A real SMTP server: it gives `answers` to the next emails and accepts all later ones.

    It gives `refusals` to recipients, and answers an email to a `stuck` recipient when `resume` is set.
    """

    port: int = 0
    answers: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    resume: asyncio.Event = field(default_factory=asyncio.Event)
    received: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - same
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        if not self.stuck.isdisjoint(envelope.rcpt_tos):
            await self.resume.wait()
        return self.answers.pop(0) if self.answers else "250 OK"


@asynccontextmanager
async def serving(smtp: FakeSmtp, *, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    """Serve SMTP, encrypted from the start with `tls`; yields the port."""
    listener = bind(0, "the SMTP server of a test")
    smtp.port = listener.getsockname()[1]
    loop = asyncio.get_running_loop()

    def connected() -> SMTP:
        smtp.connections += 1
        return SMTP(smtp, hostname="localhost", **options)

    server = await loop.create_server(connected, sock=listener, ssl=tls)
    async with server:
        yield smtp.port


@asynccontextmanager
async def smtp_server() -> AsyncIterator[FakeSmtp]:
    smtp = FakeSmtp()
    async with serving(smtp):
        yield smtp


@pytest.fixture
async def smtp() -> AsyncIterator[FakeSmtp]:
    async with smtp_server() as smtp:
        yield smtp
