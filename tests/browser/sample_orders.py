"""Orders at every point of their way, for pages to show: placed and carried on over HTTP, all at the same time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import RetryPolicy, WorkflowExecution
from temporalio.api.workflowservice.v1 import UpdateActivityOptionsRequest
from temporalio.client import Client

from tests.e2e.site import PHONE, Site, until

# The carrier turns the order away for a while.
AWAY = "simulate: unavailable=5"
THREE: tuple[dict[str, Any], ...] = ({}, {"device": "GALAXY-S26-256"}, {"device": "IPHONE-16E-128"})


@dataclass(frozen=True, kw_only=True)
class World:
    """Numbers of orders by where they stand, and what the finished ones brought.

    Those that were shipped and that failed are Grace's, the others Jordan's.
    """

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


async def inhabit(site: Site, temporal: str) -> World:
    """Place the orders, and wait until each stands where it should."""
    async with await site.client("Jordan") as jordan, await site.client("Grace") as grace:
        by_jordan = _Ordering(site=site, orderer=jordan, temporal=temporal)
        by_grace = _Ordering(site=site, orderer=grace, temporal=temporal)
        waiting, completed, suspension, shipped, failed = await asyncio.gather(
            by_jordan.waiting(), by_jordan.completed(), by_jordan.suspension(), by_grace.shipped(), by_grace.failed()
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
class _Ordering:
    """One who orders, with those who decide."""

    site: Site
    orderer: httpx2.AsyncClient
    temporal: str

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
        await until(lambda: self._last_try(order["id"]))
        return await self._until(order, _is("FAILED"))

    async def _last_try(self, order_id: str) -> bool:
        """Make the next call of the carrier the last one, as it is after half an hour; False: none is made yet."""
        client = await Client.connect(self.temporal)
        workflow = client.get_workflow_handle(f"order:acme:{order_id}")
        calls = [one for one in (await workflow.describe()).raw_description.pending_activities if one.attempt > 1]
        for call in calls:
            request = UpdateActivityOptionsRequest(
                namespace=client.namespace,
                execution=WorkflowExecution(workflow_id=workflow.id),
                id=call.activity_id,
                activity_options=ActivityOptions(retry_policy=RetryPolicy(maximum_attempts=1)),
                update_mask=FieldMask(paths=["retry_policy.maximum_attempts"]),
            )
            await client.workflow_service.update_activity_options(request)
        return bool(calls)

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
        sent = await self.orderer.post(f"/api/v1/orders/{order['number']}/activate", json={"item": 1})
        assert sent.is_success, sent.text
        return order

    async def _placed(self, **changes: Any) -> dict[str, Any]:
        placed = await self.orderer.post("/api/v1/orders", json={**PHONE, **changes})
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
            told: dict[str, Any] = (await self.orderer.get(f"/api/v1/orders/{order['number']}")).json()
            return told if holds(told) else None

        return await until(look, seconds=120)


def _is(status: str) -> Callable[[dict[str, Any]], bool]:
    return lambda told: bool(told["status"] == status)


def _is_asked(told: dict[str, Any]) -> bool:
    """Whether somebody is asked now, or nobody will be any more."""
    return told["status"] != "AWAITING_APPROVAL" or any(one["state"] == "pending" for one in told["approvals"])
