import asyncio
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from models.db.approvals.tables import ApprovalLinkRow
from models.db.catalog.tables import PolicyRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.lifecycle import Event, ItemState, Status
from notifications.links import Signer
from notifications.render import Renderer
from notifications.sender import MOST_ATTEMPTS, EmailSender
from notifications.smtp import MailServer
from tests.fixtures.office import TENANT, Office, person
from tests.notifications.conftest import Post

SIGNER = Signer(["a-key"], "https://dialtone.example.com")


def postman(office: Office, port: int, *, later: timedelta = timedelta(0)) -> EmailSender:
    """A postman whose clock shows the office's time, or a later one."""
    return EmailSender(
        office.database,
        smtp=MailServer(host="127.0.0.1", port=port, timeout_seconds=5),
        renderer=Renderer(
            mail_from="Dialtone <orders@dialtone.example.com>", public_url="https://dialtone.example.com"
        ),
        signer=SIGNER,
        clock=lambda: office.clock + later,
    )


async def send_all(office: Office, post: Post, *, later: timedelta = timedelta(0)) -> int:
    sender, sent = postman(office, post.port, later=later), 0
    while await sender.send_next():
        sent += 1
    return sent


async def mails(office: Office) -> dict[str, NotificationRow]:
    async with office.database.transaction() as session:
        rows = await session.exec(select(NotificationRow).order_by(col(NotificationRow.id)))
        return {f"{row.event} {row.recipient_id}": row for row in rows.all()}


async def change(office: Office, table: Any, key: Any, **values: Any) -> None:
    async with office.database.transaction() as session:
        row = await session.get_one(table, key)
        for name, value in values.items():
            setattr(row, name, value)


def shown(post: Post, address: str) -> str:
    """The plain text of the mail to an address."""
    raw = post.seen[post.recipients.index(address)]
    part = message_from_bytes(raw).get_payload(0)
    return part.get_payload(decode=True).decode()  # type: ignore[union-attr]


async def test_announced_mails_are_sent_once(office: Office, post: Post) -> None:
    await office.receive()
    assert await send_all(office, post) == 3
    assert sorted(post.recipients) == [f"{name}@acme.example.com" for name in ("ben", "erin", "walt")]
    assert {row.state for row in (await mails(office)).values()} == {"sent"}
    assert await send_all(office, post) == 0


async def test_a_mail_takes_ten_statements(office: Office, post: Post) -> None:
    await office.ask("maria")
    sent: list[object] = []
    event.listen(office.database.engine.sync_engine, "before_cursor_execute", lambda *said: sent.append(said[2]))
    await postman(office, post.port).send_next()
    assert len(post.recipients) == 1
    assert len(sent) <= 10, sent


async def test_two_postmen_never_send_the_same_mail(office: Office, post: Post) -> None:
    await office.receive()
    one, other = postman(office, post.port), postman(office, post.port)
    await asyncio.gather(*(sender.send_next() for sender in (one, other, one, other)))
    assert len(post.recipients) == len(set(post.recipients)) == 3


async def test_the_mail_to_an_approver_carries_the_signed_link(office: Office, post: Post) -> None:
    await office.ask("maria")
    await send_all(office, post)
    link_id = (await mails(office))["approval_needed maria"].link_id
    assert link_id is not None
    assert SIGNER.url(link_id) in shown(post, "maria@acme.example.com")
    assert "/approve/" not in shown(post, "erin@acme.example.com")


async def test_after_a_451_the_same_bytes_are_sent_again(office: Office, post: Post) -> None:
    await office.ask("maria")
    await change_all_but(office, "approval_needed")
    post.answers = ["451 try again later"]
    assert await send_all(office, post) == 1
    put_off = (await mails(office))["approval_needed maria"]
    assert (put_off.state, put_off.attempts, put_off.last_error) == ("waiting", 1, "MailDeferred: 451 try again later")
    assert await send_all(office, post, later=timedelta(minutes=1)) == 1
    assert (await mails(office))["approval_needed maria"].state == "sent"
    first, second = post.seen
    assert first == second


async def change_all_but(office: Office, event: str) -> None:
    """Leave only mails of one kind to be sent."""
    for row in (await mails(office)).values():
        if row.event != event:
            await change(office, NotificationRow, row.id, state="skipped")


async def test_an_unknown_mailbox_makes_the_mail_dead(office: Office, post: Post) -> None:
    post.unknown = {"erin@acme.example.com"}
    await office.receive()
    await send_all(office, post)
    dead = (await mails(office))["received erin"]
    assert (dead.state, dead.last_error) == ("dead", "550 no such mailbox")
    assert await send_all(office, post, later=timedelta(days=1)) == 0


async def test_a_refused_text_makes_the_mail_dead_and_the_error_holds_no_link(office: Office, post: Post) -> None:
    await office.ask("maria")
    await change_all_but(office, "approval_needed")
    link_id = (await mails(office))["approval_needed maria"].link_id
    assert link_id is not None
    post.answers = [f"554 blocked address {SIGNER.url(link_id)}"]
    await send_all(office, post)
    dead = (await mails(office))["approval_needed maria"]
    assert (dead.state, dead.last_error) == ("dead", "554 blocked address https://dialtone.example.com/approve/…")


