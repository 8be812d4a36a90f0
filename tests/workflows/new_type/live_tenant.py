"""The sample company on an API, a worker, a simulated carrier and an SMTP server that run in this process."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, TypeVar

import httpx2
from pydantic import SecretStr
from sqlmodel import col, select
from temporalio.client import Client

from api.app import create_app
from carriers import registry
from demo.company import carrier_products
from demo.simulator.app import create_app as create_simulator
from demo.simulator.routes import BASE
from models.db.inventory.tables import LineRow
from models.db.people.tables import PersonRow
from models.db.session import Database, new_id
from models.settings import CarrierSettings, WebhookSecret
from notifications.links import Signer
from notifications.render import TEMPLATES, Renderer
from notifications.sender import EmailSender
from notifications.smtp import SmtpServer
from outbox.dispatcher import OutboxDispatcher
from outbox.relay import Relay
from outbox.temporal_client import data_converter
from runtime.workers import running as running_workers
from tests.api.api_client import FORM, ApiTenant, RecordingDispatcher
from tests.api.conftest import KEYRING, services
from tests.demo.simulator import simulator_client
from tests.notifications.conftest import FakeSmtp, smtp_server
from tests.workflows.new_type.everywhere import Recorder, database_texts, history_texts, metrics_text
from tests.workflows.new_type.throw_away_words import WORDS
from worker import build_workers
from workflows.order_type_registry import order_types_by_code

T = TypeVar("T")
CARRIER = "northwind"
PUBLIC_URL = FORM["Origin"]
_LINK = re.compile(rf"{PUBLIC_URL}(/approve/\S+)")
_NONCE = re.compile(r'name="nonce" value="([^"]+)"')


async def until(poll: Callable[[], Awaitable[T | None]]) -> T:
    """Poll until there is a result."""
    async with asyncio.timeout(20):
        while not (result := await poll()):
            await asyncio.sleep(0.05)
        return result


@dataclass(frozen=True, kw_only=True)
class LiveTenant:
    """`people` are the clients of its API, `carrier_url` is that of the simulated carrier.

    `answers` are the bodies of all responses, by path.
    """

    people: ApiTenant
    answers: dict[str, bytes]
    temporal: Client
    smtp: FakeSmtp
    carrier_url: str

    async def line_of(self, name: str) -> LineRow:
        """The only line of a person."""
        person = await self.people.row(name)
        async with self.people.database.transaction() as session:
            return (await session.exec(select(LineRow).where(col(LineRow.person_id) == person.id))).one()

    async def wait_for_status(self, client: httpx2.AsyncClient, ref: str, status: str) -> dict[str, Any]:
        """The order, once it has the status."""

        async def poll() -> dict[str, Any] | None:
            order: dict[str, Any] = (await client.get(f"/api/v1/orders/{ref}")).json()
            return order if order["status"] == status else None

        return await until(poll)

    async def wait_for_email(self, words: str) -> EmailMessage:
        """The first email with these words in its subject or text."""

        async def poll() -> EmailMessage | None:
            return next((email for email in self.emails() if words in f"{email['Subject']}\n{text_of(email)}"), None)

        return await until(poll)

    async def look_everywhere(self, *pages: str) -> None:
        """Open these pages as every person with a role, as far as they may; the answers are recorded."""
        async with self.people.database.transaction() as session:
            roles = col(PersonRow.roles) != []
            people = await session.all(select(PersonRow).where(col(PersonRow.tenant) == "acme", roles))
        for person in people:
            async with await self.people.browser(person.name) as browser:
                for page in pages:
                    await browser.get(page)

    async def stored_and_shown(self) -> AsyncIterator[tuple[str, str]]:
        """Places and texts of all that the database, Temporal and the metrics hold, and of all pages and emails."""
        for place, text in await database_texts(self.people.database, KEYRING):
            yield place, text
        for place, text in await history_texts(self.temporal, KEYRING):
            yield place, text
        for place, body in self.answers.items():
            yield place, body.decode(errors="replace")
        for email in self.emails():
            for part in email.walk():
                if not part.is_multipart():
                    yield f"email {email['Subject']}", part.get_content()
        yield "metrics", metrics_text()

    def emails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for raw in self.smtp.received]

    async def decide_by_link(self, email: EmailMessage, **form: str) -> str:
        """Follow the link of an approver's email and submit the form of its page; returns the page's text."""
        link = _LINK.search(text_of(email))
        assert link is not None
        async with self.people.anonymous(**FORM) as browser:
            page = await browser.get(link[1], follow_redirects=True)
            nonce = _NONCE.search(page.text)
            assert nonce is not None, page.text
            decided = await browser.post(page.url.path, data={"nonce": nonce[1], **form})
        assert decided.status_code == 303, decided.text
        return page.text

    async def approve_only_request(self, name: str) -> None:
        """Approve the only order that waits for this person."""
        async with await self.people.client(name) as client:
            (request,) = (await client.get("/api/v1/approvals")).json()["items"]
            body = {"decision": "approve"}
            decided = await client.post(f"/api/v1/approvals/{request['id']}/decision", json=body)
        assert decided.is_success, decided.text

    async def carrier_order(self, order_id: str) -> dict[str, Any]:
        """The order as the carrier has it."""
        headers = {"Authorization": f"Bearer {simulator_client.TOKEN}"}
        async with httpx2.AsyncClient(base_url=f"{self.carrier_url}{BASE}", headers=headers) as carrier:
            (order,) = (await carrier.get("/productOrder", params={"externalId": f"{order_id}:1"})).json()
        return dict(order)


def text_of(email: EmailMessage) -> str:
    body = email.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@asynccontextmanager
async def live_tenant(database: Database, temporal: Client) -> AsyncIterator[LiveTenant]:
    client = Client(temporal.service_client, namespace=temporal.namespace, data_converter=data_converter(KEYRING))
    task_queue = f"test-{new_id()}"
    dispatcher = OutboxDispatcher(database, client, task_queue=task_queue, timeout=timedelta(seconds=5))
    async with (
        simulator_client.running(create_simulator(simulator_client.settings())) as carrier_url,
        smtp_server() as smtp,
    ):
        await _add_products(carrier_url, database)
        carriers = registry.build([_connection(carrier_url)])
        recording = RecordingDispatcher()  # replaced by one that delivers
        served = await services(database, recording, temporal=client, carriers=carriers)
        app, answers = create_app(replace(served, dispatcher=dispatcher), "127.0.0.1"), dict[str, bytes]()
        app.add_middleware(Recorder, answers=answers)
        relay = Relay(database, dispatcher, _sender(database, smtp.port, served.signer), connections=2)
        workers = build_workers(client, database, carriers, keyring=KEYRING, task_queue=task_queue, calls_per_second={})
        async with simulator_client.running(app) as api_url, running_workers(workers), asyncio.TaskGroup() as group:
            await carriers[CARRIER].ensure_listening(f"{api_url}/carriers/{CARRIER}/events")
            group.create_task(relay.run())
            people = ApiTenant(app, database, recording)
            yield LiveTenant(people=people, answers=answers, temporal=temporal, smtp=smtp, carrier_url=carrier_url)
            relay.stop()
        await registry.close(carriers)


async def _add_products(carrier_url: str, database: Database) -> None:
    """Let the carrier know the company's lines."""
    headers = {"Authorization": f"Bearer {simulator_client.TOKEN}"}
    async with httpx2.AsyncClient(base_url=carrier_url, headers=headers) as http:
        await simulator_client.Client(http).add_products(*(await carrier_products(database))[CARRIER])


def _connection(url: str) -> CarrierSettings:
    return CarrierSettings(
        code=CARRIER,
        name="Northwind",
        url=url,
        token=SecretStr(simulator_client.TOKEN),
        webhook_secret=WebhookSecret(simulator_client.SECRET),
    )


def _sender(database: Database, port: int, signer: Signer) -> EmailSender:
    """Finds the templates of the throw-away events too."""
    templates = (TEMPLATES, WORDS / "notifications" / "templates")
    return EmailSender(
        database,
        smtp=SmtpServer(host="127.0.0.1", port=port),
        renderer=Renderer(mail_from="Dialtone <orders@dialtone.test>", public_url=PUBLIC_URL, templates=templates),
        signer=signer,
        carrier_names={CARRIER: "Northwind"},
        order_types=order_types_by_code(),
    )
