"""A running Dialtone from the outside: its API, its pages, its emails and its carrier."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
from sqlmodel import col, select

from api.auth import tokens
from models.db.catalog.tables import PolicyRow
from models.db.people.tables import PersonRow
from models.db.session import Database, utc_now

T = TypeVar("T")
PHONE: Mapping[str, Any] = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    "reason": "My phone is four years old.",
}
LINK = re.compile(r"/approve/(\S+)")


async def until(poll: Callable[[], Awaitable[T | None]], *, seconds: float = 60) -> T:
    """Poll until there is a result, and return it."""
    async with asyncio.timeout(seconds):
        while not (result := await poll()):
            await asyncio.sleep(0.1)
        return result


async def approve(client: httpx2.AsyncClient, order: Mapping[str, Any]) -> httpx2.Response:
    """Approve as the first approver."""
    approval_id = order["approvals"][0]["id"]
    return await client.post(f"/api/v1/approvals/{approval_id}/decision", json={"decision": "approve"})


async def person_row(database: Database, name: str, tenant: str = "acme") -> PersonRow:
    """The first person whose name starts like this."""
    by_name = col(PersonRow.tenant) == tenant, col(PersonRow.name).startswith(name)
    async with database.transaction() as session:
        return (await session.exec(select(PersonRow).where(*by_name).limit(1))).one()


async def allow_many_lines(database: Database) -> None:
    """Raise the sample company's limit of lines per employee."""
    await change_policy(database, max_lines_per_employee=1000)


async def change_policy(database: Database, **changes: Any) -> None:
    """Change the sample company's policy for what is ordered from now on."""
    async with database.transaction() as session:
        policies = select(PolicyRow).where(PolicyRow.tenant == "acme").order_by(col(PolicyRow.version).desc())
        policy = (await session.exec(policies.limit(1))).one()
        new_version: dict[str, Any] = {
            "version": policy.version + 1,
            "document": {**policy.document, **changes},
            "created_at": utc_now(),
            "created_by": "test",
        }
        session.add(PolicyRow(tenant="acme", **new_version))


@dataclass(frozen=True, kw_only=True)
class Site:
    """The addresses of a running Dialtone."""

    api_url: str
    inbox_url: str
    carrier_url: str
    database: Database

    def anonymous(self, **headers: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.api_url, headers=headers, trust_env=False, timeout=30)

    async def client(self, name: str, tenant: str = "acme") -> httpx2.AsyncClient:
        """An API client of the first person whose name starts like this."""
        person = await person_row(self.database, name, tenant)
        async with self.database.transaction() as session:
            token = await tokens.issue_token(session, tenant, person.id, at=utc_now())
        return self.anonymous(Authorization=f"Bearer {token}")

    async def wait_for_status(self, client: httpx2.AsyncClient, number: str, *statuses: str) -> dict[str, Any]:
        """The order, once it has one of these statuses."""

        async def poll() -> dict[str, Any] | None:
            order: dict[str, Any] = (await client.get(f"/api/v1/orders/{number}")).json()
            return order if order["status"] in statuses else None

        return await until(poll)

    async def await_approval(self, client: httpx2.AsyncClient) -> dict[str, Any]:
        """Place an order and wait until it needs the manager's approval."""
        number = (await client.post("/api/v1/orders", json=PHONE)).json()["number"]
        return await self.wait_for_status(client, number, "AWAITING_APPROVAL")

    async def emails(self, number: str) -> list[dict[str, Any]]:
        """The emails about an order, oldest first, with headers and bodies."""
        async with httpx2.AsyncClient(base_url=self.inbox_url, trust_env=False) as inbox:
            listed = (await inbox.get("/api/messages")).json()
            ids = [email["id"] for email in reversed(listed) if number in email["subject"]]
            return [(await inbox.get(f"/api/messages/{email_id}")).json() for email_id in ids]

    async def link(self, number: str) -> str:
        """The signed part of the approval link in the first email that has one."""

        async def poll() -> str | None:
            matches = (LINK.search(email["text"]) for email in await self.emails(number))
            return next((match[1] for match in matches if match), None)

        return await until(poll)

    async def carrier_orders(self, order_id: str) -> list[dict[str, Any]]:
        """The orders that the carrier has for an order of ours."""
        async with httpx2.AsyncClient(base_url=self.carrier_url, trust_env=False) as carrier:
            orders = (await carrier.get("/simulator/orders")).json()
        return [order for order in orders if order["externalId"].startswith(order_id)]

    async def follow_link(self, signed: str, **form: str) -> httpx2.Response:
        """Open a signed link like a browser, and submit the form on its page."""
        async with self.anonymous(Origin=self.api_url) as browser:
            redirect = await browser.get(f"/approve/{signed}")
            assert redirect.status_code == 303, redirect.text
            page = await browser.get(redirect.headers["location"])
            nonce = re.search(r'name="nonce" value="([^"]+)"', page.text)
            assert nonce is not None, page.text
            return await browser.post(redirect.headers["location"], data={"nonce": nonce[1], **form})
