from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.db.approvals import approval_requests
from models.db.approvals.tables import ApprovalLinkRow
from models.db.notifications.tables import EmailPauseRow, NotificationRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.session import new_id
from models.event import Event
from models.events.approval import APPROVED, EXPIRED, INFO_PROVIDED, REJECTED
from models.events.cancellation import CANCEL_DECLINED, CANCEL_REQUESTED
from models.events.ending import CANCELED, COMPLETED, ITEM_DONE, PARTIALLY_FULFILLED, VENDOR_REJECTED, WITHDRAWN
from models.events.fulfillment import ACTIVATION_NEEDED, BACKORDERED, PLACED, PROGRESS, SHIPPED, VENDOR_INFO_REQUIRED
from models.events.operations import FAILED
from models.events.preparation import HELD, RECEIVED
from models.lifecycle import Status
from notifications.enqueue import enqueue_emails, enqueue_new_link
from tests.fixtures.office import MONDAY, TENANT, SampleOrder, person

PARTIES = {"erin", "ben"}
EVERYONE = {"erin", "ben", "walt"}


async def queued(office: SampleOrder) -> dict[str, str]:
    """The emails of the latest event, by recipient."""
    async with office.database.transaction() as session:
        rows = await session.exec(select(NotificationRow).where(col(NotificationRow.seq) == office.seq))
        found = list(rows.all())
    assert len({row.recipient_id for row in found}) == len(found)
    return {row.recipient_id: row.event for row in found}


def to(people: set[str], email: str) -> dict[str, str]:
    return dict.fromkeys(people, email)


@pytest.mark.parametrize(("event", "status", "email", "people"), [
    (RECEIVED, Status.VALIDATING, "", set()),
    (INFO_PROVIDED, Status.AWAITING_APPROVAL, "info_provided", PARTIES),
    (APPROVED, Status.APPROVED, "approved", EVERYONE),
    (HELD, Status.ON_HOLD, "held", PARTIES),
    (PLACED, Status.IN_FULFILLMENT, "placed", EVERYONE),
    (VENDOR_INFO_REQUIRED, Status.VENDOR_INFO_REQUIRED, "vendor_info_required", PARTIES),
    (BACKORDERED, Status.BACKORDERED, "backordered", EVERYONE),
    (SHIPPED, Status.SHIPPED, "shipped", EVERYONE),
    (ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, "activation_needed", PARTIES),
    (CANCEL_REQUESTED, Status.CANCEL_REQUESTED, "cancel_requested", EVERYONE),
    (CANCEL_DECLINED, Status.IN_FULFILLMENT, "cancel_declined", EVERYONE),
    (CANCELED, Status.CANCELED, "canceled", EVERYONE),
    (COMPLETED, Status.COMPLETED, "completed", EVERYONE),
    (PARTIALLY_FULFILLED, Status.PARTIALLY_FULFILLED, "partially_fulfilled", EVERYONE),
    (VENDOR_REJECTED, Status.VENDOR_REJECTED, "vendor_rejected", EVERYONE | {"tess", "ada"}),
    (FAILED, Status.FAILED, "failed", {"tess", "ada"}),
    (REJECTED, Status.REJECTED, "rejected", EVERYONE),
    (PROGRESS, Status.IN_FULFILLMENT, "", set()),
    (ITEM_DONE, Status.IN_FULFILLMENT, "", set()),
])  # fmt: skip
async def test_an_event_notifies_its_audiences(
    office: SampleOrder, event: Event, status: Status, email: str, people: set[str]
) -> None:
    await office.write(event, status)
    assert await queued(office) == to(people, email)


async def test_approvers_are_asked_and_everyone_else_learns_who_decides(office: SampleOrder) -> None:
    await office.request_approval("maria", "otto")
    assert await queued(office) == to({"maria", "otto"}, "approval_needed") | to(EVERYONE, "approval_waiting")


async def test_a_reminder_goes_to_approvers_who_have_not_decided(office: SampleOrder) -> None:
    await office.request_approval("maria", "otto")
    await office.approve("maria", stage_done=False)
    await office.remind("otto")
    assert await queued(office) == {"otto": "reminder"} | to(PARTIES, "reminder_sent")


