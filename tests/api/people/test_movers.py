"""People who get another manager, department or cost center, by page and by file."""

from asyncio import create_task, sleep
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from activities.approvals import ApprovalActivities, RequestApprovalInput
from activities.inventory import InventoryActivities, InventoryInput
from demo.company import SAMPLE_PEOPLE
from models.db.accounts.tables import AccountRow, CostCenterRow
from models.db.approvals.tables import ApprovalRow
from models.db.catalog import policy_versions
from models.db.inventory.tables import LineRow
from models.db.order_lock import lock_order
from models.db.orders import order_rows, order_values
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.events.approval import APPROVAL_NEEDED, APPROVED
from models.lifecycle import Status
from models.order import SYSTEM, OrderEvent, OrderRef
from tests.api.imports.test_imports import applied
from tests.api.imports.test_people_guard import people
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


async def _with_budget_stage(portal: Portal) -> tuple[dict[str, Any], str]:
    """Jordan's order, which Dana and then Omar, the owner of its cost center, approve, and one that Grace owns."""
    jordan, omar, grace = [await portal.row(name) for name in ("Jordan", "Omar", "Grace")]
    async with portal.database.transaction() as session:
        own = col(CostCenterRow.code) == jordan.cost_center
        await session.exec(update(CostCenterRow).where(own).values(owner_id=omar.id))
        session.add(CostCenterRow(tenant="acme", code="CC-9", name="Nine", owner_id=grace.id))
        policy = await policy_versions.newest(session, "acme")
        await policy_versions.add(session, "acme", replace(policy, threshold=Decimal(1)), at=utc_now(), by=grace.id)
    return await portal.order("Jordan"), "CC-9"


async def _waits_for_budget(portal: Portal) -> tuple[dict[str, Any], str]:
    """The same, but it waits for Omar already."""
    order, center = await _with_budget_stage(portal)
    await portal.request_approval(order, "Omar", label="Budget")
    return order, center


async def lines_of(portal: Portal, *cost_centers: str) -> list[str]:
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
    ids = await lines_of(portal, str(jordan.cost_center), other)
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
    former = (await portal.row("Jordan")).cost_center
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
    assert f"Cost center changed from {former} to {center} because Jordan Blake moved." in page


@WAYS
async def test_the_owner_of_the_next_cost_center_is_asked_once_the_manager_has_approved(
    portal: Portal, way: str
) -> None:
    order, center = await _with_budget_stage(portal)
    ref = OrderRef(tenant="acme", id=order["id"])
    async with portal.database.transaction() as session:
        manager, budget = order_values.ruling_of(await order_rows.row_of(session, ref)).plan
    await portal.request_approval(order, "Dana")
    await _move(portal, way, "cost_center", center, cost_center=center)
    async with portal.database.transaction() as session:
        row = await order_rows.row_of(session, ref)
    event = OrderEvent(
        seq=row.seq + 1, at=utc_now(), event=APPROVAL_NEEDED.code, status=Status.AWAITING_APPROVAL, actor=SYSTEM
    )
    planned = RequestApprovalInput(ref=ref, stage=budget, round=1, event=event)
    asked = await ApprovalActivities(portal.database).request_approval(planned)
    grace, omar = await portal.row("Grace"), await portal.row("Omar")
    async with portal.database.transaction() as session:
        of_stage = col(ApprovalRow.order_id) == order["id"], col(ApprovalRow.stage) == budget.number
        (found,) = await session.all(select(ApprovalRow).where(*of_stage))
    assert [one.person_id for one in budget.approvers] == [omar.id]
    assert found.approver_id == grace.id
    assert asked.stage is not None
    assert (asked.stage.number, [one.person_id for one in asked.stage.approvers]) == (2, [grace.id])
    assert order_values.ruling_of(row).plan == (manager, asked.stage)


async def test_an_approved_order_charges_its_line_to_the_next_cost_center_and_what_is_paid_once_to_the_former(
    portal: Portal,
) -> None:
    former = (await portal.row("Jordan")).cost_center
    order, center = await _with_budget_stage(portal)
    await portal.write_event(order, APPROVED, Status.APPROVED)
    await _move(portal, "page", "cost_center", center, cost_center=center)
    ref = OrderRef(tenant="acme", id=order["id"])
    async with portal.database.transaction() as session:
        (item,) = (await order_values.load(session, ref)).items
    reserved = InventoryInput(ref=ref, at=utc_now(), item_ids=(item.id,))
    await InventoryActivities(portal.database).reserve(reserved)
    async with portal.database.transaction() as session:
        row = await order_rows.row_of(session, ref)
        (line,) = await session.all(select(LineRow).where(col(LineRow.status) == "pending"))
    assert (row.cost_center_one_time, row.cost_center_recurring, line.cost_center) == (former, center, center)
    async with await portal.browser("Jordan") as client:
        page = (await client.get(f"/orders/{order['number']}", headers=HTML)).text
    assert f"Monthly cost center changed from {former} to {center} because Jordan Blake moved." in page


async def test_the_manager_who_owned_the_former_cost_center_is_still_asked(portal: Portal) -> None:
    order, center = await _with_budget_stage(portal)
    async with portal.database.transaction() as session:
        owned = col(CostCenterRow.code) == (await portal.row("Jordan")).cost_center
        await session.exec(update(CostCenterRow).where(owned).values(owner_id=DANA.id))
    await portal.request_approval(order, "Dana", label="Manager and budget")
    await _move(portal, "page", "cost_center", center, cost_center=center)
    async with portal.database.transaction() as session:
        assert await session.all(select(OutboxRow).where(col(OutboxRow.name) == "reassign")) == []


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
