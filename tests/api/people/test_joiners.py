"""People who are to start: ordering for them, their first sign-in, a first day that moves, and one that never comes."""

from asyncio import create_task, sleep
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from api.auth.rate_limits import USERNAME
from demo.company import SAMPLE_PEOPLE
from models.db.inventory.tables import LineRow
from models.db.leaves.tables import LeaveRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people import person_changes
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.db.sign_in.tables import AttemptLimitRow
from models.lifecycle import ItemState, Status
from tests import factories
from tests.api.api_client import PHONE_FOR_OTHER, code
from tests.api.imports.test_imports import applied
from tests.api.imports.test_people_guard import people, rows_of
from tests.api.signed_out_browser import Portal

JORDAN, DANA, PRIYA = (SAMPLE_PEOPLE[part] for part in ("employee", "manager", "admin"))
PERSON = f"/api/v1/people/{JORDAN.id}"
TODAY = factories.today()
IN_20, IN_27, IN_60 = (TODAY + timedelta(days=days) for days in (20, 27, 60))


async def _starts(portal: Portal, day: date) -> None:
    async with await portal.browser("Priya") as client:
        answer = await client.post(f"{PERSON}/details", json={"starts_on": day.isoformat()})
    assert (answer.status_code, answer.json()["pre_start"]) == (200, day > TODAY)


async def _set(portal: Portal, number: str, **values: Any) -> None:
    async with portal.database.transaction() as session:
        await session.exec(update(OrderRow).where(col(OrderRow.number) == number).values(**values))


async def _messages(portal: Portal, name: str) -> Mapping[str, OutboxRow]:
    """By the number of the order."""
    async with portal.database.transaction() as session:
        query = select(OrderRow.number, OutboxRow).join(OutboxRow, col(OutboxRow.order_id) == col(OrderRow.id))
        return dict(await session.all(query.where(col(OutboxRow.name) == name)))


async def _ordering(portal: Portal) -> httpx2.Response:
    order = PHONE_FOR_OTHER | {"beneficiary_id": JORDAN.id}
    async with await portal.client("Priya") as client:
        return await client.post("/api/v1/orders?dry_run=true", json=order)


@pytest.mark.covers("EMPLOYEE_STARTS_LATER")
async def test_it_is_ordered_for_a_person_from_30_days_before_their_first_day(portal: Portal) -> None:
    await _starts(portal, IN_60)
    (error,) = (await _ordering(portal)).json()["errors"]
    assert (error["code"], error["field"]) == ("EMPLOYEE_STARTS_LATER", "beneficiary_id")
    assert error["detail"].startswith("Jordan Blake starts on ")
    assert "You can order for them from " in error["detail"]
    await _starts(portal, IN_20)
    assert (await _ordering(portal)).json().get("errors", []) == []


async def test_a_person_signs_in_from_their_first_day(portal: Portal) -> None:
    async with await portal.browser("Jordan") as jordan, portal.new_browser() as browser:
        await _starts(portal, IN_20)
        ended = await jordan.get("/api/v1/orders")
        refused = await portal.submit_password(browser)
        portal.clock.advance(days=21)
        signed_in = await portal.sign_in(browser)
    assert ended.status_code == 401
    assert "You can sign in from your first day, " in refused.text
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")


async def test_the_right_password_before_the_first_day_is_no_failed_attempt(portal: Portal) -> None:
    await _starts(portal, IN_20)
    async with portal.new_browser() as browser:
        for _ in range(USERNAME.free + 1):
            refused = await portal.submit_password(browser)
            assert "You can sign in from your first day, " in refused.text
    async with portal.database.transaction() as session:
        assert await session.all(select(AttemptLimitRow).where(col(AttemptLimitRow.tries) > 0)) == []


async def test_a_wrong_password_tells_nothing_about_the_first_day(portal: Portal) -> None:
    await _starts(portal, IN_20)
    async with portal.new_browser() as browser:
        refused = await portal.submit_password(browser, password="no such password")
    assert "first day" not in refused.text


async def _other_admins(portal: Portal, *, starts_on: date | None) -> None:
    """Make Dana an admin next to Priya, with this first day if it is given; no one else is one."""
    keep = {PRIYA.id, DANA.id} if starts_on else {PRIYA.id}
    async with portal.database.transaction() as session:
        for row in await session.all(select(PersonRow).where(col(PersonRow.tenant) == "acme")):
            row.roles = ["admin"] if row.id in keep else [one for one in row.roles if one != "admin"]
            row.starts_on = starts_on if row.id == DANA.id else None


@pytest.mark.parametrize("other", [None, IN_20], ids=["only admin", "the other starts later"])
async def test_no_first_day_leaves_no_admin_who_can_sign_in(portal: Portal, other: date | None) -> None:
    await _other_admins(portal, starts_on=other)
    async with await portal.browser("Priya") as client:
        page = await client.post(f"/api/v1/people/{PRIYA.id}/details", json={"starts_on": IN_20.isoformat()})
        (row,) = await rows_of(client, people("starts_on", (PRIYA, IN_20.isoformat())))
        roles = await client.post(f"/api/v1/people/{PRIYA.id}/roles", json={"roles": [], "owns": []})
        past = await client.post(f"/api/v1/people/{PRIYA.id}/details", json={"starts_on": TODAY.isoformat()})
    says = "This would leave no active admin. Make someone else an admin first."
    assert (code(page), page.json()["detail"]) == ((409, "ACTION_NOT_ALLOWED"), says)
    assert (row["outcome"], row["wrong"]) == ("conflict", [{"column": "starts_on", "detail": says}])
    assert (code(roles), past.status_code) == ((409, "ACTION_NOT_ALLOWED"), 200)


