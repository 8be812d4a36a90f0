"""A running Dialtone as people meet it: by its API, its pages, its mails and the carrier it orders from."""

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


async def until(look: Callable[[], Awaitable[T | None]], *, seconds: float = 60) -> T:
    """Look again and again till there is something; what is there."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):
            await asyncio.sleep(0.1)
        return found


async def approve(client: httpx2.AsyncClient, order: Mapping[str, Any]) -> httpx2.Response:
    """Decide as the first who is asked."""
    approval_id = order["approvals"][0]["id"]
    return await client.post(f"/api/v1/approvals/{approval_id}/decision", json={"decision": "approve"})


async def be_generous(database: Database) -> None:
    """Let everybody of the sample company have any number of lines."""
    async with database.transaction() as session:
        of_company = select(PolicyRow).where(PolicyRow.tenant == "acme").order_by(col(PolicyRow.version).desc())
        policy = (await session.exec(of_company.limit(1))).one()
        newer: dict[str, Any] = {
            "version": policy.version + 1,
            "document": {**policy.document, "max_lines_per_employee": 1000},
            "created_at": utc_now(),
            "created_by": "test",
        }
        session.add(PolicyRow(tenant="acme", **newer))


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where everything is."""

    api_url: str
    inbox_url: str
    carrier_url: str
    database: Database

    def anonymous(self, **headers: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.api_url, headers=headers, trust_env=False, timeout=30)

    async def client(self, name: str, tenant: str = "acme") -> httpx2.AsyncClient:
        """A client of somebody, by the beginning of the name."""
        async with self.database.transaction() as session:
            named = col(PersonRow.tenant) == tenant, col(PersonRow.name).startswith(name)
            person = (await session.exec(select(PersonRow).where(*named).limit(1))).one()
            token = await tokens.issue(session, tenant, person.id, at=utc_now())
        return self.anonymous(Authorization=f"Bearer {token}")

    async def reached(self, client: httpx2.AsyncClient, number: str, *statuses: str) -> dict[str, Any]:
        """The order, once it stands at one of these."""

        async def look() -> dict[str, Any] | None:
            order: dict[str, Any] = (await client.get(f"/api/v1/orders/{number}")).json()
            return order if order["status"] in statuses else None

        return await until(look)

    async def await_approval(self, client: httpx2.AsyncClient) -> dict[str, Any]:
        """Place an order that now waits for the manager."""
        number = (await client.post("/api/v1/orders", json=PHONE)).json()["number"]
        return await self.reached(client, number, "AWAITING_APPROVAL")

    async def mails(self, number: str) -> list[dict[str, Any]]:
        """The mails about an order, oldest first, with headers and bodies."""
        async with httpx2.AsyncClient(base_url=self.inbox_url, trust_env=False) as inbox:
            listed = (await inbox.get("/api/messages")).json()
            about = [mail["id"] for mail in reversed(listed) if number in mail["subject"]]
            return [(await inbox.get(f"/api/messages/{number}")).json() for number in about]

    async def link(self, number: str) -> str:
        """The signed half of the link in the first mail that asks for approval of an order."""

        async def look() -> str | None:
            found = (LINK.search(mail["text"]) for mail in await self.mails(number))
            return next((match[1] for match in found if match), None)

        return await until(look)

    async def at_carrier(self, order_id: str) -> list[dict[str, Any]]:
        """What the carrier has of an order."""
        async with httpx2.AsyncClient(base_url=self.carrier_url, trust_env=False) as carrier:
            orders = (await carrier.get("/simulator/orders")).json()
        return [order for order in orders if order["externalId"].startswith(order_id)]

    async def follow_link(self, signed: str, **form: str) -> httpx2.Response:
        """Open a signed link as a browser does, and send the form of its page."""
        async with self.anonymous(Origin=self.api_url) as browser:
            moved = await browser.get(f"/approve/{signed}")
            assert moved.status_code == 303, moved.text
            page = await browser.get(moved.headers["location"])
            nonce = re.search(r'name="nonce" value="([^"]+)"', page.text)
            assert nonce is not None, page.text
            return await browser.post(moved.headers["location"], data={"nonce": nonce[1], **form})
