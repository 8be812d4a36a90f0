"""What happens when nobody does anything, on a server whose clock runs ahead."""

import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from models.db.session import Database, new_id
from models.db.tables import ApprovalRow, EventRow, NotificationRow
from models.lifecycle import ItemState, Status
from models.order import Question
from tests import cast
from tests.fakes import FakeCarrier
from tests.workflows.stage import Stage
from workflows.attributes import SEARCH_ATTRIBUTES
from workflows.catalog import order_types_by_code

TYPES = pytest.mark.parametrize("code", sorted(order_types_by_code()))


@pytest.fixture(scope="module")
async def ahead() -> AsyncIterator[WorkflowEnvironment]:
    program = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
    async with await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(program)) as environment:
        kinds = {"Keyword": 2, "Bool": 5}
        wanted = {name: kinds[kind] for name, kind in SEARCH_ATTRIBUTES.items()}
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace="default", search_attributes=wanted)  # type: ignore[arg-type]
        )
        yield environment


@pytest.fixture
async def hasty(tiny: Database, ahead: WorkflowEnvironment) -> AsyncIterator[Stage]:
    async with Stage.set(tiny, ahead.client, FakeCarrier()) as stage:
        yield stage


@TYPES
async def test_silence_reminds_escalates_and_expires(hasty: Stage, code: str) -> None:
    order = await cast.place(hasty.database, cast.Placing(type=order_types_by_code()[code]))
    handle = await hasty.start(order)
    assert (await handle.result()).status is Status.EXPIRED
    events = await hasty.events(order)
    assert events[:3] == ["received", "approval_needed", "reminder"]
    assert events.count("escalated") == 1
    assert events[-1] == "expired"
    assert {row.approver_id for row in await hasty.all(ApprovalRow, order)} == {cast.MANAGER, cast.DIRECTOR}
    assert {row.state for row in await hasty.all(ApprovalRow, order)} == {"expired"}


@TYPES
async def test_each_rung_is_told_once_to_each_who_waits(hasty: Stage, code: str) -> None:
    order = await cast.place(hasty.database, cast.Placing(type=order_types_by_code()[code]))
    await (await hasty.start(order)).result()
    reminders = [row.seq for row in await hasty.all(EventRow, order) if row.event == "reminder"]
    mails = [(row.seq, row.recipient_id) for row in await hasty.all(NotificationRow, order) if row.seq in reminders]
    assert len(mails) == len(set(mails))
    assert {seq for seq, recipient in mails if recipient == cast.MANAGER} == set(reminders)


@TYPES
async def test_an_unanswered_question_expires(hasty: Stage, code: str, ahead: WorkflowEnvironment) -> None:
    with ahead.auto_time_skipping_disabled():
        order = await cast.place(hasty.database, cast.Placing(type=order_types_by_code()[code]))
        handle = await hasty.start(order)
        await hasty.until(order, Status.AWAITING_APPROVAL)
        question = Question(action_id=new_id(), actor=cast.person(), text="What for?")
        await hasty.tell(order, "request_info", question)
    assert (await handle.result()).status is Status.EXPIRED


async def test_who_does_not_activate_is_reminded_and_the_order_stays_open(
    hasty: Stage, ahead: WorkflowEnvironment
) -> None:
    order = await cast.place(hasty.database, cast.Placing(type=order_types_by_code()["NEW_SERVICE_DEVICE"]))
    await hasty.start(order)
    with ahead.auto_time_skipping_disabled():
        assert await hasty.carry(order, until=Status.AWAITING_ACTIVATION) is Status.AWAITING_ACTIVATION
    await ahead.sleep(20 * 24 * 3600)
    assert (await hasty.events(order)).count("activation_needed") == 3
    await hasty.news(order, ItemState.DONE)
    await hasty.until(order, Status.COMPLETED)
