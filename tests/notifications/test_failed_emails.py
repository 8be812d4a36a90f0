import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from typing import Any
from unittest.mock import AsyncMock

import pytest

from models.db.approvals.approval_links import EXPLANATIONS, LinkStatus
from models.db.notifications import email_queue
from models.db.notifications.tables import NotificationRow
from models.db.people.tables import PersonRow
from models.db.session import Database, utc_now
from models.db.timeouts import DatabaseTimeouts
from models.events.preparation import HELD
from models.lifecycle import Status
from notifications import sender as sending
from notifications.sender import MAX_ATTEMPTS, SEVERAL_RECIPIENTS
from notifications.smtp import EmailConversation, EmailRejected
from outbox.relay import Relay
from runtime.metrics import EMAILS
from tests.fixtures.office import TENANT, SampleOrder
from tests.notifications.conftest import FakeSmtp
from tests.notifications.sending import (
    ERIN,
    SIGNER,
    UNKNOWN,
    approve,
    change,
    drain,
    email_sender,
    emails,
    make_due,
    send_all,
    skip_all_but,
)


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


async def test_an_email_to_an_unknown_mailbox_is_dead(office: SampleOrder, smtp: FakeSmtp) -> None:
    smtp.refusals = {ERIN: UNKNOWN}
    await approve(office)
    await send_all(office, smtp)
    dead = (await emails(office))["approved erin"]
    assert (dead.state, dead.last_error) == ("dead", UNKNOWN)
    assert await send_all(office, smtp, later=timedelta(days=1)) == 0


@pytest.mark.fault("25")
@pytest.mark.parametrize(("answer", "state"), [
    (UNKNOWN, "dead"), ("550 5.4.1 Recipient address rejected: Access denied", "dead"),
    ("550 5.1.10 recipient not found", "dead"), ("552 5.2.2 mailbox full", "dead"),
    ("550 5.7.1 relaying denied", "waiting"), ("550 no such mailbox, or no relaying", "waiting"),
    ("553 5.1.8 sender's domain not found", "waiting"), ("450 4.2.1 mailbox busy", "waiting"),
])  # fmt: skip
async def test_only_a_refusal_of_the_recipient_is_final(
    office: SampleOrder, smtp: FakeSmtp, answer: str, state: str
) -> None:
    await approve(office)
    await skip_all_but(office, "approved")
    smtp.refusals = {ERIN: answer}
    await send_all(office, smtp)
    found = (await emails(office))["approved erin"]
    assert (found.state, found.attempts) == (state, 1)
    assert answer in str(found.last_error)


@pytest.mark.fault("25")
@pytest.mark.parametrize(("answer", "state", "outcome"), [
    ("552 5.3.4 message too big", "dead", "dead"), ("554 5.6.0 content rejected", "dead", "dead"),
    ("554 5.7.1 our relay is misconfigured", "waiting", "refused"), ("554 transaction failed", "waiting", "refused"),
    ("550 5.4.1 no answer from the next server", "waiting", "refused"),
    ("451 4.3.0 busy", "waiting", "deferred"),
])  # fmt: skip
async def test_only_a_refusal_of_the_content_is_final_and_any_other_one_is_counted(
    office: SampleOrder, smtp: FakeSmtp, answer: str, state: str, outcome: str
) -> None:
    await office.request_approval("maria")
    await skip_all_but(office, "approval_needed")
    smtp.answers = [answer]
    before = EMAILS.labels(outcome)._value.get()
    await send_all(office, smtp)
    assert (await emails(office))["approval_needed maria"].state == state
    assert EMAILS.labels(outcome)._value.get() == before + 1


