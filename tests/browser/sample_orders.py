"""Orders in different statuses for pages to show, placed and processed over HTTP at the same time."""

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

from demo.company import SAMPLE_PEOPLE
from tests.e2e.site import PHONE, Site, until

# The simulated carrier answers the first five requests for the order with 503.
UNAVAILABLE = "simulate: unavailable=5"
REFUSED_AT_FIRST = "simulate: rejectFirst"
TWO_PARCELS = "simulate: parcels=2"
KIT = {
    "name": "Field sales",
    "device": "IPHONE-17-256",
    "plan": "NW-UNLIMITED",
    "features": ["NW-CALLFILTER"],
    "accessories": ["CASE-IP17"],
}
THREE_ITEMS: tuple[dict[str, Any], ...] = ({}, {"device": "GALAXY-S26-256"}, {"device": "IPHONE-16E-128"})


@dataclass(frozen=True, kw_only=True)
class SampleOrders:
    """Order numbers by status, and what page URLs need besides.

    Grace placed the shipped order, the failed one, and `asked` for Dana, who has to accept the policy; Jordan placed
    the others. `returning` brings a device to the telecom desk. `approval` is the ID of the pending approval of the
    waiting order, `signed` the signed part of its link. `task` is about the failed step. `line` and `suspended` are
    phone numbers.
    """

    waiting: str
    approval: str
    signed: str
    asked: str
    shipped: str
    refused: str
    returning: str
    completed: str
    failed: str
    task: str
    line: str
    suspended: str
    device: str
    site: str
    kit: str


async def create_sample_orders(site: Site, temporal_address: str) -> SampleOrders:
    """Place the orders, and wait until each has its status."""
    async with await site.client("Jordan") as jordan_client, await site.client("Grace") as grace_client:
        jordan, grace = (_Requester(site=site, client=client) for client in (jordan_client, grace_client))
        waiting, completed, suspension, refused, returning, shipped, failed, asked = await asyncio.gather(
            jordan.waiting(),
            jordan.completed(),
            jordan.suspension(),
            jordan.refused(),
            jordan.returning(),
            grace.shipped(),
            grace.failed(temporal_address),
            grace.asked(),
        )
        line = (await jordan_client.get(f"/api/v1/lines/{completed['items'][0]['mdn']}")).json()
    return SampleOrders(
        waiting=waiting["number"],
        approval=waiting["approvals"][0]["id"],
        signed=await site.link(waiting["number"]),
        asked=asked["number"],
        shipped=shipped["number"],
        refused=refused["number"],
        returning=returning["number"],
        completed=completed["number"],
        failed=failed["number"],
        task=await _task(site, failed["number"]),
        line=line["mdn"],
        suspended=suspension["items"][0]["mdn"],
        device=line["device"]["id"],
        **await _site_and_kit(site),
    )


async def _site_and_kit(site: Site) -> dict[str, str]:
    async with await site.client("Priya") as priya:
        sites = (await priya.get("/api/v1/sites")).json()["items"]
        kit = await priya.post("/api/v1/kits", json=KIT)
    return {"site": sites[0]["id"], "kit": kit.json()["id"]}


async def _task(site: Site, number: str) -> str:
    """The id of the order's open task."""
    async with await site.client("Theo") as theo:
        order = (await theo.get(f"/api/v1/orders/{number}")).json()
    (task,) = order["tasks"]
    return str(task["id"])


