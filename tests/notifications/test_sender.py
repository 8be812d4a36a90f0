import asyncio
from collections.abc import Sequence
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from models.db.approvals.approval_links import EXPLANATIONS, LinkStatus
from models.db.approvals.tables import ApprovalLinkRow
from models.db.catalog.tables import PolicyRow
from models.db.notifications import email_queue
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.event import Event
from models.events.approval import APPROVED, EXPIRED
from models.events.ending import CANCELED, WITHDRAWN
from models.events.fulfillment import ACTIVATION_NEEDED
from models.events.preparation import HELD
from models.lifecycle import ItemState, Status
from models.status_labels import label
from notifications.links import Signer
from notifications.render import TEMPLATES, Renderer
from notifications.sender import MAX_ATTEMPTS, EmailSender
from notifications.smtp import SmtpServer
from tests.fixtures.office import CARRIER_NAMES, ORDER_TYPES, TENANT, SampleOrder, person
from tests.notifications.conftest import FakeSmtp

SIGNER = Signer(["a-key"], "https://dialtone.example.com")


def email_sender(
    office: SampleOrder, port: int, *, later: timedelta = timedelta(0), templates: Sequence[Path] = (TEMPLATES,)
) -> EmailSender:
    """A sender whose clock shows the office's time, or a later one."""
    return EmailSender(
        office.database,
        smtp=SmtpServer(host="127.0.0.1", port=port, timeout_seconds=5),
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
    sender, sent = email_sender(office, smtp.port, later=later), 0
    while await sender.send_next():
        sent += 1
    return sent


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


async def test_queued_emails_are_sent_once(office: SampleOrder, smtp: FakeSmtp) -> None:
    await approve(office)
    assert await send_all(office, smtp) == 3
    assert sorted(smtp.recipients) == [f"{name}@acme.example.com" for name in ("ben", "erin", "walt")]
    assert {row.state for row in (await emails(office)).values()} == {"sent"}
    assert await send_all(office, smtp) == 0


async def test_an_email_takes_ten_statements(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.request_approval("maria")
    statements: list[object] = []
    event.listen(office.database.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    await email_sender(office, smtp.port).send_next()
    assert len(smtp.recipients) == 1
    assert len(statements) <= 10, statements


async def test_two_senders_never_send_the_same_email(office: SampleOrder, smtp: FakeSmtp) -> None:
    await approve(office)
    one, other = email_sender(office, smtp.port), email_sender(office, smtp.port)
    await asyncio.gather(*(sender.send_next() for sender in (one, other, one, other)))
    assert len(smtp.recipients) == len(set(smtp.recipients)) == 3


async def test_the_email_to_an_approver_has_the_signed_link(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.request_approval("maria")
    await send_all(office, smtp)
    link_id = (await emails(office))["approval_needed maria"].link_id
    assert link_id is not None
    assert SIGNER.url(link_id) in text_to(smtp, "maria@acme.example.com")
    assert "/approve/" not in text_to(smtp, "erin@acme.example.com")


async def test_after_a_451_the_same_bytes_are_sent_again(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.request_approval("maria")
    await skip_all_but(office, "approval_needed")
    smtp.answers = ["451 try again later"]
    assert await send_all(office, smtp) == 1
    deferred = (await emails(office))["approval_needed maria"]
    assert (deferred.state, deferred.attempts) == ("waiting", 1)
    assert deferred.last_error == "EmailDeferred: 451 try again later"
    assert await send_all(office, smtp, later=timedelta(minutes=1)) == 1
    assert (await emails(office))["approval_needed maria"].state == "sent"
    first, second = smtp.received
    assert first == second


async def skip_all_but(office: SampleOrder, name: str) -> None:
    """Leave only emails of one kind to send."""
    for row in (await emails(office)).values():
        if row.event != name:
            await change(office, NotificationRow, row.id, state="skipped")


async def test_an_email_to_an_unknown_mailbox_is_dead(office: SampleOrder, smtp: FakeSmtp) -> None:
    smtp.unknown = {"erin@acme.example.com"}
    await approve(office)
    await send_all(office, smtp)
    dead = (await emails(office))["approved erin"]
    assert (dead.state, dead.last_error) == ("dead", "550 no such mailbox")
    assert await send_all(office, smtp, later=timedelta(days=1)) == 0


async def test_a_bounced_email_is_sent_again_to_the_recipient_s_current_address(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    smtp.unknown = {"erin@acme.example.com"}
    await approve(office)
    await send_all(office, smtp)
    await change(office, PersonRow, (TENANT, "erin"), email="erin.new@acme.example.com")
    async with office.database.transaction() as session:
        await email_queue.requeue(session, (await emails(office))["approved erin"], office.clock)
    assert await send_all(office, smtp) == 1
    assert smtp.recipients[-1] == "erin.new@acme.example.com"
    assert (await emails(office))["approved erin"].state == "sent"


async def test_an_email_with_rejected_content_is_dead_and_its_error_holds_no_link(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    await office.request_approval("maria")
    await skip_all_but(office, "approval_needed")
    link_id = (await emails(office))["approval_needed maria"].link_id
    assert link_id is not None
    smtp.answers = [f"554 blocked address {SIGNER.url(link_id)}"]
    await send_all(office, smtp)
    dead = (await emails(office))["approval_needed maria"]
    assert (dead.state, dead.last_error) == ("dead", "554 blocked address https://dialtone.example.com/approve/…")


async def test_without_an_smtp_server_the_delay_grows_until_the_email_is_dead(office: SampleOrder) -> None:
    await office.write(HELD, Status.ON_HOLD)
    await skip_all_but(office, "nothing")
    waiting = (await emails(office))["held erin"]
    delays = []
    for attempts in (0, 1, MAX_ATTEMPTS - 2):
        again = {"state": "waiting", "next_attempt_at": office.clock, "attempts": attempts}
        await change(office, NotificationRow, waiting.id, **again)
        assert await email_sender(office, port=1).send_next()
        delays.append((await emails(office))["held erin"].next_attempt_at - office.clock)
    assert delays == [timedelta(seconds=15), timedelta(seconds=30), timedelta(hours=1)]
    await change(office, NotificationRow, waiting.id, next_attempt_at=office.clock)
    assert await email_sender(office, port=1).send_next()
    assert (await emails(office))["held erin"].state == "dead"


@pytest.mark.parametrize(("event", "status"), [
    (WITHDRAWN, Status.WITHDRAWN), (EXPIRED, Status.EXPIRED), (CANCELED, Status.CANCELED),
])  # fmt: skip
async def test_approval_emails_are_skipped_when_the_order_has_ended(
    office: SampleOrder, smtp: FakeSmtp, event: Event, status: Status
) -> None:
    await office.request_approval("maria")
    await office.write(event, status, person("erin"), round=1, stage=1)
    await send_all(office, smtp)
    found = await emails(office)
    assert (found["approval_needed maria"].state, found["approval_waiting erin"].state) == ("skipped", "skipped")
    assert found["approval_waiting erin"].last_error == f"The order's status is now {label(status).lower()}."
    assert found[f"{event.code} erin"].state == "sent"


@pytest.mark.parametrize(("state", "sent"), [
    (ItemState.AWAITING_ACTIVATION, "sent"), (ItemState.DONE, "skipped"),
])  # fmt: skip
async def test_activation_is_not_requested_for_an_active_item(
    office: SampleOrder, smtp: FakeSmtp, state: ItemState, sent: str
) -> None:
    await office.report_from_carrier(
        ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, ItemState.AWAITING_ACTIVATION, detail=None
    )
    await change(office, ItemRow, (TENANT, office.order.id, office.order.items[0].id), state=state)
    await send_all(office, smtp)
    assert (await emails(office))["activation_needed ben"].state == sent


async def test_an_email_of_an_order_whose_clock_is_ahead_is_sent_at_once(office: SampleOrder) -> None:
    office.clock = utc_now() + timedelta(days=30)
    await approve(office)
    assert (await emails(office))["approved erin"].next_attempt_at <= utc_now()


async def test_an_approval_email_is_skipped_when_another_approver_has_decided(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    await office.request_approval("maria", "otto")
    await office.approve("maria")
    await send_all(office, smtp)
    skipped = (await emails(office))["approval_needed otto"]
    assert (skipped.state, skipped.last_error) == ("skipped", EXPLANATIONS[LinkStatus.DECIDED])
    assert "otto@acme.example.com" not in smtp.recipients


async def test_an_email_whose_link_was_revoked_is_skipped(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.request_approval("maria")
    link_id = (await emails(office))["approval_needed maria"].link_id
    await change(office, ApprovalLinkRow, link_id, state="revoked", reason="an administrator withdrew it")
    await send_all(office, smtp)
    assert (await emails(office))["approval_needed maria"].last_error == EXPLANATIONS[LinkStatus.REVOKED]


async def test_an_approval_email_for_a_changed_order_is_skipped(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.request_approval("maria")
    await change(office, OrderRow, (TENANT, office.order.id), cost_center_one_time="CC-999")
    await send_all(office, smtp)
    assert (await emails(office))["approval_needed maria"].state == "skipped"


@pytest.mark.parametrize("changed", [{"active": False}, {"email": "new@acme.example.com"}])
async def test_an_email_to_a_person_who_left_or_changed_address_is_skipped(
    office: SampleOrder, smtp: FakeSmtp, changed: dict[str, Any]
) -> None:
    await approve(office)
    await change(office, PersonRow, (TENANT, "erin"), **changed)
    await send_all(office, smtp)
    assert (await emails(office))["approved erin"].state == "skipped"


async def test_without_decisions_by_email_the_email_has_no_link(office: SampleOrder, smtp: FakeSmtp) -> None:
    await change(office, PolicyRow, (TENANT, 1), document={"email_decisions": False})
    await office.request_approval("maria")
    await send_all(office, smtp)
    text = text_to(smtp, "maria@acme.example.com")
    assert "/approve/" not in text
    assert "Review request: https://dialtone.example.com/approvals" in text
    assert "Acme Corp doesn't allow approvals by email link" in text


async def test_an_email_that_cannot_be_built_does_not_stop_the_others(office: SampleOrder, smtp: FakeSmtp) -> None:
    await approve(office)
    broken = (await emails(office))["approved ben"]
    await change(office, NotificationRow, broken.id, seq=99)
    assert await send_all(office, smtp) == 3
    assert len(smtp.recipients) == 2
    assert (await emails(office))["approved ben"].state == "waiting"


async def test_no_signature_is_logged(
    office: SampleOrder, smtp: FakeSmtp, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await office.request_approval("maria")
    await send_all(office, smtp)
    signature = SIGNER.url(str((await emails(office))["approval_needed maria"].link_id)).rsplit("/", 1)[1]
    printed = capsys.readouterr()
    assert "email_sent" in printed.out + caplog.text
    assert signature not in printed.out + printed.err + caplog.text
