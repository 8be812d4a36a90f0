"""Service suspension: what only this type does."""

from datetime import timedelta

from models.db.approvals.tables import ApprovalRow
from models.db.catalog.tables import PolicyRow
from models.db.inventory.tables import DeviceRow, InventoryChangeRow, SuspensionTimerRow
from models.db.orders.tables import EventRow
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id, utc_now
from models.lifecycle import ItemState, Status
from models.order_type import Aspect, Milestone, Step
from tests import factories
from tests.workflows.workflow_env import Stage
from workflows.order_types.service_suspend import ServiceSuspend

TYPE = ServiceSuspend.order_type


def test_only_the_reason_must_be_typed() -> None:
    assert [ask.value for ask in TYPE.typed()] == ["suspend_reason"]


def test_it_claims_the_status_of_the_line_and_reserves_nothing() -> None:
    assert TYPE.touches == (Aspect.STATUS,)
    assert Step.RESERVE not in TYPE.steps


def test_it_can_be_canceled_till_the_carrier_has_it() -> None:
    assert TYPE.cancellable_until is Milestone.PLACED


async def test_the_line_rests_and_keeps_its_number_device_and_holder(stage: Stage) -> None:
    order = await factories.place(stage.database, factories.Placing(type=TYPE))
    (before,) = await stage.lines()
    await stage.start(order)
    assert await stage.carry(order) is Status.COMPLETED
    (after,) = await stage.lines()
    changed = {name for name, value in after.model_dump().items() if value != getattr(before, name)}
    assert (changed, after.status) == ({"status", "version"}, "suspended")
    async with stage.database.transaction() as session:
        assert (await session.get_one(DeviceRow, (factories.TENANT, after.device_id))).version == 0
    (effect,) = await stage.all(InventoryChangeRow, order)
    assert (effect.effect, effect.before["line"]["status"]) == ("apply", "active")


async def test_the_carrier_is_told_which_line_why_and_whether_charges_go_on(stage: Stage) -> None:
    order = await factories.place(stage.database, factories.Placing(type=TYPE))
    await stage.start(order)
    await stage.carry(order, until=Status.IN_FULFILLMENT)
    (work,) = stage.carrier.orders.values()
    (line,) = await stage.lines()
    (item,) = work.items
    assert item.action == "suspend"
    assert item.wanted.keys() == {"mdn", "imei", "iccid", "suspend_reason", "billing"}
    assert (item.wanted["mdn"], item.wanted["suspend_reason"]) == (line.mdn, "seasonal")
    assert item.wanted["billing"] is False


async def test_the_manager_decides_and_then_an_admin(stage: Stage) -> None:
    order = await factories.place(stage.database, factories.Placing(type=TYPE))
    await stage.start(order)
    assert await stage.carry(order) is Status.COMPLETED
    asked = {row.stage: (row.approver_id, row.state) for row in await stage.all(ApprovalRow, order)}
    assert asked == {1: (factories.MANAGER, "approved"), 2: (factories.ADMIN, "approved")}


async def test_several_lines_are_one_order_at_the_carrier(stage: Stage) -> None:
    order = await factories.place(stage.database, factories.Placing(type=TYPE, items=3))
    await stage.start(order)
    assert await stage.carry(order) is Status.COMPLETED
    assert stage.carrier.submissions == 1
    assert {line.status for line in await stage.lines()} == {"suspended"}


async def test_each_line_has_its_own_clock_and_one_that_is_refused_has_none(stage: Stage) -> None:
    order = await factories.place(stage.database, factories.Placing(type=TYPE, items=3))
    await stage.start(order)
    await stage.carry(order, until=Status.IN_FULFILLMENT)
    await stage.news(order, ItemState.DONE, item=1)
    await stage.news(order, ItemState.REFUSED, item=2, code="IN_CONTRACT", detail="Not while it is paid off.")
    await stage.news(order, ItemState.DONE, item=3)
    await stage.until(order, Status.PARTIALLY_FULFILLED)
    first, second, third = order.items
    clocks = {row.item_id: row for row in await stage.all(SuspensionTimerRow, order)}
    assert {row.line_id: row.state for row in clocks.values()} == {first.line_id: "running", third.line_id: "running"}
    starts = [row.workflow_id for row in await stage.all(OutboxRow, order) if row.kind == "start"]
    assert sorted(starts) == sorted(f"clock:{order.tenant}:{clock.id}" for clock in clocks.values())
    lines = {line.id: line.status for line in await stage.lines()}
    assert (lines[first.line_id or ""], lines[second.line_id or ""]) == ("suspended", "active")


async def test_a_line_that_has_used_up_its_carriers_days_is_rejected_by_the_rules(stage: Stage) -> None:
    earlier = await factories.place(stage.database, factories.Placing(type=TYPE))
    now, document = utc_now(), {"carrier_rules": {factories.CARRIER: "verizon_business"}}
    async with stage.database.transaction() as session:
        line_id = await factories.line(session)
        session.add(PolicyRow(tenant=factories.TENANT, version=2, document=document, created_at=now, created_by="test"))
        session.add(
            SuspensionTimerRow(
                tenant=earlier.tenant, id=new_id(), kind="suspension", line_id=line_id, order_id=earlier.id,
                item_id=earlier.items[0].id, reason="vacation", rule="verizon_business", rule_text="", rule_source="",
                began_at=now - timedelta(days=200), state="ended", outcome="resumed", ended_at=now - timedelta(days=20),
            )
        )  # fmt: skip
    order = await factories.place(stage.database, factories.Placing(type=TYPE, line_ids=(line_id,)))
    await stage.start(order)
    await stage.until(order, Status.REJECTED)
    (*_, last) = sorted(await stage.all(EventRow, order), key=lambda event: event.seq)
    assert [error["code"] for error in last.data["errors"]] == ["SUSPENSION_QUOTA_USED"]
