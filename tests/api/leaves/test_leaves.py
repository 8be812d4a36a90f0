"""Starting the leave of a person, saying what becomes of lines and devices, and canceling it."""

from datetime import date, timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from demo.company import SAMPLE_PEOPLE
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveRow
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import new_id, utc_now
from tests.api.api_client import code
from tests.api.signed_out_browser import Portal

JORDAN = SAMPLE_PEOPLE["employee"]
LEAVE = f"/api/v1/people/{JORDAN.id}/leave"
PAGE = f"/people/{JORDAN.id}/leave"
LAST_DAY = (utc_now() + timedelta(days=30)).date().isoformat()
PLANNED = {"last_day": LAST_DAY}
HTML = {"Accept": "text/html"}


@pytest.fixture
async def line(portal: Portal) -> LineRow:
    """Jordan's only line, with a device."""
    async with portal.database.transaction() as session:
        mine = col(LineRow.person_id) == JORDAN.id
        await session.exec(update(LineRow).where(mine).values(person_id=None))
        await session.exec(update(DeviceRow).where(col(DeviceRow.person_id) == JORDAN.id).values(person_id=None))
        with_device = col(LineRow.device_id).is_not(None), col(LineRow.status) == "active"
        query = select(LineRow).where(col(LineRow.tenant) == "acme", *with_device).order_by(col(LineRow.id)).limit(1)
        row = (await session.exec(query)).one()
        jordan = await session.get_one(PersonRow, ("acme", JORDAN.id))
        row.person_id, row.site_id, row.account_id = jordan.id, None, str(jordan.account_id)
        device = await session.get_one(DeviceRow, ("acme", row.device_id))
        device.person_id, device.site_id = JORDAN.id, None
        return row


async def _start(portal: Portal, name: str = "Dana", **body: Any) -> httpx2.Response:
    async with await portal.browser(name) as client:
        return await client.post(LEAVE, json=body or PLANNED)


async def _choose(portal: Portal, *choices: dict[str, Any], name: str = "Dana") -> httpx2.Response:
    async with await portal.browser(name) as client:
        return await client.post(f"{LEAVE}/choices", json={"choices": list(choices)})


def _line(row: LineRow, choice: str | None, **more: Any) -> dict[str, Any]:
    return {"thing": "line", "id": row.id, "choice": choice, **more}


def _device(row: LineRow, choice: str | None) -> dict[str, Any]:
    return {"thing": "device", "id": row.device_id, "choice": choice}


async def _actions(portal: Portal) -> list[str]:
    async with await portal.browser("Priya") as admin:
        found = [one["action"] for one in (await admin.get("/api/v1/audit")).json()["items"]]
    return [one for one in reversed(found) if one.startswith("leave_")]


async def test_a_manager_starts_a_leave_that_lists_all_that_the_person_has(portal: Portal, line: LineRow) -> None:
    started = (await _start(portal)).json()
    assert (started["state"], started["last_day"], started["owner"]["name"]) == ("open", LAST_DAY, "Dana Ortiz")
    assert [(one["thing"], one["id"], one["choice"]) for one in started["items"]] == [
        ("line", line.id, None),
        ("device", line.device_id, None),
    ]
    assert "leave_started" in await _actions(portal)


async def test_a_person_who_leaves_in_two_ways_has_one_checklist(portal: Portal) -> None:
    await _start(portal)
    later = (utc_now() + timedelta(days=40)).date().isoformat()
    moved = (await _start(portal, "Priya", last_day=later)).json()
    async with portal.database.transaction() as session:
        (row,) = await session.all(select(LeaveRow))
    assert (row.state, moved["last_day"], str((await portal.row("Jordan")).leaves_on)) == ("open", later, later)
    assert [one for one in await _actions(portal) if one.startswith("leave_")] == ["leave_started", "leave_changed"]


async def test_starting_it_again_as_it_is_changes_nothing(portal: Portal) -> None:
    await _start(portal)
    await _start(portal)
    assert [one for one in await _actions(portal) if one.startswith("leave_")] == ["leave_started"]


@pytest.mark.parametrize("body", [
    {"last_day": None}, {"last_day": "2020-01-31"}, {"last_day": LAST_DAY, "immediate": True}, {"last_day": "soon"},
])  # fmt: skip
async def test_a_last_day_that_cannot_be_is_refused(portal: Portal, body: dict[str, Any]) -> None:
    answer = await _start(portal, **body)
    assert (answer.status_code, answer.json()["field"]) == (422, "last_day")


