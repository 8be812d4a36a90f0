"""Dialtone with the settings of production on an empty database: TLS everywhere, and secrets of its own."""

import asyncio
import base64
import contextlib
import email
import email.policy
import json
import os
import re
import secrets
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pyotp
from temporalio.testing import WorkflowEnvironment

from models.db.session import new_id
from tests.e2e.site import until
from tests.fixtures.certificate import Certificate
from tests.notifications.conftest import FakeSmtp, serving

PASSWORD = "harbor-pilots-before-dawn"
CARRIER = "northwind"
_ORDERS_AT_CARRIER = "/tmf-api/productOrderingManagement/v4/productOrder"
_CHUNK = 65_536  # bytes
_STOPS_IN = 15  # seconds


@dataclass
class Visitor:
    """A person with a browser of their own."""

    browser: httpx2.AsyncClient

    async def accept_invitation(self, link: str) -> None:
        """Choose a password, set up an authenticator and be signed in."""
        opened = await self.browser.get(link)
        assert opened.status_code == 303, opened.text
        chosen = await self.browser.post("/reset", data={"password": PASSWORD, "again": PASSWORD})
        assert chosen.status_code == 200, chosen.text

    async def sign_in(self, user_name: str) -> None:
        """Sign in for the first time, with a new authenticator."""
        answer = await self.browser.post("/sign-in", data={"user_name": user_name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        page = await self.browser.get(answer.headers["location"])
        secret = re.search(r"secret=([A-Z2-7]+)", page.text)
        assert secret is not None, page.text
        done = await self.browser.post("/sign-in/enroll", data={"code": pyotp.TOTP(secret[1]).now()})
        assert done.status_code == 200, done.text

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path of the API."""
        answer = await self.browser.get(f"/api/v1{path}", params=query)
        assert answer.is_success, answer.text
        return answer.json()

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        answer = await self.browser.post(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()


@dataclass(frozen=True, kw_only=True)
class Production:
    """A test reaches it as people do: by its commands, its public address and their emails."""

    folder: Path
    variables: Mapping[str, str]
    certificate: Certificate
    smtp: FakeSmtp
    ports: "Ports"
    carrier_token: str
    stack: AsyncExitStack

    async def command(self, *words: str) -> str:
        """The output of `dialtone`, which has to succeed."""
        argv, pipe = (sys.executable, "-m", "cli", *words), asyncio.subprocess.PIPE
        running = await asyncio.create_subprocess_exec(
            *argv, cwd=self.folder, env=self.variables, stdout=pipe, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await running.communicate()
        assert running.returncode == 0, output.decode()
        return output.decode()

    async def start(self) -> None:
        """Start the API and a worker."""
        for name, *options in (("api", "--port", str(self.ports.api)), ("worker",)):
            await self.stack.enter_async_context(
                program(self.folder, name, "cli", name, *options, variables=self.variables)
            )
        visitor = await self.visitor()
        await until(lambda: _answers(visitor.browser, "/readyz"))

    async def visitor(self) -> Visitor:
        """Someone with a browser, not signed in."""
        public_url = self.variables["DIALTONE_PUBLIC_URL"]
        trusted = ssl.create_default_context(cafile=str(self.certificate.file))
        headers = {"Accept": "text/html", "Origin": public_url}
        browser = httpx2.AsyncClient(base_url=public_url, headers=headers, verify=trusted, trust_env=False, timeout=30)
        return Visitor(await self.stack.enter_async_context(browser))

    async def email(self, recipient: str, *words: str) -> str:
        """The newest email to a person that has all these words in its subject or text."""

        async def poll() -> str | None:
            texts = (_text(raw) for raw in reversed(self.smtp.received))
            return next((text for text in texts if all(word in text for word in (recipient, *words))), None)

        return await until(poll)

    async def add_carrier_product(self, product_id: str, **characteristics: str) -> None:
        """Let the carrier have sold something before."""
        await self._ask_carrier("/simulator/products", [{"id": product_id, "characteristics": characteristics}])

    async def change_at_carrier(self, product_id: str, **characteristics: str) -> None:
        """Let the carrier change a product that it has sold, without an order of ours."""
        told = [{"name": name, "value": value} for name, value in characteristics.items()]
        item = {"id": "1", "action": "modify", "product": {"id": product_id, "productCharacteristic": told}}
        await self._ask_carrier(_ORDERS_AT_CARRIER, {"productOrderItem": [item]})

    async def _ask_carrier(self, path: str, body: Any) -> None:
        headers = {"Authorization": f"Bearer {self.carrier_token}"}
        async with httpx2.AsyncClient(headers=headers, trust_env=False) as carrier:
            (await carrier.post(f"http://127.0.0.1:{self.ports.carrier}{path}", json=body)).raise_for_status()


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Free ones, behind what terminates TLS."""

    api: int
    carrier: int


@asynccontextmanager
async def production_parts(
    folder: Path, database_url: str, temporal: WorkflowEnvironment, certificate: Certificate, ports: Ports
) -> AsyncIterator[Production]:
    """Everything that Dialtone needs: an email server, a carrier, and TLS in front of the API and the carrier."""
    token, webhook_secret, smtp = secrets.token_urlsafe(32), f"whsec_{_key()}", FakeSmtp()
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    variables = {**inherited, "SSL_CERT_FILE": str(certificate.file), "NO_PROXY": "127.0.0.1"}
    async with AsyncExitStack() as stack:
        smtp_port = await stack.enter_async_context(serving(smtp, tls=certificate.server))
        public_url = await stack.enter_async_context(_tls_in_front_of(ports.api, certificate))
        carrier_url = await stack.enter_async_context(_tls_in_front_of(ports.carrier, certificate))
        simulator = ("demo.simulator", "--personality", CARRIER, "--port", str(ports.carrier), "--pace", "0")
        signing = {"CARRIER_API_TOKEN": token, "CARRIER_WEBHOOK_SECRET": webhook_secret}
        await stack.enter_async_context(program(folder, "carrier", *simulator, variables=variables | signing))
        variables |= {
            "DATABASE_URL": database_url,
            "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
            "TEMPORAL_NAMESPACE": f"test-{new_id().lower()}",
            "DIALTONE_PUBLIC_URL": public_url,
            "DIALTONE_SMTP_PORT": str(smtp_port),
            "DIALTONE_SMTP_SECURITY": "tls",
            "DIALTONE_SMTP_CA_FILE": str(certificate.file),
            "DIALTONE_PAYLOAD_KEYS": json.dumps({"first": _key()}),
            "DIALTONE_LINK_KEYS": json.dumps([secrets.token_urlsafe(48)]),
            "DIALTONE_CARRIERS": json.dumps(
                [
                    {
                        "code": CARRIER,
                        "name": "Northwind Mobile",
                        "url": carrier_url,
                        "token": token,
                        "webhook_secret": webhook_secret,
                        "idempotency_header": "Idempotency-Key",
                    }
                ]
            ),
        }
        yield Production(
            folder=folder,
            variables=variables,
            certificate=certificate,
            smtp=smtp,
            ports=ports,
            carrier_token=token,
            stack=stack,
        )


@asynccontextmanager
async def program(folder: Path, name: str, *words: str, variables: Mapping[str, str]) -> AsyncIterator[None]:
    """A Python module that runs as a program, with a log in the folder."""
    argv, out = (sys.executable, "-m", *words), asyncio.subprocess.STDOUT
    with (folder / f"{name}.log").open("wb") as log:
        running = await asyncio.create_subprocess_exec(*argv, cwd=folder, env=variables, stdout=log, stderr=out)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.terminate()
        try:
            async with asyncio.timeout(_STOPS_IN):
                await running.wait()
        except TimeoutError:
            running.kill()
            await running.wait()


@asynccontextmanager
async def _tls_in_front_of(port: int, certificate: Certificate) -> AsyncIterator[str]:
    """The https URL of a server that speaks plain HTTP."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_forward(reader, inner_writer), _forward(inner_reader, writer))

    server = await asyncio.start_server(connect, "127.0.0.1", 0, ssl=certificate.server)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _text(raw: bytes) -> str:
    """Recipient, subject and plain text of an email."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    return "\n".join([message["To"], message["Subject"], body.get_content() if body else ""])


async def _answers(client: httpx2.AsyncClient, path: str) -> bool:
    try:
        return (await client.get(path)).is_success
    except httpx2.TransportError:
        return False
