"""Orders at every point of their way, for pages to show: placed and carried on over HTTP, all at the same time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.e2e.site import PHONE, Site, until

# The carrier turns the order away as often as Dialtone tries, and takes it once somebody tries again.
AWAY = "simulate: unavailable=12, retryAfter=1"
THREE: tuple[dict[str, Any], ...] = ({}, {"device": "GALAXY-S26-256"}, {"device": "IPHONE-16E-128"})


@dataclass(frozen=True, kw_only=True)
class World:
    """Numbers of orders of Jordan's by where they stand, and what the finished ones brought."""

    waiting: str
    approval: str
    signed: str
    shipped: str
    completed: str
    failed: str
    suspension: str
    line: str
    suspended: str
    device: str


async def inhabit(site: Site) -> World:
    """Place the orders, and wait until each stands where it should."""
    async with await site.client("Jordan") as jordan:
        city = _City(site=site, jordan=jordan)
        waiting, shipped, completed, failed, suspension = await asyncio.gather(
            city.waiting(), city.shipped(), city.completed(), city.failed(), city.suspension()
        )
        line = (await jordan.get(f"/api/v1/lines/{completed['items'][0]['mdn']}")).json()
    return World(
        waiting=waiting["number"],
        approval=waiting["approvals"][0]["id"],
        signed=await site.link(waiting["number"]),
        shipped=shipped["number"],
        completed=completed["number"],
        failed=failed["number"],
        suspension=suspension["number"],
        line=line["mdn"],
        suspended=suspension["items"][0]["mdn"],
        device=line["device"]["id"],
    )


@dataclass(frozen=True, kw_only=True)
class _City:
    """Jordan, who orders, and those who decide."""

    site: Site
    jordan: httpx2.AsyncClient

    async def waiting(self) -> dict[str, Any]:
        """One that waits for Dana."""
        return await self._placed(reason="The screen of my phone is broken.")

    async def shipped(self) -> dict[str, Any]:
        """Three items that have been shipped; the first is in use already."""
        order = await self._fulfilled(items=THREE, reason="Three new colleagues.")
        return await self._until(order, lambda told: told["items"][0]["state"] == "done")

    async def completed(self) -> dict[str, Any]:
        """One whose line is in use."""
        return await self._until(await self._fulfilled(), _is("COMPLETED"))

    async def failed(self) -> dict[str, Any]:
        """One that the carrier would not take, however often it was tried."""
        order = await self._placed(instructions=AWAY, reason="For the fair in May.")
        await self._approved(order)
        return await self._until(order, _is("FAILED"))

    async def suspension(self) -> dict[str, Any]:
        """One that suspended a line."""
        line = (await self.completed())["items"][0]["mdn"]
        answers = {"line": line, "suspend_reason": "seasonal"}
        order = await self._placed(type="SERVICE_SUSPEND", answers=answers, reason="Back in spring.")
        await self._approved(order)
        return await self._until(order, _is("COMPLETED"))

    async def _fulfilled(self, **changes: Any) -> dict[str, Any]:
        """An order whose devices have arrived; the first one is being activated."""
        order = await self._placed(**changes)
        await self._approved(order)
        await self._until(order, _is("AWAITING_ACTIVATION"))
        sent = await self.jordan.post(f"/api/v1/orders/{order['number']}/activate", json={"item": 1})
        assert sent.is_success, sent.text
        return order

    async def _placed(self, **changes: Any) -> dict[str, Any]:
        placed = await self.jordan.post("/api/v1/orders", json={**PHONE, **changes})
        assert placed.is_success, placed.text
        return await self._until(placed.json(), _is("AWAITING_APPROVAL"))

    async def _approved(self, order: dict[str, Any]) -> None:
        """Have everybody who is asked approve, one after the other."""
        while (told := await self._until(order, _is_asked))["status"] == "AWAITING_APPROVAL":
            for asked in (one for one in told["approvals"] if one["state"] == "pending"):
                async with await self.site.client(asked["approver"]["name"]) as approver:
                    await approver.post(f"/api/v1/approvals/{asked['id']}/decision", json={"decision": "approve"})

    async def _until(self, order: dict[str, Any], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            told: dict[str, Any] = (await self.jordan.get(f"/api/v1/orders/{order['number']}")).json()
            return told if holds(told) else None

        return await until(look, seconds=120)


def _is(status: str) -> Callable[[dict[str, Any]], bool]:
    return lambda told: bool(told["status"] == status)


def _is_asked(told: dict[str, Any]) -> bool:
    """Whether somebody is asked now, or nobody will be any more."""
    return told["status"] != "AWAITING_APPROVAL" or any(one["state"] == "pending" for one in told["approvals"])
