"""Resuming lines of the sample company: what the form asks, and what it offers."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import col, func, select, update

from models.db.accounts.tables import AccountRow
from models.db.clauses import matches
from models.db.inventory.tables import DeviceRow, LineRow
from models.formatting import day, phone_number
from tests.api.api_client import ApiTenant
from tests.api.orders.test_line_orders import DRY, line_of

FORM = "/order/SERVICE_RESUME"
ENDING, GOES = {"end_reason": "unused", "final_ack": True}, {"device_goes": "stock"}


async def aarons_line(office: ApiTenant, **values: Any) -> str:
    """The id of Aaron's only line, with these values."""
    line = await line_of(office, "Aaron")
    async with office.database.transaction() as session:
        await session.exec(update(LineRow).where(col(LineRow.id) == line.id).values(**values))
    return line.id


async def _form(office: ApiTenant, line: str) -> httpx2.Response:
    async with await office.browser("Aaron") as browser:
        return await browser.get(f"{FORM}?line={line}")


@pytest.mark.parametrize(("reason", "asked"), [("lost", True), ("vacation", False)])
async def test_the_form_asks_for_the_phone_only_if_it_was_lost(office: ApiTenant, reason: str, *, asked: bool) -> None:
    line = await aarons_line(office, status="suspended", suspended_for=reason)
    page = await _form(office, line)
    assert ("Phone found" in page.text) is asked
    assert "Choose another plan" not in page.text


async def test_only_lines_without_service_are_offered(office: ApiTenant) -> None:
    line = await aarons_line(office, status="active")
    option = f"{phone_number((await line_of(office, 'Aaron')).mdn or '')} (default)"
    assert option not in (await _form(office, "")).text
    async with await office.client("Aaron") as client:
        actions = {one["type"]: one["code"] for one in (await client.get(f"/api/v1/lines/{line}/actions")).json()}
    assert actions["SERVICE_RESUME"] == "LINE_NOT_SUSPENDED"
    await aarons_line(office, status="suspended")
    assert option in (await _form(office, "")).text


async def test_the_inventory_says_why_the_line_is_suspended(office: ApiTenant) -> None:
    line = await aarons_line(office, status="suspended", suspended_for="lost")
    async with await office.client("Aaron") as client:
        answer = await client.post(
            DRY, json={"type": "SERVICE_RESUME", "items": [{"line": line, "device_in_hand": True}]}
        )
        derived = await client.post(
            DRY, json={"type": "SERVICE_RESUME", "items": [{"line": line, "suspended_for": "vacation"}]}
        )
    answers = {one["question"]: one["value"] for one in answer.json()["items"][0]["answers"]}
    assert answers["suspended_for"] == "lost"
    assert ("UNKNOWN_ANSWER", "items.0.suspended_for") in [
        (one["code"], one["field"]) for one in derived.json()["errors"]
    ]


async def test_the_sample_company_has_lines_that_can_be_reconnected_and_one_that_is_lost(office: ApiTenant) -> None:
    """Its contract with their carrier says 30 days."""
    async with office.database.transaction() as session:
        lines = await session.all(select(LineRow).where(col(LineRow.disconnected_on).is_not(None)))
    ended = {line.id: line.disconnected_on for line in lines if line.disconnected_on}
    async with await office.client("Priya") as client:
        closed = {}
        for line in ended:
            order = {"type": "SERVICE_RESUME", "items": [{"line": line}]}
            errors = (await client.post(DRY, json=order)).json().get("errors") or []
            closed[line] = [one["detail"] for one in errors if one["code"] == "RESUME_WINDOW_CLOSED"]
    assert sorted(map(len, closed.values())) == [0, 0, 1]
    longest = min(ended, key=lambda line: ended[line])
    (detail,) = closed[longest]
    assert day(ended[longest] + timedelta(days=30)) in detail


async def test_the_sample_company_has_a_stolen_phone_that_carriers_block(office: ApiTenant) -> None:
    async with office.database.transaction() as session:
        blocked = select(LineRow).join(DeviceRow, matches(DeviceRow.id, LineRow.device_id))
        (line,) = await session.all(blocked.where(col(DeviceRow.block_listed_at).is_not(None)))
    order = {"type": "SERVICE_RESUME", "items": [{"line": line.id, "device_in_hand": True}]}
    async with await office.client("Priya") as client:
        errors = (await client.post(DRY, json=order)).json()["errors"]
    assert "DEVICE_BLOCKED" in [one["code"] for one in errors]


async def test_the_sample_company_has_a_number_that_it_must_not_lose(office: ApiTenant) -> None:
    async with office.database.transaction() as session:
        (account,) = await session.all(select(AccountRow).where(func.cardinality(AccountRow.critical_numbers) > 0))
        (number,) = account.critical_numbers
        line = await session.first(select(LineRow).where(col(LineRow.mdn) == number))
    order = {"type": "SERVICE_TERMINATE", "answers": ENDING, "items": [{"line": line and line.id, **GOES}]}
    async with await office.client("Priya") as client:
        errors = (await client.post(DRY, json=order)).json()["errors"]
    assert "NUMBER_PROTECTED" in [one["code"] for one in errors]
