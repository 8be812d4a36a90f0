"""The door into Temporal on a real server and a real database: said once, answered, kept while nobody listens."""

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
from models.db.outbox.messages import Message, MessageKind, enqueue, start
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, new_id, utc_now
from models.lifecycle import Status
from models.order import Cancellation, Decision, Order
from notifications.links import Signer
from notifications.render import Renderer
from notifications.sender import EmailSender
from notifications.smtp import MailServer
from outbox import relay as relay_module
from outbox.dispatcher import WAITING, OutboxDispatcher
from outbox.relay import Relay
from tests import factories
from tests.e2e.site import until
from tests.fakes import FakeCarrier
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_type

PATIENCE = timedelta(seconds=5)


class CountingCourier(OutboxDispatcher):
    """Remembers what it said to Temporal."""

    said: Counter[str]

    async def _say(self, row: OutboxRow) -> dict[str, Any] | None:
        self.said[row.id] += 1
        return await super()._say(row)


@dataclass
class Door:
    """The outbox of one test: a stage with workers behind it, a dispatcher, and relays that the test runs."""

    stage: Stage
    database: Database
    dispatcher: CountingCourier
    smtp_port: int

    async def place(self) -> Order:
        """Write an order down, with the message that starts it."""
        order = await factories.place(self.database, factories.Placing(type=order_type("NEW_SERVICE_DEVICE")))
        await self.enqueue(start(order))
        return order

    async def await_approval(self) -> Order:
        order = await self.place()
        await self.dispatcher.deliver(order.id)
        await self.stage.until(order, Status.AWAITING_APPROVAL)
        return order

    async def enqueue(self, message: Message) -> str:
        async with self.database.transaction() as session:
            await enqueue(session, message)
        return message.action_id

    async def say(self, order: Order, name: str, payload: Any, **more: Any) -> str:
        return await self.enqueue(
            Message(
                action_id=payload.action_id, ref=order.ref, kind=MessageKind.UPDATE, name=name, payload=payload, **more
            )
        )

    async def decide_by_link(self, order: Order, name: str, **said: Any) -> tuple[str, str]:
        """Use the manager's link to say something; the ids of the message and of the link."""
        decision = Decision(action_id=new_id(), actor=factories.person(), **said)
        message = Message(
            action_id=decision.action_id, ref=order.ref, kind=MessageKind.UPDATE, name=name, payload=decision
        )
        async with self.database.transaction() as session:
            (link,) = (await session.exec(select(ApprovalLinkRow))).all()
            await approval_links.use_link(session, link.id, content=link.content_hash, at=utc_now())
            await enqueue(session, Message(**{**vars(message), "link_id": link.id}))
        return message.action_id, link.id

    async def free_a_line(self, order: Order) -> str:
        """Tell an order that it may look at its lines again; the id of the message, which is due at once."""
        message = Message(action_id=new_id(), ref=order.ref, kind=MessageKind.SIGNAL, name="line_released", payload={})
        async with self.database.transaction() as session:
            await enqueue(session, message, notify_relay=True)
        return message.action_id

    async def let_time_pass(self) -> None:
        """Have everything that waits be due now."""
        async with self.database.transaction() as session:
            for table in (OutboxRow, NotificationRow):
                await session.exec(update(table).values(next_attempt_at=utc_now()))

    async def row(self, action_id: str) -> OutboxRow:
        async with self.database.transaction() as session:
            return await session.get_one(OutboxRow, action_id)

    async def link_state(self, link_id: str) -> str:
        async with self.database.transaction() as session:
            return (await session.get_one(ApprovalLinkRow, link_id)).state

    async def settled(self, action_id: str, *, seconds: float = 30) -> OutboxRow:
        async def look() -> OutboxRow | None:
            row = await self.row(action_id)
            return row if row.state != "waiting" else None

        return await until(look, seconds=seconds)

    async def mails(self) -> list[NotificationRow]:
        async with self.database.transaction() as session:
            return list((await session.exec(select(NotificationRow))).all())

    def relay(self) -> Relay:
        postman = EmailSender(
            self.database,
            smtp=MailServer(host="127.0.0.1", port=self.smtp_port, start_tls=False),
            renderer=Renderer(mail_from="Dialtone <orders@dialtone.example.com>", public_url="http://dialtone.test"),
            signer=Signer(["test-signing-key"], "http://dialtone.test"),
        )
        return Relay(self.database, self.dispatcher, postman)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        """Have a relay run for as long as the block does."""
        running = asyncio.create_task(self.relay().run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def door(database: Database, temporal: WorkflowEnvironment) -> AsyncIterator[Door]:
    await factories.found(database)
    async with Stage.set(database, temporal.client, FakeCarrier()) as stage:
        dispatcher = CountingCourier(database, stage.client, task_queue=stage.task_queue, patience=PATIENCE)
        dispatcher.said = Counter()
        yield Door(stage=stage, database=database, dispatcher=dispatcher, smtp_port=free_port())


# --- saying it -----------------------------------------------------------------


async def test_what_the_workflow_answers_is_told_and_kept(door: Door) -> None:
    order = await door.await_approval()
    action_id, link_id = await door.decide_by_link(order, "approve")
    answer = await door.dispatcher.deliver(action_id)
    assert (answer.state, answer.status) == ("done", Status.APPROVED)
    assert await door.dispatcher.deliver(action_id) == answer
    assert door.dispatcher.said[action_id] == 1
    assert await door.link_state(link_id) == "used"


async def test_a_refusal_is_told_and_gives_the_link_back(door: Door) -> None:
    order = await door.await_approval()
    action_id, link_id = await door.decide_by_link(order, "reject", comment=" ")
    answer = await door.dispatcher.deliver(action_id)
    assert (answer.state, answer.code) == ("refused", "REASON_REQUIRED")
    assert answer.detail == "Please say why: the requester reads it."
    assert await door.link_state(link_id) == "live"


async def test_an_order_that_has_ended_refuses_everything(door: Door) -> None:
    order = await door.await_approval()
    await door.stage.cancel(order)
    await door.stage.client.get_workflow_handle(order.workflow_id).result()
    action_id = await door.say(order, "approve", Decision(action_id=new_id(), actor=factories.person()))
    assert (await door.dispatcher.deliver(action_id)).code == "ORDER_CLOSED"


async def test_a_message_that_temporal_will_never_take_is_a_dead_letter_and_gives_the_link_back(door: Door) -> None:
    order = await door.await_approval()
    action_id, link_id = await door.decide_by_link(order, "approve")
    async with door.database.transaction() as session:
        await session.exec(update(OutboxRow).where(col(OutboxRow.id) == action_id).values(workflow_id=""))
    assert (await door.dispatcher.deliver(action_id)).state == "dead"
    row = await door.row(action_id)
    assert (row.state, row.result) == ("dead", {"code": None, "detail": "WorkflowId is not set on request."})
    assert await door.link_state(link_id) == "live"


# --- nobody there --------------------------------------------------------------


async def test_what_is_said_before_the_start_has_arrived_waits_for_it(door: Door) -> None:
    order = await door.place()
    cancellation = Cancellation(action_id=new_id(), actor=factories.person(factories.REQUESTER))
    action_id = await door.say(order, "cancel", cancellation)
    assert await door.dispatcher.deliver(action_id) == WAITING
    assert "not found" in str((await door.row(action_id)).last_error)
    async with door.relaying():
        await door.stage.until(order, Status.WITHDRAWN)
        assert (await door.settled(action_id)).state == "done"


async def test_a_decision_that_no_worker_hears_waits_and_counts_once(door: Door) -> None:
    await door.stage.stack.aclose()
    await door.stage.hire(max_cached_workflows=0)  # a cache would have Temporal wait for its owner
    order = await door.await_approval()
    await door.stage.stack.aclose()
    action_id, link_id = await door.decide_by_link(order, "approve")
    assert await door.dispatcher.deliver(action_id) == WAITING
    await door.stage.hire()
    async with door.relaying():
        assert (await door.settled(action_id)).state == "done"
    await door.stage.until(order, Status.IN_FULFILLMENT)
    assert (await door.stage.events(order)).count("approved_by") == 1
    assert await door.link_state(link_id) == "used"


async def test_a_message_that_nobody_can_read_is_kept_with_the_reason_and_holds_up_no_other(door: Door) -> None:
    order = await door.place()
    unreadable = await door.enqueue(Message(**{**vars(start(order)), "action_id": new_id(), "payload": {}}))
    async with door.relaying():
        assert (await door.settled(order.id)).state == "done"
        error = await until(lambda: _last_error(door, unreadable))
    assert error.startswith("ValidationError")


# --- relays --------------------------------------------------------------------


async def test_two_relays_share_the_work_and_say_everything_once(door: Door) -> None:
    placed = [await door.place() for _ in range(20)]
    await door.let_time_pass()
    await asyncio.gather(door.relay().deliver_due(), door.relay().deliver_due())
    assert door.dispatcher.said == Counter(order.id for order in placed)
    assert {(await door.row(order.id)).state for order in placed} == {"done"}


async def test_a_message_left_by_a_relay_that_died_is_delivered_after_its_lease(door: Door) -> None:
    order = await door.place()
    async with door.database.transaction() as session:
        await delivery.claim(session, order.id, lease=timedelta(seconds=0.5))
    await door.relay().deliver_due()
    assert door.dispatcher.said[order.id] == 0
    async with door.relaying():
        assert (await door.settled(order.id)).attempts == 2


async def test_postgresql_wakes_the_relay_at_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "LOOK_AROUND_SECONDS", 60)
    order = await door.await_approval()
    async with door.relaying():
        await _listening(door.database)
        action_id = await door.free_a_line(order)
        assert (await door.settled(action_id, seconds=10)).state == "done"


