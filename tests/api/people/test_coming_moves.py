"""People who get another manager, department or cost center on a day to come, by page and by file."""

import json
from datetime import datetime, timedelta
from functools import partial

import httpx2
import pytest
from sqlmodel import col, select, update

from models.db.accounts.tables import CostCenterRow
from models.db.audit.tables import AuditRow
from models.db.imports.tables import ImportedRow
from models.db.inventory.tables import LineRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from outbox.move_monitor import MoveMonitor
from tests import factories
from tests.api.imports.test_imports import applied
from tests.api.imports.test_people_guard import people, rows_of
from tests.api.people.test_movers import DANA, JORDAN, WAYS, lines_of
from tests.api.signed_out_browser import HTML, Portal


@WAYS
async def test_a_person_moves_once_the_day_has_come(portal: Portal, way: str) -> None:
    jordan, grace = await portal.row("Jordan"), await portal.row("Grace")
    (line,) = await lines_of(portal, str(jordan.cost_center))
    day = factories.today() + timedelta(days=9)
    async with portal.database.transaction() as session:
        active = col(CostCenterRow.tenant) == "acme", col(CostCenterRow.active)
        query = select(CostCenterRow.code).where(*active, col(CostCenterRow.code) != jordan.cost_center)
        center = (await session.all(query.order_by(col(CostCenterRow.code))))[0]
    if way == "page":
        form = {"moves_on": day.isoformat(), "next_manager": grace.email, "next_cost_center": center}
        await _edit(portal, form)
    else:
        cells = f"{day},{grace.employee_number},{center}"
        async with await portal.browser("Priya") as client:
            header = "employee_number,moves_on,next_manager,next_cost_center"
            await applied(client, f"{header}\n{jordan.employee_number},{cells}\n")
    assert await _where(portal, line) == (DANA.id, jordan.cost_center, jordan.cost_center)
    async with await portal.browser("Priya") as client:
        shown = (await client.get(f"/api/v1/people/{JORDAN.id}")).json()["coming_move"]
    assert (shown["on"], shown["manager"]["id"], shown["account"], shown["cost_center"]) == (
        day.isoformat(), grace.id, None, center,
    )  # fmt: skip
    for days, place in ((8, (DANA.id, jordan.cost_center)), (10, (grace.id, center))):
        at = utc_now() + timedelta(days=days)
        await MoveMonitor(portal.database, clock=partial(_same, at)).run_once()
        assert await _where(portal, line) == (*place, place[1])
    assert (await portal.row("Jordan")).moves_on is None


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"next_cost_center": "CC-1110"}, "Enter the day from which this holds."),
        ({"moves_on": "2099-01-04"}, "Enter what changes on this day"),
        ({"moves_on": "2020-01-04", "next_cost_center": "CC-1110"}, "Choose a later day, or change it right away."),
        ({"moves_on": "2099-01-04", "next_manager": "No Such Name"}, "No one has this name or email address."),
    ],
    ids=["no day", "nothing", "past", "unknown manager"],
)
async def test_the_form_says_what_is_wrong_with_a_coming_move(portal: Portal, form: dict[str, str], says: str) -> None:
    answer = await _edit(portal, form)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert (await portal.row("Jordan")).moves_on is None


@pytest.mark.parametrize("days", [0, -9], ids=["today", "past"])
async def test_a_file_with_a_move_whose_day_has_come_changes_no_one_again(portal: Portal, days: int) -> None:
    grace, day = await portal.row("Grace"), factories.today() + timedelta(days=days)
    cells = f"{day},{grace.employee_number}"
    async with await portal.browser("Priya") as client:
        text = people("moves_on,next_manager", (JORDAN, cells))
        (row,) = await rows_of(client, text)
        await applied(client, text)
    await MoveMonitor(portal.database).run_once()
    assert (row["outcome"], row["wrong"][0]["column"]) == ("conflict", "moves_on")
    assert row["wrong"][0]["detail"].startswith("This day has come. Enter a later one;")
    jordan = await portal.row("Jordan")
    assert (jordan.manager_id, jordan.moves_on) == (DANA.id, None)


@pytest.mark.parametrize("moved", [True, False], ids=["moved", "new"])
async def test_the_file_that_moved_a_person_changes_nothing_when_it_is_imported_again(
    portal: Portal, *, moved: bool
) -> None:
    grace, day = await portal.row("Grace"), factories.today() - timedelta(days=9)
    jordan = await portal.row("Jordan")
    person = "A1012,Jordan Blake,jordan.blake@acme.example.com" if moved else "A9001,Bo Diaz,bo@acme.example.com"
    header = "employee_number,name,email,manager,cost_center,moves_on,next_manager,next_cost_center"
    text = f"{header}\n{person},{DANA.email},{jordan.cost_center},{day},{grace.email},CC-1300\n"
    if moved:
        async with portal.database.transaction() as session:
            after = {"manager_id": grace.id, "cost_center": "CC-1300"}
            await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(**after))
    async with await portal.browser("Priya") as client:
        first = await applied(client, text)
        again = await rows_of(client, text)
    assert (first["counts"].get("new", 0), first["counts"].get("changed", 0)) == (0 if moved else 1, 0)
    assert again == []
    row = await portal.row("Jordan" if moved else "Bo")
    assert (row.manager_id, row.cost_center, row.moves_on) == (grace.id, "CC-1300", None)