@dataclass(frozen=True, kw_only=True)
class _Requester:
    """Places orders by the client of one person, and approves them as their approvers."""

    site: Site
    client: httpx2.AsyncClient

    async def waiting(self) -> dict[str, Any]:
        """An order that waits for Dana's approval."""
        return await self._place(reason="The screen of my phone is broken.")

    async def shipped(self) -> dict[str, Any]:
        """An order of three items, each shipped in two parcels. The first item is activated."""
        order = await self._activate(items=THREE_ITEMS, instructions=TWO_PARCELS, reason="Three new colleagues.")
        return await self._wait_until(order, lambda current: current["items"][0]["state"] == "done")

    async def asked(self) -> dict[str, Any]:
        """An approved order for Dana, who is asked to accept the policy: she has no order of her own."""
        answers = {code: answer for code, answer in PHONE["answers"].items() if code != "use_policy"}
        order = await self._place(beneficiary_id=SAMPLE_PEOPLE["manager"].id, answers=answers)
        await self._approve(order)
        return await self._wait_until(order, lambda now: any(one["state"] == "asked" for one in now["attestations"]))

    async def completed(self) -> dict[str, Any]:
        return await self._wait_until(await self._activate(), _has_status("COMPLETED"))

    async def failed(self, temporal_address: str) -> dict[str, Any]:
        """An order that couldn't be sent to the carrier."""
        order = await self._place(instructions=UNAVAILABLE, reason="For the trade fair in May.")
        await self._approve(order)
        temporal = await Client.connect(temporal_address)
        await until(lambda: _end_retries(temporal, f"order:acme:{order['id']}"))
        return await self._wait_until(order, _has_status("FAILED"))

    async def suspension(self) -> dict[str, Any]:
        """A completed order that suspended a line."""
        line = (await self.completed())["items"][0]["mdn"]
        answers = {"line": line, "suspend_reason": "seasonal"}
        order = await self._place(type="SERVICE_SUSPEND", answers=answers, reason="Back in spring.")
        await self._approve(order)
        return await self._wait_until(order, _has_status("COMPLETED"))

    async def refused(self) -> dict[str, Any]:
        """An order that the carrier has declined, and that can be corrected."""
        order = await self._place(instructions=REFUSED_AT_FIRST, reason="My phone is lost.")
        await self._approve(order)
        return await self._wait_until(order, _has_status("VENDOR_INFO_REQUIRED"))

    async def returning(self) -> dict[str, Any]:
        """A return of a device that is in use, to the company's own stock."""
        line = (await self.completed())["items"][0]["mdn"]
        device = (await self.client.get(f"/api/v1/lines/{line}")).json()["device"]["id"]
        answers = {"device_held": device, "condition": "working", "account_removed": True, "return_way": "stock"}
        response = await self.client.post("/api/v1/orders", json={"type": "RETURN", "answers": answers})
        assert response.is_success, response.text
        return await self._wait_until(response.json(), _has_status("IN_FULFILLMENT"))

    async def _activate(self, **changes: Any) -> dict[str, Any]:
        """Place and approve an order, and start the activation of its first item once it has shipped."""
        order = await self._place(**changes)
        await self._approve(order)
        await self._wait_until(order, _has_status("AWAITING_ACTIVATION"))
        response = await self.client.post(f"/api/v1/orders/{order['number']}/activate", json={"item": 1})
        assert response.is_success, response.text
        return order

    async def _place(self, **changes: Any) -> dict[str, Any]:
        """Place an order like PHONE but for the changes, and wait until it needs approval."""
        response = await self.client.post("/api/v1/orders", json={**PHONE, **changes})
        assert response.is_success, response.text
        return await self._wait_until(response.json(), _has_status("AWAITING_APPROVAL"))

    async def _approve(self, order: dict[str, Any]) -> None:
        """Approve as each approver, until the order needs no more approvals."""
        while (current := await self._wait_until(order, _approval_changed))["status"] == "AWAITING_APPROVAL":
            for approval in _pending_approvals(current):
                async with await self.site.client(approval["approver"]["name"]) as approver:
                    await approver.post(f"/api/v1/approvals/{approval['id']}/decision", json={"decision": "approve"})

    async def _wait_until(self, order: dict[str, Any], condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async def poll() -> dict[str, Any] | None:
            current: dict[str, Any] = (await self.client.get(f"/api/v1/orders/{order['number']}")).json()
            return current if condition(current) else None

        return await until(poll, seconds=120)


async def _end_retries(temporal: Client, workflow_id: str) -> bool:
    """Make the next attempt of a failing activity its last, as it would be after half an hour; False if none fails."""
    description = (await temporal.get_workflow_handle(workflow_id).describe()).raw_description
    failing = [activity for activity in description.pending_activities if activity.attempt > 1]
    for activity in failing:
        request = UpdateActivityOptionsRequest(
            namespace=temporal.namespace,
            execution=WorkflowExecution(workflow_id=workflow_id),
            id=activity.activity_id,
            activity_options=ActivityOptions(retry_policy=RetryPolicy(maximum_attempts=1)),
            update_mask=FieldMask(paths=["retry_policy.maximum_attempts"]),
        )
        await temporal.workflow_service.update_activity_options(request)
    return bool(failing)


def _has_status(status: str) -> Callable[[dict[str, Any]], bool]:
    return lambda order: bool(order["status"] == status)


def _pending_approvals(order: dict[str, Any]) -> list[dict[str, Any]]:
    return [approval for approval in order["approvals"] if approval["state"] == "pending"]


def _approval_changed(order: dict[str, Any]) -> bool:
    """Whether someone can approve now, or approval has ended."""
    return order["status"] != "AWAITING_APPROVAL" or bool(_pending_approvals(order))
