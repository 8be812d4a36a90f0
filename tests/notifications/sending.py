"""Sending the emails of a test."""

from collections.abc import Sequence
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from sqlmodel import col, select, update

from models.db.notifications.tables import AccountEmailRow, NotificationRow
from models.db.session import utc_now
from models.events.approval import APPROVED
from models.lifecycle import Status
from notifications.links import Signer
from notifications.render import TEMPLATES, Renderer
from notifications.sender import EmailSender
from notifications.smtp import SmtpServer
from tests.fixtures.office import CARRIER_NAMES, ORDER_TYPES, SampleOrder
from tests.notifications.conftest import FakeSmtp

ERIN = "erin@acme.example.com"
UNKNOWN = "550 5.1.1 no such mailbox"
SIGNER = Signer(["a-key"], "https://dialtone.example.com")


def email_sender(
    office: SampleOrder,
    port: int,
    *,
    later: timedelta = timedelta(0),
    templates: Sequence[Path] = (TEMPLATES,),
    conversation_seconds: float = 20,
) -> EmailSender:
    """A sender whose clock shows the office's time, or a later one."""
    return EmailSender(
        office.database,
        smtp=SmtpServer(host="127.0.0.1", port=port, conversation_seconds=conversation_seconds),
        renderer=Renderer(
            mail_from="Dialtone <orders@dialtone.example.com>",
            public_url="https://dialtone.example.com",
            templates=templates,
        ),
        signer=SIGNER,
        carrier_names=CARRIER_NAMES,
        order_types=ORDER_TYPES,
        clock=lambda: office.clock + later,
    )


async def send_all(office: SampleOrder, smtp: FakeSmtp, *, later: timedelta = timedelta(0)) -> int:
    """Send what is due; if it is `later`, everything that waits is."""
    if later:
        await make_due(office)
    return await drain(email_sender(office, smtp.port, later=later))


async def drain(sender: EmailSender) -> int:
    sent = 0
    while (claimed := await sender.claim(2)).waiting:
        sent += len(claimed.waiting)
        await sender.send(claimed)
    return sent


async def make_due(office: SampleOrder) -> None:
    async with office.database.transaction() as session:
        for table in (NotificationRow, AccountEmailRow):
            await session.exec(update(table).values(next_attempt_at=utc_now() - timedelta(seconds=1)))


async def approve(office: SampleOrder) -> None:
    """Queue the email `approved` to Ben, Erin and Walt."""
    await office.write(APPROVED, Status.APPROVED)


async def emails(office: SampleOrder) -> dict[str, NotificationRow]:
    """The queued emails by name and recipient."""
    async with office.database.transaction() as session:
        rows = await session.exec(select(NotificationRow).order_by(col(NotificationRow.id)))
        return {f"{row.event} {row.recipient_id}": row for row in rows.all()}


async def change(office: SampleOrder, table: Any, key: Any, **values: Any) -> None:
    async with office.database.transaction() as session:
        row = await session.get_one(table, key)
        for name, value in values.items():
            setattr(row, name, value)


def text_to(smtp: FakeSmtp, address: str) -> str:
    """The plain text of the email to an address."""
    raw = smtp.received[smtp.recipients.index(address)]
    part = message_from_bytes(raw).get_payload(0)
    return part.get_payload(decode=True).decode()  # type: ignore[union-attr] # bytes for a text part


async def skip_all_but(office: SampleOrder, name: str) -> None:
    """Leave only emails of one kind to send."""
    for row in (await emails(office)).values():
        if row.event != name:
            await change(office, NotificationRow, row.id, state="skipped")
