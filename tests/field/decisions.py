"""What people and deadlines do to an order that waits for approval, through the doors that people use."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import httpx2
from sqlmodel import col, func, update
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from api.app import create_app
from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.outbox.tables import OutboxRow
from models.lifecycle import Status
from models.order import Order
from notifications.render import TEMPLATES, Renderer
from notifications.sender import EmailSender
from outbox.dispatcher import WAITING, DeliveryResult, OutboxDispatcher
from tests import factories
from tests.api.api_client import ApiTenant
from tests.api.approval_links.conftest import FROM_THE_PAGE, NONCE, ORIGIN, SIGNER
from tests.api.conftest import services
from tests.fixtures.office import CARRIER_NAMES, ORDER_TYPES
from tests.notifications.sending import drain
from tests.workflows.workflow_env import RPC_TIMEOUT, WorkflowEnv

NAMES: Mapping[str, str] = {
    person: f"Person {person[-2:]}"
    for person in (factories.REQUESTER, factories.MANAGER, factories.DIRECTOR, factories.ADMIN)
}


class Act(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    ASK = "request_info"
    ANSWER = "provide_info"
    CANCEL = "cancel"
    REASSIGN = "reassign"
    EXPIRE = "expire"
    RELAY = "relay"


class Reached(StrEnum):
    """Whether the workflow can be reached when the door is used: what waits is delivered by the relay."""

    AT_ONCE = "at once"
    LATER = "later"
    ANSWER_LOST = "answer lost"


class Step(NamedTuple):
    act: Act
    by: str = factories.MANAGER
    reached: Reached = Reached.AT_ONCE
    by_form: bool = False

    def __repr__(self) -> str:
        return f"{self.by[-2:]} {self.act} {self.reached}{' by form' if self.by_form else ''}"


class _NotReached:
    async def deliver(self, action_id: str, written: OutboxRow | None = None) -> DeliveryResult:
        del action_id, written
        return WAITING


class _AnswerLost(OutboxDispatcher):
    async def _send(self, row: OutboxRow) -> dict[str, Any] | None:
        with suppress(Exception):
            await super()._send(row)
        raise TimeoutError


class _Noting:
    """Keeps what the delivery of each message has given."""

    def __init__(self, dispatcher: OutboxDispatcher | _NotReached) -> None:
        self._dispatcher = dispatcher
        self.given: dict[str, DeliveryResult] = {}

    async def deliver(self, action_id: str, written: OutboxRow | None = None) -> DeliveryResult:
        self.given[action_id] = await self._dispatcher.deliver(action_id, written)
        return self.given[action_id]


class _Mailbox:
    """A mail server that takes every email."""

    conversation_seconds = 1

    @asynccontextmanager
    async def conversation(self, until: float) -> AsyncIterator["_Mailbox"]:
        del until
        yield self

    async def send(self, raw: bytes, *, sender: str, recipient: str) -> None:
        """Nothing to keep: the queue's rows say what was sent."""


