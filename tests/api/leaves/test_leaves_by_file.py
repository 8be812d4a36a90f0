"""Files of people start leaves and move them, and never cancel one silently."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select, update

from models.db.leaves.tables import LeaveRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.leave import LeaveState
from tests.api.api_client import code
from tests.api.imports.test_imports import applied
from tests.api.imports.test_people_guard import JORDAN, NEW, PRIYA, people, rows_of, undo
from tests.api.leaves.test_leaves import LAST_DAY, LEAVE, PLANNED
from tests.api.signed_out_browser import Portal

LATER = (utc_now() + timedelta(days=40)).date().isoformat()
PAST = (utc_now() - timedelta(days=3)).date().isoformat()


@pytest.fixture(autouse=True)
async def only_priya_is_admin(portal: Portal) -> None:
    async with portal.database.transaction() as session:
        for row in await session.all(select(PersonRow).where(col(PersonRow.tenant) == "acme")):
            row.roles = [one for one in row.roles if one != "admin" or row.id == PRIYA.id]


def leaving(day: str) -> str:
    return people("leaves_on", (JORDAN, day))


async def _ended(portal: Portal, state: LeaveState) -> None:
    """Jordan's access ended some days ago."""
    next_at = utc_now() if state is LeaveState.OPEN else None
    async with portal.database.transaction() as session:
        await session.exec(update(LeaveRow).values(ended_at=utc_now(), state=state, next_at=next_at))
        gone = {"active": False, "leaves_on": date.fromisoformat(PAST)}
        await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(**gone))


async def _leaves(portal: Portal) -> list[tuple[str, str]]:
    """The state of each, and the last day of Jordan."""
    async with portal.database.transaction() as session:
        rows = await session.all(select(LeaveRow).order_by(LeaveRow.id))
    return [(row.state, str((await portal.row("Jordan")).leaves_on)) for row in rows]


async def test_two_files_and_a_page_that_say_the_same_person_leaves_have_one_checklist(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        (row,) = await rows_of(client, leaving(LAST_DAY))
        await applied(client, leaving(LAST_DAY))
        started = await _leaves(portal)
        again = await rows_of(client, leaving(LAST_DAY))
        await client.post(LEAVE, json=PLANNED)
        await applied(client, leaving(LATER))
        checklist = (await client.get(LEAVE)).json()
    assert (row["outcome"], [one["after"] for one in row["changes"]], again) == ("changed", [LAST_DAY], [])
    assert started == [("open", LAST_DAY)]
    assert await _leaves(portal) == [("open", LATER)]
    assert (checklist["last_day"], checklist["state"]) == (LATER, "open")


async def test_an_empty_day_is_refused_and_says_what_to_do(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        await applied(client, leaving(LAST_DAY))
        (row,) = await rows_of(client, leaving(""))
    (wrong,) = row["wrong"]
    assert (row["outcome"], wrong["column"]) == ("conflict", "leaves_on")
    assert "An empty cell doesn't change that. If they stay, stop the checklist on the page of" in wrong["detail"]
    assert await _leaves(portal) == [("open", LAST_DAY)]


async def test_undoing_a_file_cancels_the_leave_that_it_has_started_and_moves_back_another(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        first = await applied(client, leaving(LAST_DAY))
        second = await applied(client, leaving(LATER))
        await undo(client, second["number"])
        moved_back = await _leaves(portal)
        await undo(client, first["number"])
    assert moved_back == [("open", LAST_DAY)]
    assert await _leaves(portal) == [("canceled", "None")]


async def test_whom_a_file_brings_can_leave_and_then_stays_known(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        done = await applied(client, f"employee_number,name,email,leaves_on\n{','.join(NEW)},{LAST_DAY}\n")
        refused = await undo(client, done["number"])
    async with portal.database.transaction() as session:
        (row,) = await session.all(select(LeaveRow))
    assert (row.state, code(refused)) == ("open", (409, "ACTION_NOT_ALLOWED"))
    assert "Their leave has started. Stop the checklist on its page" in refused.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (LeaveState.OPEN, "If they are back, stop the checklist on the page of their leave; otherwise enter `no`."),
        (LeaveState.DONE, "If they are back, reactivate them on their page; otherwise enter `no`."),
    ],
    ids=["open", "done"],
)
async def test_a_file_gives_no_one_access_back_whose_last_day_has_passed(
    portal: Portal, state: LeaveState, says: str
) -> None:
    async with await portal.browser("Priya") as client:
        await applied(client, leaving(LAST_DAY))
        await _ended(portal, state)
        text = people("leaves_on,active", (JORDAN, f"{PAST},yes"))
        (row,) = await rows_of(client, text)
        done = await applied(client, text)
        unchanged = await rows_of(client, people("leaves_on,active", (JORDAN, f"{PAST},no")))
    (wrong,) = row["wrong"]
    assert (row["outcome"], wrong["column"], says in wrong["detail"]) == ("conflict", "active", True)
    assert (done["counts"].get("changed", 0), unchanged) == (0, [])
    assert (await portal.row("Jordan")).active is False
    assert await _leaves(portal) == [(state, PAST)]


async def test_who_is_reactivated_after_their_leave_has_no_last_day_anymore(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        await applied(client, leaving(LAST_DAY))
        await _ended(portal, LeaveState.DONE)
        back = await client.post(f"/api/v1/people/{JORDAN.id}/reactivate", json={"reason": "They are back."})
        rows = await rows_of(client, people("leaves_on", (JORDAN, "")))
    assert (back.status_code, rows, (await portal.row("Jordan")).leaves_on) == (200, [], None)


async def test_a_file_moves_no_last_day_after_access_has_ended(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        await applied(client, leaving(LAST_DAY))
        await _ended(portal, LeaveState.OPEN)
        (row,) = await rows_of(client, leaving(LATER))
        await applied(client, leaving(LATER))
    (wrong,) = row["wrong"]
    assert (row["outcome"], wrong["column"]) == ("conflict", "leaves_on")
    assert "Their access has ended, so the day can't change anymore." in wrong["detail"]
    assert await _leaves(portal) == [("open", PAST)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (leaving(PAST), "The last day can't be in the past."),
        (people("leaves_on", (PRIYA, LAST_DAY)), "This would leave no active admin. Make someone else an admin first."),
    ],
    ids=["past", "only admin"],
)
async def test_the_check_refuses_what_the_page_of_a_leave_refuses(portal: Portal, text: str, says: str) -> None:
    async with await portal.browser("Priya") as client:
        (row,) = await rows_of(client, text)
    assert (row["outcome"], row["wrong"][0]["column"]) == ("conflict", "leaves_on")
    assert row["wrong"][0]["detail"].startswith(says)


async def test_the_only_admin_cannot_leave(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        refused = await client.post(f"/api/v1/people/{PRIYA.id}/leave", json=PLANNED)
    assert code(refused) == (409, "ACTION_NOT_ALLOWED")
    assert refused.json()["detail"] == "This would leave no active admin. Make someone else an admin first."