async def test_an_old_move_of_someone_who_has_left_is_over(portal: Portal) -> None:
    day = factories.today() - timedelta(days=9)
    async with portal.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(active=False))
    async with await portal.browser("Priya") as client:
        cells = f"no,{day},{(await portal.row('Grace')).employee_number}"
        assert await rows_of(client, people("active,moves_on,next_manager", (JORDAN, cells))) == []


async def test_a_manager_who_now_reports_to_the_person_is_no_fault_of_an_old_row(portal: Portal) -> None:
    grace, day = await portal.row("Grace"), factories.today() - timedelta(days=9)
    async with portal.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(manager_id=grace.id))
        await session.exec(update(PersonRow).where(col(PersonRow.id) == DANA.id).values(manager_id=JORDAN.id))
    async with await portal.browser("Priya") as client:
        cells = f"{DANA.email},{day},{grace.employee_number}"
        assert await rows_of(client, people("manager,moves_on,next_manager", (JORDAN, cells))) == []


async def _due(
    portal: Portal, *, active: bool = True, manager_active: bool = True, cycle: bool = False
) -> AuditRow | None:
    """Let the monitor find that Jordan moves to Grace today; returns what the audit log has of it."""
    grace, day = await portal.row("Grace"), factories.today()
    async with portal.database.transaction() as session:
        jordan = await session.get_one(PersonRow, ("acme", JORDAN.id))
        jordan.moves_on, jordan.next_manager_id, jordan.next_cost_center = day, grace.id, "CC-9"
        jordan.active = active
        manager = await session.get_one(PersonRow, ("acme", grace.id))
        manager.active, manager.manager_id = manager_active, JORDAN.id if cycle else manager.manager_id
    await MoveMonitor(portal.database).run_once()
    events = [one for one in await portal.rows(AuditRow) if one.subject_id == JORDAN.id]
    return events[0] if events else None


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ({"manager_active": False}, "The manager stays, because Grace Holloway isn't active anymore."),
        ({"cycle": True}, "The manager stays, because Grace Holloway reports to Jordan Blake."),
    ],
    ids=["inactive", "cycle"],
)
async def test_who_cannot_be_the_manager_by_then_is_not_and_the_audit_log_says_so(
    portal: Portal, case: dict[str, bool], says: str
) -> None:
    event, jordan = await _due(portal, **case), await portal.row("Jordan")
    assert (jordan.manager_id, jordan.cost_center, jordan.moves_on) == (DANA.id, "CC-9", None)
    assert event is not None
    assert (event.detail["reason"], event.detail["after"]["manager_id"]) == (says, DANA.id)


async def test_a_move_that_would_be_due_is_not_brought_back(portal: Portal) -> None:
    grace, day = await portal.row("Grace"), factories.today()
    move = f"{day + timedelta(days=5)},{grace.employee_number}"
    async with await portal.browser("Priya") as client:
        await applied(client, people("moves_on,next_manager", (JORDAN, move)))
        later = await applied(client, people("moves_on", (JORDAN, str(day + timedelta(days=9)))))
        async with portal.database.transaction() as session:
            of_import = col(ImportedRow.import_number) == later["number"]
            row = (await session.exec(select(ImportedRow).where(of_import))).one()
            row.changes = {**row.changes, "moves_on": [str(day), row.changes["moves_on"][1]]}
        refused = await client.post(f"/api/v1/imports/{later['number']}/undo")
    assert refused.status_code == 409
    assert "The move that this would bring back is due." in refused.text


async def test_who_leaves_before_a_move_does_not_move_when_they_are_back(portal: Portal) -> None:
    grace, day = await portal.row("Grace"), factories.today() + timedelta(days=5)
    async with await portal.browser("Priya") as client:
        await applied(client, people("moves_on,next_manager", (JORDAN, f"{day},{grace.employee_number}")))
        for action in ("deactivate", "reactivate"):
            await client.post(f"/api/v1/people/{JORDAN.id}/{action}", json={"reason": "A mistake."})
    jordan = await portal.row("Jordan")
    assert (jordan.active, jordan.moves_on, jordan.next_manager_id) == (True, None, None)


async def test_who_has_left_does_not_move(portal: Portal) -> None:
    event, jordan = await _due(portal, active=False), await portal.row("Jordan")
    assert (event, jordan.manager_id) == (None, DANA.id)


def _same(at: datetime) -> datetime:
    return at


async def _edit(portal: Portal, changed: dict[str, str]) -> httpx2.Response:
    """Send the form of Jordan's details with these changes."""
    shown = dict.fromkeys(changed, "")
    async with await portal.browser("Priya") as client:
        card = (await client.get(f"/api/v1/people/{JORDAN.id}")).json()
        shown |= {name: card[name] or "" for name in ("name", "employee_number", "title", "cost_center")}
        shown |= {"account": card["account"]["id"], "manager": card["manager"]["name"]}
        form = {**shown, **changed, "shown": json.dumps(shown)}
        return await client.post(f"/people/{JORDAN.id}/details", data=form, headers=HTML)


async def _where(portal: Portal, line_id: str) -> tuple[str | None, str | None, str | None]:
    """Jordan's manager and cost center, and the cost center of a line."""
    jordan = await portal.row("Jordan")
    async with portal.database.transaction() as session:
        line = await session.get_one(LineRow, ("acme", line_id))
    return jordan.manager_id, jordan.cost_center, line.cost_center
