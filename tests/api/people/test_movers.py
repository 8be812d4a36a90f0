"""People who get another manager, department or cost center, by page and by file."""

import json
from asyncio import create_task, sleep
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from demo.company import SAMPLE_PEOPLE
from models.db.accounts.tables import AccountRow, CostCenterRow
from models.db.approvals.tables import ApprovalRow
from models.db.audit.tables import AuditRow
from models.db.catalog import policy_versions
from models.db.imports.tables import ImportedRow
from models.db.inventory.tables import LineRow
from models.db.order_lock import lock_order
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.order import OrderRef
from outbox.move_monitor import MoveMonitor
from tests.api.imports.test_imports import applied
from tests.api.imports.test_people_guard import people, rows_of
from tests.api.signed_out_browser import HTML, Portal

JORDAN, DANA = SAMPLE_PEOPLE["employee"], SAMPLE_PEOPLE["manager"]
WAYS = pytest.mark.parametrize("way", ["page", "file"])


async def _move(portal: Portal, way: str, column: str, cell: str, **details: Any) -> None:
    async with await portal.browser("Priya") as client:
        if way == "file":
            await applied(client, people(column, (JORDAN, cell)))
        else:
            answer = await client.post(f"/api/v1/people/{JORDAN.id}/details", json=details)
            assert answer.status_code == 200, answer.text


async def _waits_for_budget(portal: Portal) -> tuple[dict[str, Any], str]:
    """Jordan's order, which waits for Omar, the owner of its cost center, and a cost center that Grace owns."""
    jordan, omar, grace = [await portal.row(name) for name in ("Jordan", "Omar", "Grace")]
    async with portal.database.transaction() as session:
        own = col(CostCenterRow.code) == jordan.cost_center
        await session.exec(update(CostCenterRow).where(own).values(owner_id=omar.id))
        session.add(CostCenterRow(tenant="acme", code="CC-9", name="Nine", owner_id=grace.id))
        policy = await policy_versions.newest(session, "acme")
        await policy_versions.add(session, "acme", replace(policy, threshold=Decimal(1)), at=utc_now(), by=grace.id)
    order = await portal.order("Jordan")
    await portal.request_approval(order, "Omar", label="Budget")
    return order, "CC-9"


async def _lines(portal: Portal, *cost_centers: str) -> list[str]:
    """Give Jordan lines that are charged to these cost centers; returns their ids."""
    async with portal.database.transaction() as session:
        active = col(LineRow.tenant) == "acme", col(LineRow.status) == "active"
        ids = await session.all(select(LineRow.id).where(*active).limit(len(cost_centers)))
        await session.exec(update(LineRow).where(col(LineRow.person_id) == JORDAN.id).values(person_id=None))
        for line_id, center in zip(ids, cost_centers, strict=True):
            values = {"person_id": JORDAN.id, "site_id": None, "cost_center": center, "version": 0}
            await session.exec(update(LineRow).where(col(LineRow.id) == line_id).values(**values))
    return ids


@WAYS
async def test_lines_that_are_charged_to_the_former_cost_center_follow(portal: Portal, way: str) -> None:
    jordan = await portal.row("Jordan")
    async with portal.database.transaction() as session:
        codes = await session.all(
            select(CostCenterRow.code).where(
                col(CostCenterRow.tenant) == "acme",
                col(CostCenterRow.active),
                col(CostCenterRow.code) != jordan.cost_center,
            )
        )
    after, other = sorted(codes)[:2]
    ids = await _lines(portal, str(jordan.cost_center), other)
    await _move(portal, way, "cost_center", after, cost_center=after)
    async with portal.database.transaction() as session:
        lines = [await session.get_one(LineRow, ("acme", one)) for one in ids]
    assert [(line.cost_center, line.version) for line in lines] == [(after, 1), (other, 0)]


@WAYS
async def test_what_waits_for_the_former_manager_is_asked_of_the_new_one(portal: Portal, way: str) -> None:
    order, other = await portal.order("Jordan"), await portal.order("Omar")
    for one in (order, other):
        await portal.request_approval(one, "Dana")
    grace = await portal.row("Grace")
    await _move(portal, way, "manager", grace.employee_number, manager_id=grace.id)
    async with portal.database.transaction() as session:
        (message,) = await session.all(select(OutboxRow).where(col(OutboxRow.name) == "reassign"))
    assert message.order_id == order["id"]
    assert (message.payload["from_id"], message.payload["to"]["person_id"]) == (DANA.id, grace.id)


@WAYS
async def test_what_waits_for_the_owner_of_the_former_cost_center_is_asked_of_the_next_one(
    portal: Portal, way: str
) -> None:
    order, center = await _waits_for_budget(portal)
    await _move(portal, way, "cost_center", center, cost_center=center)
    async with portal.database.transaction() as session:
        (message,) = await session.all(select(OutboxRow).where(col(OutboxRow.name) == "reassign"))
        row = await session.get_one(OrderRow, ("acme", order["id"]))
    grace, omar = await portal.row("Grace"), await portal.row("Omar")
    assert message.payload["reason"] == "Jordan Blake has another cost center."
    assert (message.payload["from_id"], message.payload["to"]["person_id"]) == (omar.id, grace.id)
    assert (row.cost_center_one_time, row.cost_center_recurring) == (center, center)
    async with await portal.browser("Jordan") as client:
        page = (await client.get(f"/orders/{order['number']}", headers=HTML)).text
    assert f"was replaced with {center}, because the person has moved." in page