async def test_a_choice_is_kept_with_who_made_it(portal: Portal, line: LineRow) -> None:
    await _start(portal)
    answer = await _choose(portal, _line(line, "disconnect"), _device(line, "return"), name="Jordan")
    assert [one["choice"] for one in answer.json()["items"]] == ["disconnect", "return"]
    assert (await _actions(portal)).count("leave_chosen") == 2


async def test_a_choice_can_be_taken_back(portal: Portal, line: LineRow) -> None:
    await _start(portal)
    await _choose(portal, _device(line, "return"))
    answer = await _choose(portal, _device(line, None))
    assert [one["choice"] for one in answer.json()["items"]] == [None, None]


async def test_a_line_goes_to_someone_the_caller_sees(portal: Portal, line: LineRow) -> None:
    await _start(portal)
    omar, nadia = await portal.row("Omar"), await portal.row("Nadia")
    answer = await _choose(portal, _line(line, "reassign", to_id=nadia.id), name="Priya")
    assert answer.json()["items"][0]["to"]["name"] == nadia.name
    for to in (None, "nowhere", JORDAN.id):
        refused = await _choose(portal, _line(line, "reassign", to_id=to), name="Priya")
        assert code(refused) == (422, "INVALID_REQUEST")
    assert code(await _choose(portal, _line(line, "disconnect", to_id=omar.id), name="Priya"))[0] == 422


@pytest.mark.usefixtures("line")
async def test_who_sees_no_one_can_hand_a_line_to_no_one(portal: Portal) -> None:
    await _start(portal)
    async with await portal.browser("Jordan") as client:
        items = (await client.get(LEAVE)).json()["items"]
    assert [[one["code"] for one in item["options"]] for item in items] == [
        ["spare", "disconnect"],
        ["return", "stock", "with_line", "missing"],
    ]


async def test_a_line_that_ends_needs_a_choice_for_its_device(portal: Portal, line: LineRow) -> None:
    await _start(portal)
    refused = await _choose(portal, _line(line, "disconnect"))
    assert (refused.status_code, refused.json()["field"]) == (422, f"choices.{line.device_id}")
    assert code(await _choose(portal, _line(line, "disconnect"), _device(line, "with_line")))[0] == 422
    assert (await _choose(portal, _line(line, "disconnect"), _device(line, "missing"))).status_code == 200


async def test_other_things_and_other_choices_are_refused(portal: Portal, line: LineRow) -> None:
    await _start(portal)
    for wrong in (_line(line, "explode"), _line(line, "stock"), {"thing": "line", "id": "x", "choice": "disconnect"}):
        assert (await _choose(portal, wrong)).json()["field"] == f"choices.{wrong['id']}"


async def test_a_canceled_leave_is_over(portal: Portal, line: LineRow) -> None:
    await _start(portal)
    async with await portal.browser("Dana") as client:
        assert (await client.post(f"{LEAVE}/cancel", json={})).json()["state"] == "canceled"
        assert code(await client.post(f"{LEAVE}/cancel", json={})) == (409, "ACTION_NOT_ALLOWED")
    assert code(await _choose(portal, _device(line, "return"))) == (409, "ACTION_NOT_ALLOWED")
    assert (await _actions(portal))[-1] == "leave_canceled"


async def test_canceling_undoes_what_was_not_sent_and_gives_access_back(portal: Portal, line: LineRow) -> None:
    await _start(portal)
    placed = [await portal.order("Jordan") for _ in range(2)]
    async with portal.database.transaction() as session:
        leave = (await session.exec(select(LeaveRow))).one()
        leave.ended_at = utc_now()
        for thing, order in zip(("line", "device"), placed, strict=True):
            (await leaves.item(session, leave, thing, line.id)).order_id = order["id"]
        (await session.get_one(OrderRow, ("acme", placed[1]["id"]))).status = "IN_FULFILLMENT"
        (await session.get_one(PersonRow, ("acme", JORDAN.id))).active = False
    async with await portal.browser("Dana") as client:
        await client.post(f"{LEAVE}/cancel", json={})
    async with portal.database.transaction() as session:
        sent = await session.all(select(OutboxRow).where(col(OutboxRow.name) == "cancel"))
    assert [row.order_id for row in sent] == [placed[0]["id"]]
    jordan = await portal.row("Jordan")
    assert (jordan.active, jordan.leaves_on) == (True, None)


async def test_the_page_says_from_the_start_what_happens_without_an_answer(portal: Portal) -> None:
    await _start(portal)
    async with await portal.browser("Jordan") as jordan:
        page = (await jordan.get(PAGE)).text
    assert "stays active for 5 business days, is then suspended, and is disconnected 30 days later" in page


