"""The outbox with a real server and a real database: messages are delivered once, and kept until they can be."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select, text, update
from temporalio.testing import WorkflowEnvironment

from demo.inbox.mailbox import Mailbox
from demo.inbox.smtp import smtp_server
from demo.sockets import free_port
from models.db.approvals import approval_links
from models.db.approvals.tables import ApprovalLinkRow
from models.db.notifications.tables import NotificationRow
from models.db.outbox import delivery
from models.db.outbox.messages import Message, MessageKind, enqueue, start_order
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, new_id, utc_now
from models.lifecycle import Status
from models.order import Order, WorkflowMessage
from models.order_messages import Cancellation, Decision
from notifications.links import Signer
from notifications.render import Renderer
from notifications.sender import EmailSender
from notifications.smtp import SmtpServer
from outbox import relay as relay_module
from outbox.dispatcher import OutboxDispatcher
from outbox.relay import Relay
from tests import factories
from tests.e2e.site import until
from tests.fakes import FakeCarrier
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type, order_types_by_code

UPDATE_TIMEOUT = timedelta(seconds=5)


class CountingDispatcher(OutboxDispatcher):
    """Counts what it sends to Temporal, by action id."""

    sent: Counter[str]

    async def _send(self, row: OutboxRow) -> dict[str, Any] | None:
        self.sent[row.id] += 1
        return await super()._send(row)


@dataclass
class Outbox:
    """The outbox of one test, with workers, a dispatcher, and relays that the test runs."""

    stage: WorkflowEnv
    database: Database
    dispatcher: CountingDispatcher
    smtp_port: int

    async def place(self) -> Order:
        """Store an order with the message that starts it."""
        order = await factories.create_order(self.database, factories.OrderSpec(type=order_type("NEW_SERVICE_DEVICE")))
        await self.enqueue(start_order(order))
        return order

    async def await_approval(self) -> Order:
        order = await self.place()
        await self.dispatcher.deliver(order.id)
        await self.stage.wait_for_status(order, Status.AWAITING_APPROVAL)
        return order

    async def enqueue(self, message: Message) -> str:
        async with self.database.transaction() as session:
            await enqueue(session, message, notify_relay=True)
        return message.action_id

    async def update(self, order: Order, name: str, payload: Any) -> str:
        return await self.enqueue(
            Message(action_id=payload.action_id, ref=order.ref, kind=MessageKind.UPDATE, name=name, payload=payload)
        )

    async def decide_by_link(self, order: Order, name: str, **fields: Any) -> tuple[str, str]:
        """Use the manager's link; returns the ids of the message and of the link."""
        decision = Decision(action_id=new_id(), actor=factories.actor(), **fields)
        message = Message(
            action_id=decision.action_id, ref=order.ref, kind=MessageKind.UPDATE, name=name, payload=decision
        )
        async with self.database.transaction() as session:
            (link,) = (await session.exec(select(ApprovalLinkRow))).all()
            await approval_links.use_link(session, link.id, content=link.content_hash, at=utc_now())
            await enqueue(session, Message(**{**vars(message), "link_id": link.id}), notify_relay=True)
        return message.action_id, link.id

    async def release_line(self, order: Order) -> str:
        """Signal that a line was released; returns the id of the message, which is due at once."""
        message = Message(
            action_id=new_id(),
            ref=order.ref,
            kind=MessageKind.SIGNAL,
            name="lock_released",
            payload=WorkflowMessage(),
        )
        async with self.database.transaction() as session:
            await enqueue(session, message, notify_relay=True)
        return message.action_id

    async def make_due(self) -> None:
        """Make everything that waits due now."""
        async with self.database.transaction() as session:
            for table in (OutboxRow, NotificationRow):
                await session.exec(update(table).values(next_attempt_at=utc_now()))

    async def row(self, action_id: str) -> OutboxRow:
        async with self.database.transaction() as session:
            return await session.get_one(OutboxRow, action_id)

    async def link_state(self, link_id: str) -> str:
        async with self.database.transaction() as session:
            return (await session.get_one(ApprovalLinkRow, link_id)).state

    async def delivered(self, action_id: str, *, seconds: float = 30) -> OutboxRow:
        async def poll() -> OutboxRow | None:
            row = await self.row(action_id)
            return row if row.state != "waiting" else None

        return await until(poll, seconds=seconds)

    async def emails(self) -> list[NotificationRow]:
        async with self.database.transaction() as session:
            return list((await session.exec(select(NotificationRow))).all())

    def relay(self) -> Relay:
        email_sender = EmailSender(
            self.database,
            smtp=SmtpServer(host="127.0.0.1", port=self.smtp_port, security="none"),
            renderer=Renderer(mail_from="Dialtone <orders@dialtone.example.com>", public_url="http://dialtone.test"),
            signer=Signer(["test-signing-key"], "http://dialtone.test"),
            carrier_names={},
            order_types=order_types_by_code(),
        )
        return Relay(self.database, self.dispatcher, email_sender, connections=2)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        """Run a relay while the block runs."""
        running = asyncio.create_task(self.relay().run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def outbox(database: Database, temporal: WorkflowEnvironment) -> AsyncIterator[Outbox]:
    await factories.create_company(database)
    async with WorkflowEnv.running(database, temporal.client, FakeCarrier()) as stage:
        dispatcher = CountingDispatcher(database, stage.client, task_queue=stage.task_queue, timeout=UPDATE_TIMEOUT)
        dispatcher.sent = Counter()
        yield Outbox(stage=stage, database=database, dispatcher=dispatcher, smtp_port=free_port())


# --- delivering ----------------------------------------------------------------


async def test_the_result_of_an_update_is_returned_and_stored(outbox: Outbox) -> None:
    order = await outbox.await_approval()
    action_id, link_id = await outbox.decide_by_link(order, "approve")
    result = await outbox.dispatcher.deliver(action_id)
    assert (result.state, result.status) == ("done", Status.APPROVED)
    assert await outbox.dispatcher.deliver(action_id) == result
    assert outbox.dispatcher.sent[action_id] == 1
    assert await outbox.link_state(link_id) == "used"


async def test_a_rejected_update_makes_the_link_usable_again(outbox: Outbox) -> None:
    order = await outbox.await_approval()
    action_id, link_id = await outbox.decide_by_link(order, "reject", comment=" ")
    result = await outbox.dispatcher.deliver(action_id)
    assert (result.state, result.code) == ("rejected", "TEXT_REQUIRED")
    assert result.detail == "Enter a reason. The requester will see it."
    assert await outbox.link_state(link_id) == "live"


async def test_a_closed_order_rejects_updates(outbox: Outbox) -> None:
    order = await outbox.await_approval()
    await outbox.stage.cancel(order)
    await outbox.stage.client.get_workflow_handle(order.workflow_id).result()
    action_id = await outbox.update(order, "approve", Decision(action_id=new_id(), actor=factories.actor()))
    assert (await outbox.dispatcher.deliver(action_id)).code == "ORDER_CLOSED"


async def test_an_invalid_message_is_dead_and_makes_the_link_usable_again(outbox: Outbox) -> None:
    order = await outbox.await_approval()
    action_id, link_id = await outbox.decide_by_link(order, "approve")
    async with outbox.database.transaction() as session:
        await session.exec(update(OutboxRow).where(col(OutboxRow.id) == action_id).values(workflow_id=""))
    assert (await outbox.dispatcher.deliver(action_id)).state == "dead"
    row = await outbox.row(action_id)
    assert (row.state, row.result) == ("dead", {"code": None, "detail": "WorkflowId is not set on request."})
    assert await outbox.link_state(link_id) == "live"


# --- retrying ------------------------------------------------------------------


async def test_an_update_waits_for_the_start(outbox: Outbox) -> None:
    order = await outbox.place()
    cancellation = Cancellation(action_id=new_id(), actor=factories.actor(factories.REQUESTER))
    action_id = await outbox.update(order, "cancel", cancellation)
    assert (await outbox.dispatcher.deliver(action_id)).state == "waiting"
    assert "not found" in str((await outbox.row(action_id)).last_error)
    async with outbox.relaying():
        await outbox.stage.wait_for_status(order, Status.WITHDRAWN)
        assert (await outbox.delivered(action_id)).state == "done"


async def test_a_decision_waits_for_a_worker_and_counts_once(outbox: Outbox) -> None:
    await outbox.stage.stop_workers()
    await outbox.stage.start_workers(max_cached_workflows=0)  # a cached workflow would wait for the stopped worker
    order = await outbox.await_approval()
    await outbox.stage.stop_workers()
    action_id, link_id = await outbox.decide_by_link(order, "approve")
    assert (await outbox.dispatcher.deliver(action_id)).state == "waiting"
    await outbox.stage.start_workers()
    async with outbox.relaying():
        assert (await outbox.delivered(action_id)).state == "done"
    await outbox.stage.wait_for_status(order, Status.IN_FULFILLMENT)
    assert (await outbox.stage.events(order)).count("approved_by") == 1
    assert await outbox.link_state(link_id) == "used"


async def test_an_unreadable_message_is_kept_with_its_error_and_blocks_no_other(outbox: Outbox) -> None:
    order = await outbox.place()
    unreadable = await outbox.enqueue(Message(**{**vars(start_order(order)), "action_id": new_id(), "payload": {}}))
    async with outbox.relaying():
        assert (await outbox.delivered(order.id)).state == "done"
        error = await until(lambda: _last_error(outbox, unreadable))
    assert error.startswith("ValidationError")


# --- relays --------------------------------------------------------------------


async def test_two_relays_deliver_every_message_once(outbox: Outbox) -> None:
    placed = [await outbox.place() for _ in range(20)]
    await outbox.make_due()
    await asyncio.gather(outbox.relay().deliver_due(), outbox.relay().deliver_due())
    assert outbox.dispatcher.sent == Counter(order.id for order in placed)
    assert {(await outbox.row(order.id)).state for order in placed} == {"done"}


async def test_a_message_claimed_by_a_dead_relay_is_delivered_after_its_lease(outbox: Outbox) -> None:
    order = await outbox.place()
    async with outbox.database.transaction() as session:
        await delivery.claim(session, order.id, lease=timedelta(seconds=0.5))
    await outbox.relay().deliver_due()
    assert outbox.dispatcher.sent[order.id] == 0
    async with outbox.relaying():
        assert (await outbox.delivered(order.id)).attempts == 2


async def test_a_notification_wakes_the_relay(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 60)
    order = await outbox.await_approval()
    async with outbox.relaying():
        await _listening(outbox.database)
        action_id = await outbox.release_line(order)
        assert (await outbox.delivered(action_id, seconds=10)).state == "done"


async def test_the_relay_reconnects_after_a_lost_connection(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 60)
    monkeypatch.setattr("models.db.listener.RECONNECT_SECONDS", 0.1)
    order = await outbox.await_approval()
    async with outbox.relaying():
        first = await _listening(outbox.database)
        async with outbox.database.transaction() as session:
            await session.exec(text(f"SELECT pg_terminate_backend({first})"))  # type: ignore[call-overload] # not in SQLModel's overloads
        assert await _listening(outbox.database, except_for=first) != first
        action_id = await outbox.release_line(order)
        assert (await outbox.delivered(action_id, seconds=10)).state == "done"


async def test_an_email_server_that_is_down_delays_only_emails(outbox: Outbox, tmp_path: Path) -> None:
    async with outbox.relaying():
        order = await outbox.place()
        await outbox.stage.advance(order)
        await outbox.stage.wait_for_status(order, Status.COMPLETED)
        assert "sent" not in {email.state for email in await outbox.emails()}
        mailbox = Mailbox(tmp_path / "emails")
        async with smtp_server(mailbox, outbox.smtp_port):
            await outbox.make_due()
            await until(lambda: _no_email_waits(outbox))
    sent = [email for email in await outbox.emails() if email.state == "sent"]
    assert len(mailbox.newest_first()) == len(sent) > 1


async def _listening(database: Database, *, except_for: int = 0) -> int:
    """The server process of the relay's listening connection, once there is one."""

    async def poll() -> int | None:
        async with database.transaction() as session:
            query = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            pids = await session.exec(text(f"{query} AND pid <> {except_for}"))  # type: ignore[call-overload] # not in SQLModel's overloads
            return next(iter(pids.scalars()), None)

    return await until(poll)


async def _last_error(outbox: Outbox, action_id: str) -> str | None:
    return (await outbox.row(action_id)).last_error


async def _no_email_waits(outbox: Outbox) -> bool:
    return "waiting" not in {email.state for email in await outbox.emails()}