async def test_without_a_mail_server_mails_wait_longer_and_longer_and_die_at_last(office: Office) -> None:
    await office.write(Event.HELD, Status.ON_HOLD)
    await change_all_but(office, "nothing")
    waiting = (await mails(office))["held erin"]
    pauses = []
    for attempts in (0, 1, MOST_ATTEMPTS - 2):
        again = {"state": "waiting", "next_attempt_at": office.clock, "attempts": attempts}
        await change(office, NotificationRow, waiting.id, **again)
        assert await postman(office, port=1).send_next()
        pauses.append((await mails(office))["held erin"].next_attempt_at - office.clock)
    assert pauses == [timedelta(seconds=15), timedelta(seconds=30), timedelta(hours=1)]
    await change(office, NotificationRow, waiting.id, next_attempt_at=office.clock)
    assert await postman(office, port=1).send_next()
    assert (await mails(office))["held erin"].state == "dead"


@pytest.mark.parametrize(("event", "status"), [
    (Event.WITHDRAWN, Status.WITHDRAWN), (Event.EXPIRED, Status.EXPIRED), (Event.CANCELED, Status.CANCELED),
])  # fmt: skip
async def test_a_mail_that_asks_is_skipped_when_the_order_has_ended(
    office: Office, post: Post, event: Event, status: Status
) -> None:
    await office.ask("maria")
    await office.write(event, status, person("erin"), round=1, stage=1)
    await send_all(office, post)
    found = await mails(office)
    assert (found["approval_needed maria"].state, found["approval_waiting erin"].state) == ("skipped", "skipped")
    assert found["approval_waiting erin"].last_error == f"The order is {status} by now."
    assert found[f"{event.value} erin"].state == "sent"


@pytest.mark.parametrize(("state", "sent"), [
    (ItemState.AWAITING_ACTIVATION, "sent"), (ItemState.DONE, "skipped"),
])  # fmt: skip
async def test_nobody_is_asked_to_activate_what_is_active(
    office: Office, post: Post, state: ItemState, sent: str
) -> None:
    await office.carrier_says(
        Event.ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, ItemState.AWAITING_ACTIVATION, detail=None
    )
    await change(office, ItemRow, (TENANT, office.order.id, office.order.items[0].id), state=state)
    await send_all(office, post)
    assert (await mails(office))["activation_needed ben"].state == sent


async def test_a_mail_of_an_order_whose_clock_runs_ahead_is_sent_at_once(office: Office) -> None:
    office.clock = utc_now() + timedelta(days=30)
    await office.receive()
    assert (await mails(office))["received erin"].next_attempt_at <= utc_now()


async def test_a_mail_that_asks_is_skipped_when_somebody_else_has_decided(office: Office, post: Post) -> None:
    await office.ask("maria", "otto")
    await office.approve("maria")
    await send_all(office, post)
    skipped = (await mails(office))["approval_needed otto"]
    assert (skipped.state, skipped.last_error) == ("skipped", "This request is not waiting for a decision any more.")
    assert "otto@acme.example.com" not in post.recipients


async def test_a_mail_whose_link_was_revoked_is_skipped(office: Office, post: Post) -> None:
    await office.ask("maria")
    link_id = (await mails(office))["approval_needed maria"].link_id
    await change(office, ApprovalLinkRow, link_id, state="revoked", reason="an administrator withdrew it")
    await send_all(office, post)
    assert (await mails(office))["approval_needed maria"].last_error == "This link has been withdrawn."


async def test_a_mail_about_what_has_changed_since_is_skipped(office: Office, post: Post) -> None:
    await office.ask("maria")
    await change(office, OrderRow, (TENANT, office.order.id), cost_center_one_time="CC-999")
    await send_all(office, post)
    assert (await mails(office))["approval_needed maria"].state == "skipped"


@pytest.mark.parametrize("changed", [{"active": False}, {"email": "new@acme.example.com"}])
async def test_a_mail_to_somebody_who_left_or_moved_is_skipped(
    office: Office, post: Post, changed: dict[str, Any]
) -> None:
    await office.receive()
    await change(office, PersonRow, (TENANT, "erin"), **changed)
    await send_all(office, post)
    assert (await mails(office))["received erin"].state == "skipped"


async def test_where_decisions_by_mail_are_off_the_mail_has_no_link(office: Office, post: Post) -> None:
    await change(office, PolicyRow, (TENANT, 1), document={"email_decisions": False})
    await office.ask("maria")
    await send_all(office, post)
    text = shown(post, "maria@acme.example.com")
    assert "/approve/" not in text
    assert "Decisions by mail are switched off at Acme Corp." in text


async def test_a_mail_that_cannot_be_written_does_not_stop_the_others(office: Office, post: Post) -> None:
    await office.receive()
    broken = (await mails(office))["received ben"]
    await change(office, NotificationRow, broken.id, seq=99)
    assert await send_all(office, post) == 3
    assert len(post.recipients) == 2
    assert (await mails(office))["received ben"].state == "waiting"


async def test_no_signature_is_written_to_a_log(
    office: Office, post: Post, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await office.ask("maria")
    await send_all(office, post)
    signed = SIGNER.url(str((await mails(office))["approval_needed maria"].link_id)).rsplit("/", 1)[1]
    printed = capsys.readouterr()
    assert "mail_settled" in printed.out + caplog.text
    assert signed not in printed.out + printed.err + caplog.text
