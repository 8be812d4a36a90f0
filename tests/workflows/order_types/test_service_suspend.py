from datetime import timedelta

import pytest

from models.db.approvals.tables import ApprovalRow
from models.db.catalog.tables import PolicyRow
from models.db.inventory.tables import DeviceRow, InventoryChangeRow
from models.db.line_timers.tables import LineTimerRow
from models.db.orders.tables import EventRow
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id, utc_now
from models.lifecycle import ItemState, Status
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, Place, Reserve, Rule, Schedule
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_types.service_suspend import ServiceSuspend

TYPE = ServiceSuspend.order_type

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="SERVICE_SUSPEND",
    edition=1,
    family=Family.DELETE,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("suspend_reason", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("billing", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("resume_on", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
    ),
    checks=(
        "requester_may_order",
        "line_active",
        "lines_together",
        "billed_by_carrier",
        "resume_date_in_range",
        "within_carriers_rule",
        "effective_date_in_range",
    ),
    steps=(Rule(), Approve(), Schedule(), Place("suspend"), Fulfill(until=ItemState.DONE), Apply()),
    effect="suspend_line",
    touches=(Aspect.STATUS,),
    approval="MANAGER_THEN_ADMIN",
    cancel_window=CancelWindow(Milestone.PLACED, days_before_start=0),
    step_up=False,
    multi_line=True,
)


def test_only_the_reason_must_be_answered() -> None:
    assert [asked.code for asked in TYPE.required()] == ["suspend_reason"]


def test_it_locks_the_lines_status_and_reserves_nothing() -> None:
    assert TYPE.touches == (Aspect.STATUS,)
    assert not TYPE.has(Reserve)


def test_it_can_be_canceled_until_it_is_sent_to_the_carrier() -> None:
    assert TYPE.cancel_window.until is Milestone.PLACED


@pytest.mark.row("A-35")
async def test_a_suspended_line_keeps_its_number_device_and_user(env: WorkflowEnv) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE))
    (before,) = await env.lines()
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (after,) = await env.lines()
    changed = {name for name, value in after.model_dump().items() if value != getattr(before, name)}
    assert (changed, after.status) == ({"status", "suspended_for", "version"}, "suspended")
    assert after.suspended_for == "seasonal"
    async with env.database.transaction() as session:
        assert (await session.get_one(DeviceRow, (factories.TENANT, after.device_id))).version == 0
    (effect,) = await env.rows(InventoryChangeRow, order)
    assert (effect.kind, effect.before["line"]["status"]) == ("apply", "active")


async def test_the_carrier_receives_the_line_the_reason_and_the_billing(env: WorkflowEnv) -> None:
    await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    (line,) = await env.lines()
    (item,) = sent.items
    assert item.action == "suspend"
    assert item.changes.keys() == {"line", "suspend_reason", "billing"}
    assert (item.subject.mdn, item.changes["suspend_reason"]) == (line.mdn, "seasonal")
    assert (bool(item.subject.imei), bool(item.subject.iccid), item.subject.eid) == (True, True, None)
    assert item.changes["billing"] is False


async def test_the_manager_decides_and_then_an_admin(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.COMPLETED)
    asked = {row.stage: (row.approver_id, row.state) for row in await env.rows(ApprovalRow, order)}
    assert asked == {1: (factories.MANAGER, "approved"), 2: (factories.ADMIN, "approved")}


async def test_several_lines_are_one_order_at_the_carrier(env: WorkflowEnv) -> None:
    await env.start_new(TYPE, items=3, until=Status.COMPLETED)
    assert env.carrier.submissions == 1
    assert {line.status for line in await env.lines()} == {"suspended"}


async def test_each_suspended_line_has_a_timer_and_a_declined_one_has_none(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, items=3, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.DONE, item=1)
    await env.carrier_update(
        order, ItemState.DECLINED, item=2, code="IN_CONTRACT", detail="Not while it is under contract."
    )
    await env.carrier_update(order, ItemState.DONE, item=3)
    await env.wait_for_status(order, Status.PARTIALLY_FULFILLED)
    first, second, third = order.items
    timers = {row.item_id: row for row in await env.rows(LineTimerRow, order)}
    assert {row.line_id: row.state for row in timers.values()} == {first.line_id: "running", third.line_id: "running"}
    starts = [row.workflow_id for row in await env.rows(OutboxRow, order) if row.kind == "start"]
    assert sorted(starts) == sorted(f"timer:{order.tenant}:{timer.id}" for timer in timers.values())
    lines = {line.id: line.status for line in await env.lines()}
    assert (lines[first.line_id or ""], lines[second.line_id or ""]) == ("suspended", "active")


async def test_an_order_beyond_the_carriers_suspension_limit_is_rejected(env: WorkflowEnv) -> None:
    earlier = await factories.create_order(env.database, factories.OrderSpec(type=TYPE))
    now, document = utc_now(), {"carrier_rules": {factories.CARRIER: "verizon_business"}}
    async with env.database.transaction() as session:
        line_id = await factories.create_line(session)
        session.add(PolicyRow(tenant=factories.TENANT, version=2, document=document, created_at=now, created_by="test"))
        session.add(
            LineTimerRow(
                tenant=earlier.tenant, id=new_id(), kind="suspension", line_id=line_id, order_id=earlier.id,
                item_id=earlier.items[0].id, reason="vacation", seq_offset=1_000_000, rule_text="", rule_source="",
                began_at=now - timedelta(days=200), state="ended", outcome="resumed", ended_at=now - timedelta(days=20),
            )
        )  # fmt: skip
    order = await env.start_new(TYPE, line_ids=(line_id,))
    await env.wait_for_status(order, Status.REJECTED)
    (*_, last) = sorted(await env.rows(EventRow, order), key=lambda event: event.seq)
    assert [error["code"] for error in last.data["errors"]] == ["SUSPENSION_QUOTA_USED"]