async def test_an_order_that_is_approved_stays_charged_to_the_former_cost_center(portal: Portal) -> None:
    former = (await portal.row("Jordan")).cost_center
    order, center = await _waits_for_budget(portal)
    async with portal.database.transaction() as session:
        await session.exec(update(OrderRow).where(col(OrderRow.id) == order["id"]).values(status="APPROVED"))
    await _move(portal, "page", "cost_center", center, cost_center=center)
    async with portal.database.transaction() as session:
        row = await session.get_one(OrderRow, ("acme", order["id"]))
    assert row.cost_center_one_time == former


async def test_who_owns_both_cost_centers_is_still_asked(portal: Portal) -> None:
    order, center = await _waits_for_budget(portal)
    async with portal.database.transaction() as session:
        owns = {"owner_id": (await portal.row("Omar")).id}
        await session.exec(update(CostCenterRow).where(col(CostCenterRow.code) == center).values(**owns))
    await _move(portal, "page", "cost_center", center, cost_center=center)
    async with portal.database.transaction() as session:
        assert await session.all(select(OutboxRow).where(col(OutboxRow.name) == "reassign")) == []
        assert (await session.get_one(OrderRow, ("acme", order["id"]))).cost_center_one_time == center


async def test_a_file_that_moves_many_people_takes_as_many_statements_as_for_a_few(portal: Portal) -> None:
    async with portal.database.transaction() as session:
        accounts = await session.all(select(AccountRow).where(col(AccountRow.tenant) == "acme"))
        rows = await session.all(select(PersonRow).where(col(PersonRow.tenant) == "acme", col(PersonRow.active)))
        centers = await session.all(select(CostCenterRow.code).where(col(CostCenterRow.tenant) == "acme"))
    employees = [row for row in rows if row.manager_id and not row.owns and row.cost_center and row.id != DANA.id]
    counts = []
    for group in (employees[:2], employees[2:10]):
        lines = [
            f"{row.employee_number},{next(one.number for one in accounts if one.id != row.account_id)},"
            f"{next(one for one in centers if one != row.cost_center)}"
            for row in group
        ]
        text = "employee_number,account,cost_center\n" + "\n".join(lines) + "\n"
        async with await portal.browser("Priya") as client, portal.statements() as seen:
            done = await applied(client, text)
        assert done["counts"]["changed"] == len(group)
        counts.append(len(seen))
    assert len(employees) > 9
    assert counts[0] == counts[1]


async def test_what_the_former_manager_decides_at_the_same_time_is_asked_of_no_one_else(portal: Portal) -> None:
    order, grace = await portal.order("Jordan"), await portal.row("Grace")
    await portal.request_approval(order, "Dana")
    async with portal.database.transaction() as session:
        await lock_order(session, OrderRef(tenant="acme", id=order["id"]))
        move = create_task(_move(portal, "page", "", "", manager_id=grace.id))
        await sleep(0.5)
        of_order = col(ApprovalRow.order_id) == order["id"]
        await session.exec(update(ApprovalRow).where(of_order).values(state="approved"))
        await (await session.connection()).execute(text("SET LOCAL lock_timeout = '100ms'"))
        jordan = select(PersonRow).where(col(PersonRow.id) == JORDAN.id)
        await session.all(jordan.with_for_update(read=True, key_share=True))  # as a foreign key does
    await move
    async with portal.database.transaction() as session:
        assert await session.all(select(OutboxRow).where(col(OutboxRow.name) == "reassign")) == []
    assert (await portal.row("Jordan")).manager_id == grace.id


@WAYS
async def test_the_owners_of_both_departments_are_told(portal: Portal, way: str) -> None:
    jordan = await portal.row("Jordan")
    async with portal.database.transaction() as session:
        accounts = await session.all(select(AccountRow).where(col(AccountRow.tenant) == "acme"))
        former = next(one for one in accounts if one.id == jordan.account_id)
        other = next(one for one in accounts if one.parent_id not in {None, former.id, former.parent_id})
        for name, account in (("Omar", former), ("Theo", other)):
            row = await session.get_one(PersonRow, ("acme", (await portal.row(name)).id))
            row.roles, row.owns = ["owner"], [account.id]
    await _move(portal, way, "account", other.number, account=other.number)
    emails = [one for one in await portal.account_emails() if one.event == "person_moved"]
    told = {(await portal.row(name)).id for name in ("Omar", "Theo")}
    assert {one.recipient_id for one in emails} >= told
    assert {(one.data["left"], one.data["joined"]) for one in emails} == {(former.name, other.name)}


async def test_a_change_of_the_title_tells_no_one(portal: Portal) -> None:
    await _move(portal, "page", "", "", title="Clerk")
    assert await portal.account_emails() == []


@WAYS
async def test_a_person_moves_once_the_day_has_come(portal: Portal, way: str) -> None:
    jordan, grace = await portal.row("Jordan"), await portal.row("Grace")
    (line,) = await _lines(portal, str(jordan.cost_center))
    day = (utc_now() + timedelta(days=9)).date()
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
    grace, day = await portal.row("Grace"), utc_now().date() + timedelta(days=days)
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
    grace, day = await portal.row("Grace"), utc_now().date() - timedelta(days=9)
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
    day = utc_now().date() - timedelta(days=9)
    async with portal.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(active=False))
    async with await portal.browser("Priya") as client:
        cells = f"no,{day},{(await portal.row('Grace')).employee_number}"
        assert await rows_of(client, people("active,moves_on,next_manager", (JORDAN, cells))) == []


async def test_a_manager_who_now_reports_to_the_person_is_no_fault_of_an_old_row(portal: Portal) -> None:
    grace, day = await portal.row("Grace"), utc_now().date() - timedelta(days=9)
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
    grace, day = await portal.row("Grace"), utc_now().date()
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
    grace, day = await portal.row("Grace"), utc_now().date()
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
    grace, day = await portal.row("Grace"), utc_now().date() + timedelta(days=5)
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