async def test_a_lost_connection_is_made_again(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "LOOK_AROUND_SECONDS", 60)
    monkeypatch.setattr("models.db.listener.RECONNECT_SECONDS", 0.1)
    order = await door.await_approval()
    async with door.relaying():
        lost = await _listening(door.database)
        async with door.database.transaction() as session:
            await session.exec(text(f"SELECT pg_terminate_backend({lost})"))  # type: ignore[call-overload]
        assert await _listening(door.database, besides=lost) != lost
        action_id = await door.free_a_line(order)
        assert (await door.settled(action_id, seconds=10)).state == "done"


async def test_a_mail_server_that_is_down_delays_mails_and_nothing_else(door: Door, tmp_path: Path) -> None:
    async with door.relaying():
        order = await door.place()
        await door.stage.carry(order)
        await door.stage.until(order, Status.COMPLETED)
        assert "sent" not in {mail.state for mail in await door.mails()}
        mailbox = Mailbox(tmp_path / "mails")
        async with smtp_server(mailbox, door.smtp_port):
            await door.let_time_pass()
            await until(lambda: _none_waiting(door))
    sent = [mail for mail in await door.mails() if mail.state == "sent"]
    assert len(mailbox.newest_first()) == len(sent) > 1


async def _listening(database: Database, *, besides: int = 0) -> int:
    """The process that serves the relay's listening connection, once there is one."""

    async def look() -> int | None:
        async with database.transaction() as session:
            query = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            found = await session.exec(text(f"{query} AND pid <> {besides}"))  # type: ignore[call-overload]
            return next(iter(found.scalars()), None)

    return await until(look)


async def _last_error(door: Door, action_id: str) -> str | None:
    return (await door.row(action_id)).last_error


async def _none_waiting(door: Door) -> bool:
    return "waiting" not in {mail.state for mail in await door.mails()}
