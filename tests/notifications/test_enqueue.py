from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.db.approvals import approval_requests
from models.db.approvals.tables import ApprovalLinkRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow, TenantRow
from models.lifecycle import Event, Status
from notifications.enqueue import enqueue_emails, enqueue_new_link
from tests.fixtures.office import MONDAY, TENANT, Office, person

Told = dict[str, str]
PRINCIPALS = {"erin", "ben"}
EVERYBODY = {"erin", "ben", "walt"}


async def told(office: Office) -> Told:
    """Who was told of the latest entry, with which mail."""
    async with office.database.transaction() as session:
        rows = await session.exec(select(NotificationRow).where(col(NotificationRow.seq) == office.seq))
        found = list(rows.all())
    assert len({row.recipient_id for row in found}) == len(found)
    return {row.recipient_id: row.event for row in found}


def all_of(people: set[str], mail: str) -> Told:
    return dict.fromkeys(people, mail)


@pytest.mark.parametrize(("event", "status", "mail", "people"), [
    (Event.RECEIVED, Status.VALIDATING, "received", EVERYBODY),
    (Event.INFO_PROVIDED, Status.AWAITING_APPROVAL, "info_provided", PRINCIPALS),
    (Event.APPROVED, Status.APPROVED, "approved", EVERYBODY),
    (Event.HELD, Status.ON_HOLD, "held", PRINCIPALS),
    (Event.PLACED, Status.IN_FULFILLMENT, "placed", EVERYBODY),
    (Event.VENDOR_INFO_REQUIRED, Status.VENDOR_INFO_REQUIRED, "vendor_info_required", PRINCIPALS),
    (Event.BACKORDERED, Status.BACKORDERED, "backordered", EVERYBODY),
    (Event.SHIPPED, Status.SHIPPED, "shipped", EVERYBODY),
    (Event.ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, "activation_needed", PRINCIPALS),
    (Event.CANCEL_REQUESTED, Status.CANCEL_REQUESTED, "cancel_requested", EVERYBODY),
    (Event.CANCEL_DECLINED, Status.IN_FULFILLMENT, "cancel_declined", EVERYBODY),
    (Event.CANCELED, Status.CANCELED, "canceled", EVERYBODY),
    (Event.COMPLETED, Status.COMPLETED, "completed", EVERYBODY),
    (Event.PARTIALLY_FULFILLED, Status.PARTIALLY_FULFILLED, "partially_fulfilled", EVERYBODY),
    (Event.VENDOR_REJECTED, Status.VENDOR_REJECTED, "vendor_rejected", EVERYBODY | {"tess", "ada"}),
    (Event.FAILED, Status.FAILED, "failed", {"tess", "ada"}),
    (Event.REJECTED, Status.REJECTED, "rejected", EVERYBODY),
    (Event.PROGRESS, Status.IN_FULFILLMENT, "", set()),
    (Event.ITEM_DONE, Status.IN_FULFILLMENT, "", set()),
])  # fmt: skip
async def test_an_entry_tells_its_audiences(
    office: Office, event: Event, status: Status, mail: str, people: set[str]
) -> None:
    await office.write(event, status)
    assert await told(office) == all_of(people, mail)


async def test_approvers_are_asked_and_the_requester_learns_who_decides(office: Office) -> None:
    await office.ask("maria", "otto")
    assert await told(office) == all_of({"maria", "otto"}, "approval_needed") | all_of(PRINCIPALS, "approval_waiting")


async def test_a_reminder_goes_to_those_who_have_not_decided(office: Office) -> None:
    await office.ask("maria", "otto")
    await office.approve("maria", stage_done=False)
    await office.remind("otto")
    assert await told(office) == {"otto": "reminder"} | all_of(PRINCIPALS, "reminder_sent")


async def test_an_escalation_reaches_the_old_approver_and_the_new_one(office: Office) -> None:
    await office.ask("maria")
    await office.escalate("otto")
    assert await told(office) == all_of({"maria", "otto"}, "escalated") | all_of(PRINCIPALS, "approval_waiting")


async def test_a_reassignment_tells_the_new_the_former_and_those_who_wait(office: Office) -> None:
    await office.ask("maria")
    await office.hand_over("maria", "otto")
    assert await told(office) == {"otto": "reassigned"} | all_of(PRINCIPALS | {"maria"}, "handed_over")


async def test_a_question_goes_to_the_requester(office: Office) -> None:
    await office.ask("maria")
    await office.question("maria")
    assert await told(office) == {"erin": "info_requested"}


