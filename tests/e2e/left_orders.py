"""The orders that a recorded version leaves, at least one in each status: how each gets there, and how it ends.

How one is left can change with the product; a recording keeps what was left. `act` and `ends` hold for all recordings.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from types import MappingProxyType
from typing import Any

from sqlmodel import col, select

from models.db.inventory.tables import DeviceRow
from models.db.session import utc_now
from models.lifecycle import Status
from tests.e2e.day import ADMIN, EMPLOYEE, Day
from tests.e2e.site import PHONE

DESK = "Theo"
UNAVAILABLE, UNANSWERED, NOT_SENT = "GALAXY-A57-128", "PIXEL-10A-128", "PIXEL-10-128"
CARRIER_RULES: Mapping[str, list[dict[str, Any]]] = MappingProxyType(
    {
        "northwind": [{"deviceSku": UNAVAILABLE, "behavior": {"unavailable": 1_000_000}}],
        "bluepeak": [{"deviceSku": UNANSWERED, "behavior": {"commitAfter": 1_000_000}}],
    }
)


class While(Enum):
    """What the order is left in, in this sequence."""

    SHORT_DEADLINES = auto()
    ALL_IS_WELL = auto()
    NOTHING_ARRIVES = auto()
    CARRIERS_DO_NOTHING = auto()
    CARRIERS_ARE_AWAY = auto()
    ONE_CARRIER_HAS_NO_WORKER = auto()
    NO_WORKER_RUNS = auto()


async def nothing(_day: Day, _number: str) -> None:
    """The order needs only what it asks for."""


@dataclass(frozen=True, kw_only=True)
class LeftOrder:
    """`leave` returns its number. `act` is what people do first, if the order still is as it was left."""

    status: Status
    amid: While = While.ALL_IS_WELL
    leave: Callable[[Day], Awaitable[str]]
    act: Callable[[Day, str], Awaitable[None]] = nothing
    ends: Status


def _ended(status: Status, leave: Callable[[Day], Awaitable[str]], amid: While = While.ALL_IS_WELL) -> LeftOrder:
    return LeftOrder(status=status, amid=amid, leave=leave, ends=status)


async def _ask_for_phone(day: Day, note: str = "", device: str = "IPHONE-17-256", **changes: Any) -> str:
    answers = {**PHONE["answers"], "device": device}
    order = await day.post(EMPLOYEE, "/orders", {**PHONE, "answers": answers, "instructions": note, **changes})
    return str(order["number"])


async def _buy_phone(day: Day, note: str = "", device: str = "IPHONE-17-256", **changes: Any) -> str:
    number = await _ask_for_phone(day, note, device, **changes)
    await day.approve(number)
    return number


async def _decide(day: Day, number: str, decision: str) -> None:
    order = await day.wait(number, Status.AWAITING_APPROVAL)
    approval = order["approvals"][0]
    body = {"decision": decision, "comment": "Why do you need it?"}
    await day.post(approval["approver"]["name"], f"/approvals/{approval['id']}/decision", body)


async def _cancel(day: Day, number: str) -> None:
    await day.post(EMPLOYEE, f"/orders/{number}/cancel", {"reason": "No longer needed."})


async def _await_approval(day: Day) -> str:
    return await _ask_for_phone(day)


async def _await_answer(day: Day) -> str:
    number = await _ask_for_phone(day)
    await _decide(day, number, "request_info")
    return number


async def _reject(day: Day) -> str:
    number = await _ask_for_phone(day)
    await _decide(day, number, "reject")
    return number


async def _withdraw(day: Day) -> str:
    number = await _ask_for_phone(day)
    await day.wait(number, Status.AWAITING_APPROVAL)
    await _cancel(day, number)
    return number


async def _schedule(day: Day) -> str:
    return await _buy_phone(day, effective_on=_in(days=3000))


async def _start_soon(day: Day, number: str) -> None:
    await _reschedule(day, number, seconds=3)


async def _start_once_stopped(day: Day) -> str:
    """The date passes while nothing runs."""
    number = await _schedule(day)
    await day.wait(number, Status.SCHEDULED)
    await _reschedule(day, number, seconds=90)
    return number


async def _reschedule(day: Day, number: str, seconds: int) -> None:
    at = (utc_now() + timedelta(seconds=seconds)).isoformat()
    await day.post(EMPLOYEE, f"/orders/{number}/reschedule", {"effective_at": at})


async def _cancel_scheduled(day: Day) -> str:
    number = await _schedule(day)
    await day.wait(number, Status.SCHEDULED)
    await _cancel(day, number)
    return number


async def _complete(day: Day) -> str:
    number = await _buy_phone(day)
    await day.wait(number, Status.AWAITING_ACTIVATION)
    await day.post(EMPLOYEE, f"/orders/{number}/activate", {})
    return number


async def _complete_in_part(day: Day) -> str:
    number = await _buy_phone(day, "simulate: partial", items=[{}, {}])
    await day.wait(number, Status.AWAITING_ACTIVATION)
    await day.post(EMPLOYEE, f"/orders/{number}/activate", {})
    return number


async def _correct(day: Day, number: str) -> None:
    await day.post(EMPLOYEE, f"/orders/{number}/correct", {"fields": {"service_zip": "60601"}})


async def _fail(day: Day) -> str:
    """By mistake, another device is entered with the IMEI that the carrier reports."""
    number = await _buy_phone(day)
    order = await day.wait(number, Status.AWAITING_ACTIVATION)
    (sent,) = await day.site.carrier_orders(order["id"])
    async with day.site.database.transaction() as session:
        unused = select(DeviceRow).where(col(DeviceRow.tenant) == "acme", col(DeviceRow.status) == "in_stock").limit(1)
        (await session.exec(unused)).one().imei = sent["items"][0]["IMEI"]
    await day.post(EMPLOYEE, f"/orders/{number}/activate", {})
    return number


async def _take_over(day: Day, number: str) -> None:
    (task,) = (await day.read(f"/orders/{number}"))["tasks"]
    await day.post(ADMIN, f"/tasks/{task['id']}/settle", {"choice": "take_over", "text": "It was a mistake."})


async def _return(day: Day) -> str:
    answers = {"device_held": "359101159100158", "return_cause": "unwanted", "condition": "working"}
    return await day.order(DESK, "RETURN", answers={**answers, "account_removed": True, "return_way": "label"})


async def _request_cancellation(day: Day) -> str:
    number = await _buy_phone(day)
    await day.wait(number, Status.IN_FULFILLMENT)
    await _cancel(day, number)
    return number


async def _hold(day: Day) -> str:
    """Another order has the line at the carrier."""
    line = {"line": "+16305550112"}
    first = await day.order(DESK, "PLAN_CHANGE", answers={"plan": "NW-UNLIMITED-PLUS", "plan_starts": "now", **line})
    await day.wait(first, Status.IN_FULFILLMENT)
    return await day.order(DESK, "SUBSCRIBER_UPDATE", answers={"subscriber_name": "Ann Lee", **line})


async def _suspend(day: Day) -> str:
    return await day.order(DESK, "SERVICE_SUSPEND", answers={"line": "+16305550113", "suspend_reason": "seasonal"})


async def _disconnect(day: Day) -> str:
    answers = {"line": "+16305550106", "end_reason": "unused", "device_goes": "stock", "final_ack": True}
    return await day.order(DESK, "SERVICE_TERMINATE", answers=answers)


async def _borrow_feature(day: Day) -> str:
    answers = {"line": "+16305550104", "add_features": ["NW-VISUAL-VM"], "ends_on": _in(days=700)}
    return await day.order(DESK, "FEATURES_CHANGE", answers=answers)


def _in(days: int) -> str:
    return (utc_now() + timedelta(days=days)).date().isoformat()


def _phone(note: str = "", device: str = "IPHONE-17-256") -> Callable[[Day], Awaitable[str]]:
    async def buy(day: Day) -> str:
        return await _buy_phone(day, note, device)

    return buy


LEFT_ORDERS: Mapping[str, LeftOrder] = MappingProxyType(
    {
        "expired": _ended(Status.EXPIRED, _await_approval, While.SHORT_DEADLINES),
        "rejected": _ended(Status.REJECTED, _reject),
        "withdrawn": _ended(Status.WITHDRAWN, _withdraw),
        "canceled": _ended(Status.CANCELED, _cancel_scheduled),
        "completed": _ended(Status.COMPLETED, _complete),
        "completed in part": _ended(Status.PARTIALLY_FULFILLED, _complete_in_part),
        "declined": _ended(Status.VENDOR_REJECTED, _phone("simulate: reject")),
        "suspended": _ended(Status.COMPLETED, _suspend),
        "disconnected": _ended(Status.COMPLETED, _disconnect),
        "feature for a time": _ended(Status.COMPLETED, _borrow_feature),
        "awaits approval": LeftOrder(status=Status.AWAITING_APPROVAL, leave=_await_approval, ends=Status.COMPLETED),
        "awaits an answer": LeftOrder(status=Status.INFO_REQUESTED, leave=_await_answer, ends=Status.COMPLETED),
        "scheduled": LeftOrder(status=Status.SCHEDULED, leave=_schedule, act=_start_soon, ends=Status.COMPLETED),
        "no longer needed": LeftOrder(status=Status.SCHEDULED, leave=_schedule, act=_cancel, ends=Status.CANCELED),
        "carrier asks": LeftOrder(
            status=Status.VENDOR_INFO_REQUIRED, leave=_phone("simulate: needsInfo"), ends=Status.COMPLETED
        ),
        "to be corrected": LeftOrder(
            status=Status.VENDOR_INFO_REQUIRED,
            leave=_phone("simulate: rejectFirst"),
            act=_correct,
            ends=Status.COMPLETED,
        ),
        "backordered": LeftOrder(
            status=Status.BACKORDERED,
            leave=_phone("simulate: backorder=100000000, backorderDated=false"),
            act=_cancel,
            ends=Status.CANCELED,
        ),
        "awaits activation": LeftOrder(status=Status.AWAITING_ACTIVATION, leave=_phone(), ends=Status.COMPLETED),
        "failed": LeftOrder(status=Status.FAILED, leave=_fail, act=_take_over, ends=Status.COMPLETED),
        "shipped": LeftOrder(status=Status.SHIPPED, amid=While.NOTHING_ARRIVES, leave=_phone(), ends=Status.COMPLETED),
        "being returned": LeftOrder(
            status=Status.SHIPPED, amid=While.NOTHING_ARRIVES, leave=_return, ends=Status.COMPLETED
        ),
        "in fulfillment": LeftOrder(
            status=Status.IN_FULFILLMENT, amid=While.CARRIERS_DO_NOTHING, leave=_phone(), ends=Status.COMPLETED
        ),
        "being canceled": LeftOrder(
            status=Status.CANCEL_REQUESTED,
            amid=While.CARRIERS_DO_NOTHING,
            leave=_request_cancellation,
            ends=Status.CANCELED,
        ),
        "on hold": LeftOrder(status=Status.ON_HOLD, amid=While.CARRIERS_DO_NOTHING, leave=_hold, ends=Status.COMPLETED),
        "outcome unknown": LeftOrder(
            status=Status.SUBMITTING,
            amid=While.CARRIERS_ARE_AWAY,
            leave=_phone(device=UNANSWERED),
            ends=Status.COMPLETED,
        ),
        "carrier unavailable": LeftOrder(
            status=Status.SUBMITTING,
            amid=While.CARRIERS_ARE_AWAY,
            leave=_phone(device=UNAVAILABLE),
            ends=Status.COMPLETED,
        ),
        "approved": LeftOrder(
            status=Status.APPROVED,
            amid=While.ONE_CARRIER_HAS_NO_WORKER,
            leave=_phone(device=NOT_SENT),
            ends=Status.COMPLETED,
        ),
        "due meanwhile": LeftOrder(
            status=Status.SCHEDULED,
            amid=While.ONE_CARRIER_HAS_NO_WORKER,
            leave=_start_once_stopped,
            ends=Status.COMPLETED,
        ),
        "submitted": LeftOrder(
            status=Status.VALIDATING, amid=While.NO_WORKER_RUNS, leave=_await_approval, ends=Status.COMPLETED
        ),
    }
)