async def test_an_escalation_notifies_the_old_approver_and_the_new_one(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await office.escalate("otto")
    assert await queued(office) == to({"maria", "otto"}, "escalated") | to(PARTIES, "escalation_sent")


async def test_a_reassignment_notifies_the_new_approver_the_former_one_and_the_parties(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await office.reassign("maria", "otto")
    assert await queued(office) == {"otto": "reassigned"} | to(PARTIES | {"maria"}, "approver_changed")


async def test_a_question_goes_to_the_requester(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await office.question("maria")
    assert await queued(office) == {"erin": "info_requested"}


async def test_a_rejection_notifies_those_who_approved_earlier(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await office.approve("maria")
    await office.request_approval("otto", stage=2)
    await office.write(REJECTED, Status.REJECTED, person("otto"), round=1, stage=2, approver_id="otto", reason="No.")
    assert await queued(office) == to(EVERYONE | {"maria"}, "rejected")


@pytest.mark.parametrize(("event", "status"), [
    (EXPIRED, Status.EXPIRED), (WITHDRAWN, Status.WITHDRAWN),
])  # fmt: skip
async def test_an_end_without_a_decision_notifies_those_who_were_asked(
    office: SampleOrder, event: Event, status: Status
) -> None:
    await office.request_approval("maria")
    await office.approve("maria")
    await office.request_approval("otto", stage=2)
    await office.write(event, status, round=1, stage=2)
    assert await queued(office) == to(EVERYONE | {"otto"}, event.code)


async def test_a_person_in_several_audiences_gets_one_email(office: SampleOrder) -> None:
    await change(office, OrderRow, (TENANT, office.order.id), beneficiary_id="erin", watchers=["erin", "tess"])
    await office.write(VENDOR_REJECTED, Status.VENDOR_REJECTED)
    assert await queued(office) == to({"erin", "tess", "ada"}, "vendor_rejected")


async def test_enqueuing_twice_adds_nothing(office: SampleOrder) -> None:
    event = await office.request_approval("maria")
    before = await row_ids(office)
    async with office.database.transaction() as session:
        await enqueue_emails(session, office.order, event)
    assert await row_ids(office) == before


async def row_ids(office: SampleOrder) -> list[str]:
    async with office.database.transaction() as session:
        emails = (await session.exec(select(NotificationRow.id))).all()
        links = (await session.exec(select(ApprovalLinkRow.id))).all()
    return sorted([*emails, *links])


async def switch_off(office: SampleOrder, *names: str) -> None:
    async with office.database.transaction() as session:
        for name in names:
            row = EmailPauseRow(tenant=TENANT, id=new_id(), email=name, off_at=MONDAY, off_by="erin")
            await session.insert(row)


async def test_an_email_that_is_switched_off_is_not_queued(office: SampleOrder) -> None:
    await switch_off(office, "shipped")
    await office.write(SHIPPED, Status.SHIPPED)
    assert await queued(office) == {}
    await office.write(BACKORDERED, Status.BACKORDERED)
    assert set((await queued(office)).values()) == {"backordered"}


async def test_a_request_for_approval_is_sent_whatever_is_switched_off(office: SampleOrder) -> None:
    await switch_off(office, "approval_waiting", "approval_needed")
    await office.request_approval("maria")
    assert await queued(office) == {"maria": "approval_needed"}


async def test_people_who_left_get_no_email(office: SampleOrder) -> None:
    await change(office, PersonRow, (TENANT, "ben"), active=False)
    await office.write(APPROVED, Status.APPROVED)
    assert await queued(office) == to({"erin", "walt"}, "approved")


async def change(office: SampleOrder, table: Any, key: Any, **values: Any) -> None:
    async with office.database.transaction() as session:
        row = await session.get_one(table, key)
        for name, value in values.items():
            setattr(row, name, value)


async def test_every_approver_gets_a_link_for_this_step(office: SampleOrder) -> None:
    await office.request_approval("maria", "otto", round_=2, stage=1)
    async with office.database.transaction() as session:
        found = (await session.exec(select(ApprovalLinkRow))).all()
    assert {(link.approver_id, link.round, link.stage, link.state) for link in found} == {
        ("maria", 2, 1, "live"),
        ("otto", 2, 1, "live"),
    }
    assert {link.expires_at for link in found} == {MONDAY + timedelta(days=3)}


async def request_link(office: SampleOrder, *, minutes: int) -> bool:
    async with office.database.transaction() as session:
        (request,) = await approval_requests.pending_for(session, TENANT, "maria", limit=9)
        return await enqueue_new_link(session, request.approval, at=office.clock + timedelta(minutes=minutes))


async def test_a_new_link_goes_to_the_registered_address(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await change(office, PersonRow, (TENANT, "maria"), email="m.lopez@acme.example.com")
    assert await request_link(office, minutes=1)
    async with office.database.transaction() as session:
        rows = await session.exec(select(NotificationRow).where(col(NotificationRow.event) == "new_link"))
        (row,) = rows.all()
    assert row.address == "m.lopez@acme.example.com"
    assert row.link_id is not None


async def test_new_links_are_limited_to_one_in_two_minutes(office: SampleOrder) -> None:
    await office.request_approval("maria")
    assert [await request_link(office, minutes=minutes) for minutes in (1, 2, 5)] == [True, False, True]


async def test_a_person_who_left_gets_no_new_link(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await change(office, PersonRow, (TENANT, "maria"), active=False)
    assert not await request_link(office, minutes=1)