@pytest.mark.fault("25")
@pytest.mark.parametrize("answer", ["550 no such mailbox", "550 5.7.1 you may not write to this list", "553 not here"])
async def test_refusals_of_recipients_are_about_us_only_if_there_are_several_and_nobody_gets_an_email(
    office: SampleOrder, smtp: FakeSmtp, answer: str
) -> None:
    sender = email_sender(office, smtp.port)
    await approve(office)
    everyone = sorted(row.address for row in (await emails(office)).values())
    assert len(everyone) == SEVERAL_RECIPIENTS

    async def outcomes(*refused: str) -> dict[str, float]:
        """How the emails to everyone end, one after the other, if the server refuses these recipients."""
        smtp.refusals = dict.fromkeys(refused, answer)
        before = {name: EMAILS.labels(name)._value.get() for name in ("sent", "refused", "recipient_refused")}
        for row in (await emails(office)).values():
            await change(office, NotificationRow, row.id, state="waiting")
        await make_due(office)
        await drain(sender)
        return {name: EMAILS.labels(name)._value.get() - count for name, count in before.items()}

    for _ in range(SEVERAL_RECIPIENTS):  # the same recipient again and again
        assert await outcomes(everyone[0]) == {"sent": 2, "refused": 0, "recipient_refused": 1}
    assert await outcomes(*everyone[:2]) == {"sent": 1, "refused": 0, "recipient_refused": 2}
    assert (await outcomes(*everyone))["refused"] >= 1


@pytest.mark.fault("25")
@pytest.mark.parametrize("address", ["jörg@acme.example.com", "erin@acme", "erin acme.example.com", "e@x.com>\r\nRSET"])
async def test_an_email_to_something_that_is_no_address_is_dead_at_once(
    office: SampleOrder, smtp: FakeSmtp, address: str
) -> None:
    await change(office, PersonRow, (TENANT, "erin"), email=address)
    await approve(office)
    await send_all(office, smtp)
    dead = (await emails(office))["approved erin"]
    assert (dead.state, dead.attempts) == ("dead", 1)
    assert str(dead.last_error).startswith("not an email address: ")