class Doors:
    """The application in front of the workflows, once for each way in which it reaches them."""

    def __init__(self, env: WorkflowEnv, clocks: WorkflowEnvironment, offices: Mapping[Reached, ApiTenant]) -> None:
        self.env, self.clocks, self.offices = env, clocks, offices

    @classmethod
    async def open(cls, env: WorkflowEnv, clocks: WorkflowEnvironment) -> "Doors":
        dispatchers: Mapping[Reached, OutboxDispatcher | _NotReached] = {
            Reached.AT_ONCE: OutboxDispatcher(env.database, env.client, task_queue=env.task_queue, timeout=RPC_TIMEOUT),
            Reached.LATER: _NotReached(),
            Reached.ANSWER_LOST: _AnswerLost(env.database, env.client, task_queue=env.task_queue, timeout=RPC_TIMEOUT),
        }
        offices: dict[Reached, ApiTenant] = {}
        for reached, dispatcher in dispatchers.items():
            noting: Any = _Noting(dispatcher)
            app = create_app(await services(env.database, noting))
            offices[reached] = ApiTenant(app, env.database, noting)
        return cls(env, clocks, offices)

    @property
    def given(self) -> dict[str, DeliveryResult]:
        """What senders were told at once, by message."""
        noted: list[Any] = [office.dispatcher for office in self.offices.values()]
        return {action_id: given for one in noted for action_id, given in one.given.items()}

    async def play(self, order: Order, waves: Sequence[Sequence[Step]]) -> None:
        """The steps of a wave happen at once: everyone has seen the order as it was after the wave before."""
        await self.env.wait_for_status(order, Status.AWAITING_APPROVAL)
        for wave in waves:
            ready = [await self._prepared(order, step) for step in wave]
            await asyncio.gather(*(one for one in ready if one is not None))
        await self.settle(order)

    async def _prepared(self, order: Order, step: Step) -> Awaitable[Any] | None:
        """What the person sends once they have looked; None if they find nothing that they could do."""
        if step.act in {Act.APPROVE, Act.REJECT, Act.ASK}:
            return await (self._by_link if step.by_form else self._by_api)(order, step)
        if step.act is Act.EXPIRE:
            return await self._expiry(order)
        if step.act is Act.RELAY:
            return self.relay(order)
        if step.act is Act.CANCEL and step.by_form:
            return self._cancel_by_form(order, step)
        return self._command(order, step)

    async def _by_link(self, order: Order, step: Step) -> Awaitable[Any] | None:
        browser, page = await self.opened(order, step.by, self.offices[step.reached])
        nonce = NONCE.search(page.text) if page is not None else None
        if page is None or nonce is None or 'value="approve"' not in page.text:
            return None
        data = {"nonce": nonce[1], "decision": step.act, "comment": "Because."}
        return browser.post(page.url.path, data=data, headers=FROM_THE_PAGE, follow_redirects=True)

    async def opened(
        self, order: Order, person: str, office: ApiTenant, link: ApprovalLinkRow | None = None
    ) -> tuple[httpx2.AsyncClient, httpx2.Response | None]:
        """A browser with the page of a link, by default the person's newest."""
        browser = office.anonymous()
        mine = [row for row in await self.env.rows(ApprovalLinkRow, order) if row.approver_id == person]
        if link is None and not mine:
            return browser, None
        link = link or max(mine, key=lambda row: row.created_at)
        return browser, await browser.get(SIGNER.url(link.id).removeprefix(ORIGIN), follow_redirects=True)

    async def _by_api(self, order: Order, step: Step) -> Awaitable[Any] | None:
        client = await self.offices[step.reached].client(NAMES[step.by], factories.TENANT)
        pending = [row for row in await self.pending(order) if row.approver_id == step.by]
        if not pending:
            return None
        body = {"decision": step.act, "comment": "Because."}
        return client.post(f"/api/v1/approvals/{pending[0].id}/decision", json=body)

    async def _command(self, order: Order, step: Step) -> httpx2.Response:
        other = factories.DIRECTOR if step.by == factories.MANAGER else factories.MANAGER
        path, body = {
            Act.CANCEL: ("cancel", {"reason": "Not needed."}),
            Act.ANSWER: ("info", {"answer": "It is for work."}),
            Act.REASSIGN: ("reassign", {"to_id": other, "reason": "On vacation."}),
        }[step.act]
        async with await self.offices[step.reached].client(NAMES[step.by], factories.TENANT) as client:
            return await client.post(f"/api/v1/orders/{order.id}/{path}", json=body)

    async def _cancel_by_form(self, order: Order, step: Step) -> httpx2.Response:
        async with await self.offices[step.reached].browser(NAMES[step.by], factories.TENANT) as browser:
            return await browser.post(f"/orders/{order.id}/cancel", data={"reason": "Not needed."})

    async def _expiry(self, order: Order) -> Awaitable[Any] | None:
        """The wait that ends when the time for a decision or an answer is over."""
        row = await self.env.row(order)
        due = next((one.due_at for one in await self.pending(order)), row.due_at)
        if row.status not in {Status.AWAITING_APPROVAL, Status.INFO_REQUESTED} or due is None:
            return None
        handle = self.env.client.get_workflow_handle(order.workflow_id)
        rest = due - await self.clocks.get_current_time(handle) + timedelta(minutes=1)
        return self._fast_forward(handle, rest)

    async def _fast_forward(self, handle: WorkflowHandle[Any, Any], rest: timedelta) -> None:
        with suppress(RPCError):  # it has ended meanwhile
            await self.clocks.fast_forward(handle, rest)

    async def pending(self, order: Order) -> list[ApprovalRow]:
        return [row for row in await self.env.rows(ApprovalRow, order) if row.state == "pending"]

    async def messages(self, order: Order) -> list[OutboxRow]:
        """What people have sent to the order, oldest first."""
        sent = [row for row in await self.env.rows(OutboxRow, order) if row.kind == "update"]
        return sorted(sent, key=lambda row: row.position or 0)

    async def relay(self, order: Order) -> None:
        """Deliver what waits, as the relay does."""
        waiting = [row.id for row in await self.messages(order) if row.state == "waiting"]
        async with self.env.database.transaction() as session:
            due = update(OutboxRow).where(col(OutboxRow.id).in_(waiting), col(OutboxRow.attempts) > 0)
            await session.exec(due.values(next_attempt_at=func.now()))
        await asyncio.gather(*(self.env.deliver(action_id, caller_waits=False) for action_id in waiting))

    async def send_emails(self) -> None:
        """Send the emails that wait, unless they are no longer true."""
        taken: Any = _Mailbox()
        sender = EmailSender(
            self.env.database,
            smtp=taken,
            renderer=Renderer(mail_from="D <d@dialtone.test>", public_url=ORIGIN, templates=[TEMPLATES]),
            signer=SIGNER,
            carrier_names=CARRIER_NAMES,
            order_types=ORDER_TYPES,
        )
        await drain(sender)

    async def settle(self, order: Order) -> None:
        """Deliver until every message has an end, and wait until the order waits for someone or has ended."""
        async with asyncio.timeout(60):
            while any(row.state == "waiting" for row in await self.messages(order)):
                await self.relay(order)
        await self.env.wait_until_idle(order, after=None)
