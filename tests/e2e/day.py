"""What people do on one day at a running Dialtone, through its API."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx2

from api.auth import sessions
from api.auth.client_info import ClientInfo
from api.auth.sessions import SessionLimits
from models.db.session import utc_now
from models.lifecycle import Status
from tests.e2e.site import Site, person_row, until

EMPLOYEE, OWNER, ADMIN = "Jordan", "Grace", "Priya"
BROWSER = ClientInfo(address="127.0.0.1", device="Chrome on Linux")
# What the API says of each line and device, by id.
Inventory = dict[str, dict[str, Any]]


class Day:
    """Its people; each has a browser of their own."""

    def __init__(self, site: Site, open_browsers: AsyncExitStack) -> None:
        self.site, self._open = site, open_browsers
        self._browsers: dict[str, httpx2.AsyncClient] = {}

    async def browser(self, name: str) -> httpx2.AsyncClient:
        """A signed-in browser with a recent second factor, of the first person whose name starts like this."""
        if name not in self._browsers:
            person = await person_row(self.site.database, name)
            async with self.site.database.transaction() as session:
                secret = await sessions.start_session(session, person, BROWSER, SessionLimits(), at=utc_now())
            cookie = {"Cookie": f"dialtone_session={secret}", "Origin": self.site.api_url}
            self._browsers[name] = await self._open.enter_async_context(self.site.anonymous(**cookie))
        return self._browsers[name]

    async def post(self, name: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        response = await (await self.browser(name)).post(f"/api/v1{path}", json=body)
        assert response.is_success, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def order(self, name: str, kind: str, **changes: Any) -> str:
        """Place an order and have everyone approve it who is asked; returns its number."""
        number = str((await self.post(name, "/orders", {"type": kind} | changes))["number"])
        await self.approve(number)
        return number

    async def approve(self, number: str) -> None:
        """Approve as every approver who is asked, until the order is past its approval."""

        async def is_approved() -> bool:
            order = await self.read(f"/orders/{number}")
            await self._approve(order)
            return order["status"] not in {"VALIDATING", "AWAITING_APPROVAL"}

        await until(is_approved)

    async def end(self, number: str, *, seconds: float) -> str:
        """Do what the order asks for until it has ended, or the time is over; returns its status then."""
        deadline = time.monotonic() + seconds
        while True:
            order = await self.read(f"/orders/{number}")
            status = Status(order["status"])
            if status.final or time.monotonic() > deadline:
                return status
            await self._act(order, status)
            await asyncio.sleep(0.1)

    async def _act(self, order: Mapping[str, Any], status: Status) -> None:
        """Whatever was done already is refused."""
        client, path = await self.browser(EMPLOYEE), f"/api/v1/orders/{order['number']}"
        match status:
            case Status.AWAITING_APPROVAL:
                await self._approve(order)
            case Status.INFO_REQUESTED:
                await client.post(f"{path}/info", json={"answer": "The old one is broken."})
            case Status.VENDOR_INFO_REQUIRED:
                await client.post(f"{path}/info", json={"fields": {"service_zip": "60601"}})
            case Status.AWAITING_ACTIVATION:
                for item in order["items"]:
                    await client.post(f"{path}/activate", json={"item": item["number"]})

    async def _approve(self, order: Mapping[str, Any]) -> None:
        for approval in order["approvals"]:
            if approval["state"] == "pending":
                client = await self.browser(approval["approver"]["name"])
                await client.post(f"/api/v1/approvals/{approval['id']}/decision", json={"decision": "approve"})

    async def read(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = (await (await self.browser(ADMIN)).get(f"/api/v1{path}")).json()
        return answer

    async def wait(self, number: str, status: str) -> dict[str, Any]:
        return await self.site.wait_for_status(await self.browser(ADMIN), number, status)

    async def inventory(self) -> Inventory:
        """What each line and device of the company is now, by id."""
        found: Inventory = {}
        for path in ("/lines", "/devices"):
            cursor: str | None = ""
            while cursor is not None:
                page = await self.read(f"{path}?limit=100&cursor={cursor}" if cursor else f"{path}?limit=100")
                found |= {one["id"]: one for one in page["items"]}
                cursor = page["next_cursor"]
        return found
