from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import update

from models.db import order_details
from models.db.approvals.tables import ApprovalRow
from models.db.inventory.tables import DeviceRow, InventoryChangeRow, SimRow
from models.facts import Facts
from models.inventory import LineStatus
from models.lifecycle import ItemState, Status
from models.optional_facts.sims import SIMS_IN_USE
from models.order import OrderRequest
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, NotifyHolder, Place, Rule
from notifications.order_summary import order_text
from policies.answers import resolve_partial
from policies.eligibility import check
from policies.variants import resolve
from tests import factories
from tests.policies.sample_facts import ANN, MIA, facts, named_line, policy
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_types_by_code
from workflows.order_types.sim_replace import SimReplace

TYPE = SimReplace.order_type
NEW_ICCID, CORRECTED_ICCID = "8901991000000000010", "8901991000000000002"

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="SIM_REPLACE",
    edition=1,
    family=Family.MODIFY,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("iccid", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("sim_reason", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
    ),
    checks=(
        "requester_may_order",
        "line_active",
        "lines_together",
        "billed_by_carrier",
        "sim_unprotected",
        "sim_free",
        "sim_of_carrier",
    ),
    steps=(Rule(), Approve(), NotifyHolder(), Place("change_sim"), Fulfill(until=ItemState.DONE), Apply()),
    effect="change_sim",
    touches=(Aspect.SIM,),
    approval="NONE",
    cancel_window=CancelWindow(Milestone.PLACED, days_before_start=0),
    step_up=True,
    multi_line=True,
)


def replacing(*iccids: str, in_use: Mapping[str, str] | None = None, **changes: Any) -> Facts:
    """Ann orders a new SIM with one of these ICCIDs for each of her lines."""
    lines = {f"l{number}": named_line(f"l{number}", ANN, (MIA,)) for number, _ in enumerate(iccids)}
    answers = tuple(
        {"line": line, "iccid": iccid, "sim_reason": "faulty"} for line, iccid in zip(lines, iccids, strict=True)
    )
    return facts(type=TYPE, lines=lines, answers=answers, optional={SIMS_IN_USE.code: in_use or {}}, **changes)


@pytest.mark.covers("SIM_REPLACE.SIM_IN_USE")
@pytest.mark.parametrize(
    ("known", "detail"),
    [
        (
            replacing(NEW_ICCID, in_use={NEW_ICCID: "l9"}),
            "This SIM is in use or on order for another line. Use a new one.",
        ),
        (replacing(NEW_ICCID, in_use={NEW_ICCID: "l0"}), "This SIM is on this line already. Use a new one."),
        (replacing(NEW_ICCID, NEW_ICCID), "This SIM is already in the order. Use one for each line."),
    ],
)
def test_a_sim_goes_to_one_line(known: Facts, detail: str) -> None:
    (error,) = check(known)
    assert (error.code, error.detail) == ("SIM_IN_USE", detail)


@pytest.mark.covers("SIM_REPLACE.ICCID_INVALID")
def test_a_number_that_is_no_iccid_is_rejected() -> None:
    item = {"line": "l0", "iccid": "8901", "sim_reason": "faulty"}
    request = OrderRequest(
        tenant="acme", type=TYPE, requester_id="ann", beneficiary=ANN.holder, answers={}, items=(item,)
    )
    _, (error,) = resolve_partial(request, facts(type=TYPE, lines={"l0": named_line("l0", ANN, (MIA,))}))
    assert (error.code, error.field) == ("ICCID_INVALID", "items.0.iccid")


@pytest.mark.covers("SIM_REPLACE.SIM_OF_OTHER_CARRIER")
def test_a_sim_of_another_carrier_is_rejected() -> None:
    issuers = policy(sim_issuers={"northwind": ("8901880",)})
    (error,) = check(replacing(NEW_ICCID, policy=issuers))
    assert (error.code, error.field) == ("SIM_OF_OTHER_CARRIER", "items.0.iccid")
    assert check(replacing(NEW_ICCID, policy=policy(sim_issuers={"northwind": ("890199",)}))) == ()


@pytest.mark.covers("SIM_REPLACE.LINE_NOT_ACTIVE")
def test_a_suspended_line_gets_no_new_sim() -> None:
    suspended = {"l0": named_line("l0", ANN, (MIA,), status=LineStatus.SUSPENDED)}
    assert [error.code for error in check(replace(replacing(NEW_ICCID), lines=suspended))] == ["LINE_NOT_ACTIVE"]


@pytest.mark.parametrize(("reasons", "approval"), [(("faulty",), "NONE"), (("faulty", "lost_card"), "MANAGER")])
def test_a_lost_card_needs_a_manager(reasons: tuple[str, ...], approval: str) -> None:
    assert resolve(TYPE, [{"sim_reason": reason} for reason in reasons]).order.approval == approval


@pytest.mark.row("U-13", "U-40")
async def test_the_new_sim_has_its_own_iccid_and_nothing_else_of_the_line_changes(env: WorkflowEnv) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE, answers={"iccid": NEW_ICCID}))
    (before,) = await env.lines()
    async with env.database.transaction() as session:
        await session.exec(update(SimRow).values(eid="89049032123451234512345678901235"))
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    (after,) = await env.lines()
    changed = {name for name, value in after.model_dump().items() if value != getattr(before, name)}
    assert changed == {"sim_id", "version"}
    async with env.database.transaction() as session:
        new = await session.get_one(SimRow, (factories.TENANT, after.sim_id))
        old = await session.get_one(SimRow, (factories.TENANT, before.sim_id))
        device = await session.get_one(DeviceRow, (factories.TENANT, after.device_id))
    assert (new.iccid, new.eid, new.kind, new.status) == (NEW_ICCID, None, "pSIM", "active")
    assert (old.status, old.eid, device.version) == ("retired", "89049032123451234512345678901235", 0)
    (change,) = await env.rows(InventoryChangeRow, order)
    assert change.after["released_sim"]["iccid"] == old.iccid


async def test_the_carrier_gets_the_new_sim_and_nothing_of_the_old_one(env: WorkflowEnv) -> None:
    await env.start_new(TYPE, answers={"iccid": NEW_ICCID}, until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    assert sent.items[0].action == "change_sim"
    assert sent.items[0].changes["iccid"] == NEW_ICCID
    assert "eid" not in sent.items[0].changes


async def test_a_sim_number_that_was_corrected_for_the_carrier_is_that_of_the_line(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, answers={"iccid": NEW_ICCID}, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.INFO_REQUIRED, needs=("iccid",))
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await env.provide_info(order, fields=(("iccid", CORRECTED_ICCID),))
    await env.carrier_update(order, ItemState.DONE)
    await env.wait_for_status(order, Status.COMPLETED)
    (line,) = await env.lines()
    async with env.database.transaction() as session:
        assert (await session.get_one(SimRow, (factories.TENANT, line.sim_id))).iccid == CORRECTED_ICCID


async def test_the_holder_is_told_before_the_carrier_is_asked(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.COMPLETED)
    events = await env.events(order)
    assert events.index("holder_notified") < events.index("submitting")
    assert await env.rows(ApprovalRow, order) == []


async def test_emails_show_the_last_digits_of_the_new_sim_only(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, answers={"iccid": NEW_ICCID}, until=Status.COMPLETED)
    async with env.database.transaction() as session:
        details = await order_details.load(session, order.tenant, order.id)
    shown = dict(order_text(details, {}, order_types_by_code(), reader_id=details.order.requester_id).items[0].details)
    assert shown["SIM number (ICCID)"].startswith("•••")
    assert NEW_ICCID not in str(shown)