async def test_the_page_starts_answers_and_cancels(portal: Portal, line: LineRow) -> None:
    async with await portal.browser("Dana") as dana:
        found = await dana.post("/leaves", data={"name": "jordan blake"})
        assert found.headers["location"] == PAGE
        assert "Last day" in (await dana.get(PAGE)).text
        await dana.post(PAGE, data={"last_day": LAST_DAY})
        assert JORDAN.name in (await dana.get("/leaves")).text
        typed = {f"line.{line.id}": "disconnect", f"device.{line.device_id}": ""}
        refused = await dana.post(f"{PAGE}/choices", data=typed)
        assert (refused.status_code, "Say where" in refused.text) == (422, True)
        saved = await dana.post(f"{PAGE}/choices", data=typed | {f"device.{line.device_id}": "return"})
        assert saved.headers["location"] == f"{PAGE}?done=chosen"
        page = (await dana.get(PAGE)).text
        assert page.count(" checked") == 2
        await dana.post(f"{PAGE}/cancel", data={})
        assert "Cancel this leave" not in (await dana.get(PAGE)).text


async def test_the_page_names_who_takes_a_line_over(portal: Portal, line: LineRow) -> None:
    await _start(portal)
    nadia = await portal.row("Nadia")
    async with await portal.browser("Priya") as admin:
        typed = {f"line.{line.id}": "reassign", f"to.{line.id}": "nobody at all"}
        assert "No one has this name" in (await admin.post(f"{PAGE}/choices", data=typed)).text
        await admin.post(f"{PAGE}/choices", data=typed | {f"to.{line.id}": nadia.email})
        assert f'value="{nadia.name}"' in (await admin.get(PAGE)).text


async def test_only_who_can_start_a_leave_is_offered_it(portal: Portal) -> None:
    async with await portal.browser("Jordan") as jordan, await portal.browser("Dana") as dana:
        assert "Continue" not in (await jordan.get("/leaves")).text
        assert "Continue" in (await dana.get("/leaves")).text
        assert (await jordan.get(PAGE)).status_code == 404


@pytest.mark.covers("SERVICE_TERMINATE.LEAVER_NUMBER_UNDECIDED")
async def test_a_line_is_not_disconnected_before_its_leaver_has_said_what_becomes_of_the_number(
    portal: Portal, line: LineRow
) -> None:
    order: dict[str, Any] = {
        "type": "SERVICE_TERMINATE",
        "answers": {"end_reason": "left", "final_ack": True},
        "items": [{"line": line.id, "device_goes": "stock"}],
    }

    async def undecided() -> list[str]:
        async with await portal.browser("Priya") as admin:
            answer = (await admin.post("/api/v1/orders?dry_run=true", json=order)).json()
        return [one["field"] for one in answer.get("errors", ()) if one["code"] == "LEAVER_NUMBER_UNDECIDED"]

    assert await undecided() == []
    await _start(portal, last_day=(utc_now() + timedelta(days=7)).date().isoformat())
    assert await undecided() == ["items.0.leaver_ack"]
    await _choose(portal, _line(line, "spare"))
    assert await undecided() == []
    await _choose(portal, _line(line, None))
    assert await undecided() == ["items.0.leaver_ack"]
    order["items"][0]["leaver_ack"] = True
    assert await undecided() == []


async def test_leaves_come_in_pages_with_the_earliest_first(portal: Portal) -> None:
    days = {"Jordan": date(2026, 12, 4), "Nadia": date(2026, 12, 1), "Marcus": date(2026, 12, 4), "Dana": None}
    async with portal.database.transaction() as session:
        for name, last_day in days.items():
            person = await session.get_one(PersonRow, ("acme", (await portal.row(name)).id))
            person.leaves_on = last_day
            row = LeaveRow(tenant="acme", id=new_id(), person_id=person.id, started_by=None, started_at=utc_now())
            row.next_at = utc_now()
            await leaves.add(session, row)
    pages, cursor = list[str](), ""
    async with await portal.browser("Priya") as admin:
        while cursor is not None:
            page = (await admin.get(f"/api/v1/leaves?limit=1{cursor and f'&cursor={cursor}'}")).json()
            pages += [one["person"]["name"].split()[0] for one in page["items"]]
            cursor = page["next_cursor"]
        first = (await admin.get("/leaves?limit=2")).text
    assert pages == ["Nadia", "Jordan", "Marcus", "Dana"]
    assert first.count("Last day: ") == 2
    assert 'rel="next"' in first