async def test_one_file_gives_not_all_admins_a_first_day(portal: Portal) -> None:
    await _other_admins(portal, starts_on=TODAY)
    async with await portal.browser("Priya") as client:
        rows = await rows_of(client, people("starts_on", (DANA, IN_20.isoformat()), (PRIYA, IN_20.isoformat())))
        (one_of_them,) = await rows_of(client, people("starts_on", (PRIYA, IN_20.isoformat())))
    assert [row["outcome"] for row in rows] == ["conflict", "conflict"]
    assert one_of_them["outcome"] == "changed"


@pytest.mark.parametrize("way", ["page", "file"])
async def test_what_is_scheduled_moves_with_the_first_day_and_the_requester_is_told_of_the_rest(
    portal: Portal, way: str
) -> None:
    await _starts(portal, IN_20)
    scheduled, shipped = [(await portal.order("Dana", beneficiary_id=JORDAN.id))["number"] for _ in range(2)]
    at = utc_now().replace(hour=15) + timedelta(days=20)
    await _set(portal, scheduled, status=Status.SCHEDULED, due_at=at)
    await _set(portal, shipped, status=Status.SHIPPED)
    if way == "page":
        await _starts(portal, IN_27)
    else:
        async with await portal.browser("Priya") as client:
            await applied(client, people("starts_on", (JORDAN, IN_27.isoformat())))
    moved = await _messages(portal, "reschedule")
    assert list(moved) == [scheduled]
    (email,) = [one for one in await portal.account_emails() if one.event == "start_moved"]
    assert email.recipient_id == DANA.id
    assert (scheduled in email.data["moved"], shipped in email.data["stay"]) == (True, True)
    assert shipped not in email.data["moved"]


async def test_who_never_started_is_shown_what_happens_and_then_it_does(portal: Portal) -> None:
    await _starts(portal, TODAY)
    waiting, shipped = [(await portal.order("Dana", beneficiary_id=JORDAN.id))["number"] for _ in range(2)]
    await _set(portal, shipped, status=Status.SHIPPED)
    async with portal.database.transaction() as session:
        items = select(OrderRow.id).where(col(OrderRow.number) == shipped)
        await session.exec(update(ItemRow).where(col(ItemRow.order_id).in_(items)).values(state=ItemState.SHIPPED))
        spare = select(LineRow.id).where(col(LineRow.tenant) == "acme", col(LineRow.status) == "active").limit(1)
        await session.exec(update(LineRow).where(col(LineRow.id).in_(spare)).values(person_id=JORDAN.id, site_id=None))
    async with await portal.browser("Priya") as client:
        shown = (await client.get(f"{PERSON}/no-show")).json()
        page = (await client.get(f"/people/{JORDAN.id}/no-show", headers={"Accept": "text/html"})).text
        assert await _messages(portal, "cancel") == {}
        done = [await client.post(f"{PERSON}/no-show", json={}) for _ in range(2)]
    assert [[one["number"] for one in shown[part]] for part in ("canceled", "others")] == [[waiting], [shipped]]
    assert {one["holder"]["id"] for one in (*shown["lines"], *shown["devices"])} == {JORDAN.id}
    assert page.index(waiting) < page.index("Orders that can't be canceled anymore") < page.index(shipped)
    assert "If they start later after all, stop the checklist on the page of their leave" in page
    assert [one.status_code for one in done] == [200, 200]
    assert list(await _messages(portal, "cancel")) == [waiting]
    async with portal.database.transaction() as session:
        (leave,) = await session.all(select(LeaveRow))
    assert (leave.immediate, leave.no_show, leave.state) == (True, True, "open")


async def test_the_report_of_a_no_show_waits_for_the_admins_before_it_locks_the_person(portal: Portal) -> None:
    await _starts(portal, TODAY)
    async with await portal.browser("Priya") as client:
        async with portal.database.transaction() as session:
            await person_changes.lock_admins(session, "acme", TODAY)
            report = create_task(client.post(f"{PERSON}/no-show", json={}))
            await sleep(0.5)
            await (await session.connection()).execute(text("SET LOCAL lock_timeout = '100ms'"))
            assert await person_changes.lock_person(session, "acme", JORDAN.id)
        assert (await report).status_code == 200


@pytest.mark.parametrize("days", [None, -31], ids=["no first day", "long ago"])
async def test_who_has_started_cannot_be_reported_as_not_started(portal: Portal, days: int | None) -> None:
    starts_on = TODAY + timedelta(days=days) if days else None
    async with portal.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(starts_on=starts_on))
    async with await portal.browser("Priya") as client:
        refused = await client.post(f"{PERSON}/no-show", json={})
        page = (await client.get(f"/people/{JORDAN.id}", headers={"Accept": "text/html"})).text
    assert code(refused) == (409, "ACTION_NOT_ALLOWED")
    assert "start their leave instead" in refused.json()["detail"]
    assert "/no-show" not in page