async def test_an_address_with_an_international_domain_is_sent_as_dns_spells_it(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    await change(office, PersonRow, (TENANT, "erin"), email="erin@bücher.example.com")
    await approve(office)
    await send_all(office, smtp)
    assert "erin@xn--bcher-kva.example.com" in smtp.recipients


@pytest.mark.fault("24")
async def test_a_conversation_has_one_limit_and_its_email_is_sent_again(office: SampleOrder, smtp: FakeSmtp) -> None:
    await approve(office)
    smtp.stuck = {ERIN}
    limit = 1.0
    began = time.monotonic()
    await drain(email_sender(office, smtp.port, conversation_seconds=limit))
    assert time.monotonic() - began < 10
    late = (await emails(office))["approved erin"]
    assert (late.state, late.last_error) == ("waiting", "EmailUnconfirmed: no answer within 1 seconds")
    smtp.resume.set()
    await send_all(office, smtp, later=timedelta(minutes=1))
    assert (await emails(office))["approved erin"].state == "sent"
    assert smtp.recipients.count(ERIN) == 2
    first, second = (raw for raw in smtp.received if b"erin@" in raw)
    assert message_from_bytes(first)["Message-ID"] == message_from_bytes(second)["Message-ID"]


@pytest.mark.fault("24")
@pytest.mark.parametrize(("conversation", "statement", "connect"), [
    (600, 30, 10), (20, 30, 10), (20, 90, 10), (20, 30, 60),
])  # fmt: skip
async def test_the_lease_outlasts_the_slowest_connection_statement_and_conversation(
    office: SampleOrder, smtp: FakeSmtp, conversation: int, statement: int, connect: int
) -> None:
    """Or a second sender would send the email too. A client waits 5 seconds longer than a statement may take."""
    await approve(office)
    url = office.database.url.render_as_string(hide_password=False)
    slow = Database(url, timeouts=DatabaseTimeouts(statement=statement, connect=connect))
    sender = email_sender(replace(office, database=slow), smtp.port, conversation_seconds=conversation)
    (email,) = (await sender.claim(1)).waiting
    await slow.close()
    assert email.row.next_attempt_at > utc_now() + timedelta(seconds=conversation + connect + statement + 5)


@pytest.mark.fault("24")
async def test_an_email_that_may_have_been_sent_is_not_recorded_as_skipped(
    office: SampleOrder, smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.request_approval("maria")
    await skip_all_but(office, "approval_needed")
    with monkeypatch.context() as killed:
        killed.setattr(email_queue, "settle", AsyncMock(side_effect=asyncio.CancelledError))
        with pytest.raises(asyncio.CancelledError):
            await drain(email_sender(office, smtp.port))
    assert smtp.recipients == ["maria@acme.example.com"]
    await office.approve("maria")
    await send_all(office, smtp, later=timedelta(minutes=5))
    found = (await emails(office))["approval_needed maria"]
    assert (found.state, found.last_error) == ("unconfirmed", EXPLANATIONS[LinkStatus.DECIDED])
    assert smtp.recipients.count("maria@acme.example.com") == 1


@pytest.mark.fault("24")
@pytest.mark.parametrize("state", ["sent", "dead", "waiting"])
@pytest.mark.parametrize("late", ["250 OK", "554 5.6.0 content rejected", "451 4.3.0 busy"])
async def test_a_sender_that_is_late_leaves_the_outcome_of_the_later_attempt_alone(
    office: SampleOrder, smtp: FakeSmtp, state: str, late: str
) -> None:
    await approve(office)
    await skip_all_but(office, "nothing")
    queued = (await emails(office))["approved erin"]
    await change(office, NotificationRow, queued.id, state="waiting", next_attempt_at=office.clock)
    sender = email_sender(office, smtp.port)
    claimed = await sender.claim(1)
    await change(office, NotificationRow, queued.id, state=state, attempts=2, last_error="of the later attempt")
    smtp.answers = [late]
    await sender.send(claimed)
    found = (await emails(office))["approved erin"]
    assert (found.state, found.attempts, found.last_error) == (state, 2, "of the later attempt")


@pytest.mark.fault("24")
@pytest.mark.parametrize(("answer", "stored"), [("250 OK", ("sent", 0)), ("451 4.3.0 busy", ("waiting", 1))])
async def test_an_outcome_that_could_not_be_stored_is_stored_when_the_database_is_back(
    office: SampleOrder, smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch, answer: str, stored: tuple[str, int]
) -> None:
    await office.request_approval("maria")
    await skip_all_but(office, "approval_needed")
    smtp.answers = [answer]
    store = email_queue.settle
    away = AsyncMock(side_effect=[OSError("the database is away"), OSError("the database is away"), None])
    monkeypatch.setattr(sending, "RECORD_DELAY", timedelta(milliseconds=1))

    async def store_later(*args: Any, **values: Any) -> Any:
        await away()
        return await store(*args, **values)

    monkeypatch.setattr(email_queue, "settle", store_later)
    sender = email_sender(office, smtp.port)
    await sender.send(await sender.claim(1))
    found = (await emails(office))["approval_needed maria"]
    assert (found.state, found.failed_attempts) == stored
    assert away.await_count == 3


@pytest.mark.fault("24")
async def test_an_email_that_was_surely_not_sent_is_skipped_when_it_is_outdated(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    await office.request_approval("maria")
    await skip_all_but(office, "approval_needed")
    smtp.answers = ["451 4.3.0 busy"]
    await send_all(office, smtp)
    await office.approve("maria")
    await send_all(office, smtp, later=timedelta(minutes=1))
    assert (await emails(office))["approval_needed maria"].state == "skipped"


@pytest.mark.fault("24")
async def test_a_slow_email_does_not_stop_the_others(office: SampleOrder, smtp: FakeSmtp) -> None:
    await approve(office)
    smtp.stuck = {"ben@acme.example.com"}
    sender: Any = email_sender(office, smtp.port)
    relay = Relay(office.database, None, sender, connections=2)  # type: ignore[arg-type] # it delivers no messages
    async with asyncio.timeout(15):
        await relay.send_due()
    states = {name: row.state for name, row in (await emails(office)).items()}
    assert states == {"approved ben": "waiting", "approved erin": "sent", "approved walt": "sent"}
    smtp.resume.set()
    await asyncio.gather(*relay._sending)
    assert (await emails(office))["approved ben"].state == "sent"


@pytest.mark.fault("24")
async def test_what_became_of_an_email_is_stored_while_the_next_one_is_slow(
    office: SampleOrder, smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a process that is killed sends as little as possible again."""
    monkeypatch.setattr(sending, "SETTLE_SECONDS", 0.0)
    await approve(office)
    claimed = await email_sender(office, smtp.port).claim(3)
    last = claimed.waiting[-1].row
    smtp.stuck = {last.address}
    task = asyncio.create_task(email_sender(office, smtp.port).send(claimed))
    async with asyncio.timeout(15):
        while len(smtp.recipients) < 3:
            await asyncio.sleep(0.01)
    states = Counter(row.state for row in (await emails(office)).values())
    smtp.resume.set()
    await task
    assert states == {"sent": 2, "waiting": 1}


@pytest.mark.fault("24")
async def test_emails_for_which_no_time_is_left_are_due_again_as_if_they_had_not_been_claimed(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    await approve(office)
    sender = email_sender(office, smtp.port)
    claimed = await sender.claim(3)
    await sender.send(replace(claimed, began=claimed.began - 60, until=claimed.until - 18))
    rows = (await emails(office)).values()
    assert smtp.recipients == []
    assert {(row.state, row.attempts, row.failed_attempts, row.last_error) for row in rows} == {("waiting", 0, 0, None)}
    assert await drain(sender) == 3
    assert {row.state for row in (await emails(office)).values()} == {"sent"}


@pytest.mark.fault("24")
async def test_an_answer_that_is_no_text_is_about_its_own_email_only(
    office: SampleOrder, smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = EmailConversation.send

    async def refuse(conversation: EmailConversation, raw: bytes, *, sender: str, recipient: str) -> None:
        if recipient == ERIN:
            raise EmailRejected("550 5.1.1 Empf\udce4nger\0 unbekannt")
        await send(conversation, raw, sender=sender, recipient=recipient)

    monkeypatch.setattr(EmailConversation, "send", refuse)
    await approve(office)
    await send_all(office, smtp)
    found = await emails(office)
    assert [found[f"approved {name}"].state for name in ("ben", "erin", "walt")] == ["sent", "dead", "sent"]
    assert found["approved erin"].last_error == "550 5.1.1 Empf?nger unbekannt"


@pytest.mark.fault("24")
async def test_an_email_of_an_unknown_kind_stops_no_other(office: SampleOrder, smtp: FakeSmtp) -> None:
    """Such as one that a later version has queued."""
    await approve(office)
    await change(office, NotificationRow, (await emails(office))["approved ben"].id, event="unknown")
    await send_all(office, smtp)
    found = await emails(office)
    assert [found[name].state for name in ("unknown ben", "approved erin", "approved walt")] == [
        "waiting",
        "sent",
        "sent",
    ]


@pytest.mark.fault("18")
async def test_a_clock_that_is_ahead_neither_delays_an_email_nor_takes_it_from_another_sender(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    office.clock = utc_now() + timedelta(hours=1)
    await approve(office)
    ahead, right = email_sender(office, smtp.port), email_sender(office, smtp.port, later=-timedelta(hours=1))
    assert len((await right.claim(3)).waiting) == 3
    assert not (await ahead.claim(3)).waiting


async def test_a_bounced_email_is_sent_again_to_the_recipient_s_current_address(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    smtp.refusals = {ERIN: UNKNOWN}
    await approve(office)
    await send_all(office, smtp)
    await change(office, PersonRow, (TENANT, "erin"), email="erin.new@acme.example.com")
    async with office.database.transaction() as session:
        await email_queue.requeue(session, NotificationRow, TENANT, [(await emails(office))["approved erin"].id])
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
    smtp.answers = [f"554 5.6.0 blocked address {SIGNER.url(link_id)}"]
    await send_all(office, smtp)
    dead = (await emails(office))["approval_needed maria"]
    assert (dead.state, dead.last_error) == ("dead", "554 5.6.0 blocked address https://dialtone.example.com/approve/…")


async def test_without_an_smtp_server_the_delay_grows_until_the_email_is_dead(office: SampleOrder) -> None:
    await office.write(HELD, Status.ON_HOLD)
    await skip_all_but(office, "nothing")
    waiting = (await emails(office))["held erin"]
    for attempts, delay in ((0, 15), (1, 30), (MAX_ATTEMPTS - 2, 3600)):
        again = {"state": "waiting", "next_attempt_at": office.clock, "attempts": attempts}
        await change(office, NotificationRow, waiting.id, **again)
        assert await drain(email_sender(office, port=1)) == 1
        retried_in = (await emails(office))["held erin"].next_attempt_at - utc_now()
        assert timedelta(0) < timedelta(seconds=delay) - retried_in < timedelta(seconds=5)
    await change(office, NotificationRow, waiting.id, next_attempt_at=office.clock)
    assert await drain(email_sender(office, port=1)) == 1
    assert (await emails(office))["held erin"].state == "dead"
