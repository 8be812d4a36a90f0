"""Orders about lines that belong to no person, from submit to the inventory."""

import pytest
from sqlmodel import select

from models.db.inventory.tables import DeviceRow
from models.db.notifications.tables import NotificationRow
from models.effect import find_effect
from models.holder import NOBODY, Holder
from models.lifecycle import Status
from models.order_type import OrderType
from tests import factories
from tests.workflows.test_notify_holder import own_account
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type, order_types_by_code

OF_LINES = [kind for kind in order_types_by_code().values() if kind.about_lines and not kind.changes_hands]
REASSIGN = order_type("LINE_REASSIGN")


async def holders(env: WorkflowEnv) -> list[Holder]:
    """Of all lines and devices."""
    async with env.database.transaction() as session:
        devices = [device.holder for device in (await session.exec(select(DeviceRow))).all()]
    return [*(line.holder for line in await env.lines()), *devices]


@pytest.mark.parametrize("kind", OF_LINES, ids=lambda kind: kind.code)
@pytest.mark.parametrize("holder", [factories.SITE, NOBODY], ids=lambda holder: holder.kind)
async def test_an_order_about_a_line_of_no_person_completes_and_the_line_keeps_its_holder(
    env: WorkflowEnv, kind: OrderType, holder: Holder
) -> None:
    await own_account(env, factories.REQUESTER)
    order = await env.start_new(kind, beneficiary=holder, until=Status.COMPLETED)
    assert (await env.row(order)).beneficiary == holder
    is_released = "released_device.site_id" in find_effect(kind.effect).changes
    assert await holders(env) == [holder, NOBODY if is_released else holder]
    told = {row.recipient_id for row in await env.rows(NotificationRow, order) if row.event == "completed"}
    assert told == {factories.REQUESTER, *([factories.HOLDER] if holder == factories.SITE else [])}


async def test_a_line_of_a_site_goes_to_a_person_and_is_the_site_s_no_more(env: WorkflowEnv) -> None:
    async with env.database.transaction() as session:
        line_id = await factories.create_line(session, factories.SITE)
    order = await env.start_new(REASSIGN, line_ids=(line_id,), until=Status.COMPLETED)
    assert await holders(env) == [factories.PERSON, factories.PERSON]
    assert (await env.row(order)).beneficiary == factories.PERSON


async def test_the_contact_of_a_site_gets_the_security_notice(env: WorkflowEnv) -> None:
    order = await env.start_new(order_type("SIM_REPLACE"), beneficiary=factories.SITE, until=Status.COMPLETED)
    notices = [row for row in await env.rows(NotificationRow, order) if row.event == "holder_notified"]
    assert [row.recipient_id for row in notices] == [factories.HOLDER]