async def test_a_rejection_tells_those_who_had_approved(office: Office) -> None:
    await office.ask("maria")
    await office.approve("maria")
    await office.ask("otto", stage=2)
    await office.write(
        Event.REJECTED, Status.REJECTED, person("otto"), round=1, stage=2, approver_id="otto", reason="No."
    )
    assert await told(office) == all_of(EVERYBODY | {"maria"}, "rejected")


@pytest.mark.parametrize(("event", "status"), [
    (Event.EXPIRED, Status.EXPIRED), (Event.WITHDRAWN, Status.WITHDRAWN),
])  # fmt: skip
async def test_the_end_before_a_decision_tells_those_who_were_asked(
    office: Office, event: Event, status: Status
) -> None:
    await office.ask("maria")
    await office.approve("maria")
    await office.ask("otto", stage=2)
    await office.write(event, status, round=1, stage=2)
    assert await told(office) == all_of(EVERYBODY | {"otto"}, event.value)


async def test_whoever_is_several_things_gets_one_mail(office: Office) -> None:
    await change(office, OrderRow, (TENANT, office.order.id), beneficiary_id="erin", watchers=["erin", "tess"])
    await office.write(Event.VENDOR_REJECTED, Status.VENDOR_REJECTED)
    assert await told(office) == all_of({"erin", "tess", "ada"}, "vendor_rejected")


async def test_announcing_twice_tells_nobody_twice(office: Office) -> None:
    entry = await office.ask("maria")
    before = await rows_of(office)
    async with office.database.transaction() as session:
        await enqueue_emails(session, office.order, entry)
    assert await rows_of(office) == before


async def rows_of(office: Office) -> list[str]:
    async with office.database.transaction() as session:
        mails = (await session.exec(select(NotificationRow.id))).all()
        links = (await session.exec(select(ApprovalLinkRow.id))).all()
    return sorted([*mails, *links])


@pytest.mark.parametrize("off", ["approval_waiting", "approval_needed"])
async def test_a_tenant_switches_off_a_mail_or_all_mails_of_an_event(office: Office, off: str) -> None:
    await change(office, TenantRow, TENANT, disabled_emails=[off])
    await office.ask("maria")
    expected = {"maria": "approval_needed"} if off == "approval_waiting" else {}
    assert await told(office) == expected


async def test_people_who_left_get_no_mail(office: Office) -> None:
    await change(office, PersonRow, (TENANT, "ben"), active=False)
    await office.receive()
    assert await told(office) == all_of({"erin", "walt"}, "received")


async def change(office: Office, table: Any, key: Any, **values: Any) -> None:
    async with office.database.transaction() as session:
        row = await session.get_one(table, key)
        for name, value in values.items():
            setattr(row, name, value)


async def test_every_approver_gets_a_link_of_their_own_for_this_step(office: Office) -> None:
    await office.ask("maria", "otto", round_=2, stage=1)
    async with office.database.transaction() as session:
        found = (await session.exec(select(ApprovalLinkRow))).all()
    assert {(link.approver_id, link.round, link.stage, link.state) for link in found} == {
        ("maria", 2, 1, "live"),
        ("otto", 2, 1, "live"),
    }
    assert {link.expires_at for link in found} == {MONDAY + timedelta(days=3)}


async def fresh(office: Office, minutes: int) -> bool:
    async with office.database.transaction() as session:
        ((approval, _order),) = await approval_requests.pending_for(session, TENANT, "maria")
        return await enqueue_new_link(session, approval, at=office.clock + timedelta(minutes=minutes))


async def test_a_fresh_link_goes_to_the_registered_address(office: Office) -> None:
    await office.ask("maria")
    await change(office, PersonRow, (TENANT, "maria"), email="m.lopez@acme.example.com")
    assert await fresh(office, 1)
    async with office.database.transaction() as session:
        rows = await session.exec(select(NotificationRow).where(col(NotificationRow.event) == "fresh_link"))
        (row,) = rows.all()
    assert row.address == "m.lopez@acme.example.com"
    assert row.link_id is not None


async def test_fresh_links_are_not_mailed_in_a_row(office: Office) -> None:
    await office.ask("maria")
    assert [await fresh(office, minutes) for minutes in (1, 2, 5)] == [True, False, True]


async def test_somebody_who_left_gets_no_fresh_link(office: Office) -> None:
    await office.ask("maria")
    await change(office, PersonRow, (TENANT, "maria"), active=False)
    assert not await fresh(office, 1)
