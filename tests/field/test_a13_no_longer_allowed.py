"""Between the email and the decision, something changes that the rules don't allow: the order is held with a task."""

import pytest
from sqlmodel import SQLModel, col, update

from models.db.accounts.tables import AccountRow, CarrierAccountRow, CostCenterRow
from models.db.catalog.tables import ProductRow
from models.db.people.tables import PersonRow
from models.db.tasks.tables import TaskRow
from models.holder import Holder
from models.lifecycle import Status
from tests import factories
from tests.api.api_client import ApiTenant
from tests.field.changing_company import approve_all, change, check_again
from tests.workflows.workflow_env import ADMIN, WorkflowEnv
from workflows.order_type_registry import order_type

PHONE, REASSIGN = order_type("NEW_SERVICE_DEVICE"), order_type("LINE_REASSIGN")
HOLDER, CHIEF = Holder.of(person_id=factories.HOLDER), Holder.of(person_id=factories.CHIEF)
# What becomes inactive, and what the task says.
CHANGES: dict[str, tuple[type[SQLModel], str, str, str]] = {
    "beneficiary": (PersonRow, "id", factories.HOLDER, "is no longer an active employee"),
    "account": (AccountRow, "id", factories.ACCOUNT, "is suspended"),
    "billing account": (CarrierAccountRow, "number", factories.CARRIER_ACCOUNT, "has no billing account"),
    "device": (ProductRow, "sku", "PHONE-1", "isn't in the catalog"),
    "cost center": (CostCenterRow, "code", "CC-1", "No active cost center"),
}


@pytest.mark.fault("27")
@pytest.mark.parametrize("changed", CHANGES)
async def test_an_order_that_is_no_longer_allowed_is_held_until_it_is_corrected(env: WorkflowEnv, changed: str) -> None:
    table, key, value, says = CHANGES[changed]
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL, beneficiary=HOLDER)
    await change(env, table, key, value, active=False)
    await env.approve(order)
    await env.wait_for_status(order, Status.ON_HOLD)
    (task,) = await env.rows(TaskRow, order)
    assert env.carrier.submissions == 0
    assert says in task.evidence["reason"]

    await check_again(env, order)
    await env.until(order, lambda: env.rows(TaskRow, order), lambda tasks: len(tasks) == 2)
    assert env.carrier.submissions == 0

    await change(env, table, key, value, active=True)
    await check_again(env, order)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert env.carrier.submissions == 1
    assert {one.state for one in await env.rows(TaskRow, order)} == {"closed"}


@pytest.mark.fault("27")
async def test_an_order_that_is_held_can_be_canceled(env: WorkflowEnv) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL, beneficiary=HOLDER)
    await change(env, PersonRow, "id", factories.HOLDER, active=False)
    await env.approve(order)
    await env.wait_for_status(order, Status.ON_HOLD)
    await env.cancel(order, ADMIN, "They left.")
    await env.wait_for_status(order, Status.CANCELED)
    assert env.carrier.submissions == 0
    assert [one.state for one in await env.rows(TaskRow, order)] == ["closed"]


@pytest.mark.fault("27")
async def test_a_line_is_not_reassigned_to_someone_who_has_left(env: WorkflowEnv) -> None:
    """No carrier is involved, so the order is checked before it changes the inventory."""
    order = await env.start_new(REASSIGN, until=Status.AWAITING_APPROVAL, beneficiary=CHIEF)
    await change(env, PersonRow, "id", factories.CHIEF, active=False)
    await approve_all(env, order)
    await env.wait_for_status(order, Status.ON_HOLD)
    (line,) = await env.lines()
    assert line.person_id == factories.HOLDER


@pytest.mark.fault("27")
async def test_the_approver_reads_what_has_changed(office: ApiTenant) -> None:
    """On the page of the request; the order can still be approved, and is held then."""
    order = await office.order("Jordan")
    (approval,) = await office.request_approval(order, "Dana")
    async with await office.browser("Dana") as browser:
        assert "no longer an active employee" not in (await browser.get(f"/approvals/{approval}")).text
        async with office.database.transaction() as session:
            jordan = (await office.row("Jordan")).id
            await session.exec(update(PersonRow).where(col(PersonRow.id) == jordan).values(active=False))
        page = await browser.get(f"/approvals/{approval}")
    assert page.status_code == 200
    assert "Jordan Blake is no longer an active employee" in page.text
