import asyncio
from typing import Any

import pytest

from models.db.approvals.approval_links import EXPLANATIONS, LinkStatus
from models.db.approvals.tables import ApprovalLinkRow
from models.db.catalog.tables import PolicyRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.event import Event
from models.events.approval import EXPIRED
from models.events.ending import CANCELED, WITHDRAWN
from models.events.fulfillment import ACTIVATION_NEEDED
from models.lifecycle import ItemState, Status
from models.status_labels import label
from tests.fixtures.office import TENANT, SampleOrder, person
from tests.fixtures.statements import recorded_statements
from tests.notifications.conftest import FakeSmtp
from tests.notifications.sending import SIGNER, approve, change, drain, email_sender, emails, send_all, text_to


async def test_queued_emails_are_sent_once(office: SampleOrder, smtp: FakeSmtp) -> None:
    await approve(office)
    assert await send_all(office, smtp) == 3
    assert sorted(smtp.recipients) == [f"{name}@acme.example.com" for name in ("ben", "erin", "walt")]
    assert {row.state for row in (await emails(office)).values()} == {"sent"}
    assert await send_all(office, smtp) == 0


async def test_an_email_takes_four_statements(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.request_approval("maria")
    sender = email_sender(office, smtp.port)
    async with recorded_statements(office.database) as statements:
        await sender.send(await sender.claim(1))
    assert len(smtp.recipients) == 1
    assert len(statements) <= 4, statements


async def test_emails_that_are_claimed_together_take_three_statements_and_one_connection(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    await approve(office)
    sender = email_sender(office, smtp.port)
    async with recorded_statements(office.database) as statements:
        await sender.send(await sender.claim(3))
    assert len(smtp.recipients) == 3
    assert smtp.connections == 1
    assert len(statements) <= 3, statements


async def test_two_senders_never_send_the_same_email(office: SampleOrder, smtp: FakeSmtp) -> None:
    await approve(office)
    one, other = email_sender(office, smtp.port), email_sender(office, smtp.port)
    await asyncio.gather(*(drain(sender) for sender in (one, other, one, other)))
    assert len(smtp.recipients) == len(set(smtp.recipients)) == 3


async def test_the_email_to_an_approver_has_the_signed_link(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.request_approval("maria")
    await send_all(office, smtp)
    link_id = (await emails(office))["approval_needed maria"].link_id
    assert link_id is not None
    assert SIGNER.url(link_id) in text_to(smtp, "maria@acme.example.com")
    assert "/approve/" not in text_to(smtp, "erin@acme.example.com")


@pytest.mark.parametrize(("event", "status"), [
    (WITHDRAWN, Status.WITHDRAWN), (EXPIRED, Status.EXPIRED), (CANCELED, Status.CANCELED),
])  # fmt: skip
async def test_approval_emails_are_skipped_when_the_order_has_ended(
    office: SampleOrder, smtp: FakeSmtp, event: Event, status: Status
) -> None:
    await office.request_approval("maria")
    await office.write(event, status, person("erin"), round=1, stage=1)
    await send_all(office, smtp)
    found = await emails(office)
    assert (found["approval_needed maria"].state, found["approval_waiting erin"].state) == ("skipped", "skipped")
    assert found["approval_waiting erin"].last_error == f"The order's status is now {label(status).lower()}."
    assert found[f"{event.code} erin"].state == "sent"


@pytest.mark.parametrize(("state", "sent"), [
    (ItemState.AWAITING_ACTIVATION, "sent"), (ItemState.DONE, "skipped"),
])  # fmt: skip
async def test_activation_is_not_requested_for_an_active_item(
    office: SampleOrder, smtp: FakeSmtp, state: ItemState, sent: str
) -> None:
    await office.report_from_carrier(
        ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, ItemState.AWAITING_ACTIVATION, detail=None
    )
    await change(office, ItemRow, (TENANT, office.order.id, office.order.items[0].id), state=state)
    await send_all(office, smtp)
    assert (await emails(office))["activation_needed ben"].state == sent


async def test_an_approval_email_is_skipped_when_another_approver_has_decided(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    await office.request_approval("maria", "otto")
    await office.approve("maria")
    await send_all(office, smtp)
    skipped = (await emails(office))["approval_needed otto"]
    assert (skipped.state, skipped.last_error) == ("skipped", EXPLANATIONS[LinkStatus.DECIDED])
    assert "otto@acme.example.com" not in smtp.recipients


async def test_an_email_whose_link_was_revoked_is_skipped(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.request_approval("maria")
    link_id = (await emails(office))["approval_needed maria"].link_id
    await change(office, ApprovalLinkRow, link_id, state="revoked", reason="an administrator withdrew it")
    await send_all(office, smtp)
    assert (await emails(office))["approval_needed maria"].last_error == EXPLANATIONS[LinkStatus.REVOKED]


async def test_an_approval_email_for_a_changed_order_is_skipped(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.request_approval("maria")
    await change(office, OrderRow, (TENANT, office.order.id), cost_center_one_time="CC-999")
    await send_all(office, smtp)
    assert (await emails(office))["approval_needed maria"].state == "skipped"


@pytest.mark.parametrize("changed", [{"active": False}, {"email": "new@acme.example.com"}])
async def test_an_email_to_a_person_who_left_or_changed_address_is_skipped(
    office: SampleOrder, smtp: FakeSmtp, changed: dict[str, Any]
) -> None:
    await approve(office)
    await change(office, PersonRow, (TENANT, "erin"), **changed)
    await send_all(office, smtp)
    assert (await emails(office))["approved erin"].state == "skipped"


async def test_without_decisions_by_email_the_email_has_no_link(office: SampleOrder, smtp: FakeSmtp) -> None:
    await change(office, PolicyRow, (TENANT, 1), document={"email_decisions": False})
    await office.request_approval("maria")
    await send_all(office, smtp)
    text = text_to(smtp, "maria@acme.example.com")
    assert "/approve/" not in text
    assert "Review request: https://dialtone.example.com/approvals" in text
    assert "Acme Corp doesn't allow approvals by email link" in text


async def test_an_email_that_cannot_be_built_does_not_stop_the_others(office: SampleOrder, smtp: FakeSmtp) -> None:
    await approve(office)
    broken = (await emails(office))["approved ben"]
    await change(office, NotificationRow, broken.id, seq=99)
    assert await send_all(office, smtp) == 3
    assert len(smtp.recipients) == 2
    assert (await emails(office))["approved ben"].state == "waiting"


async def test_no_signature_is_logged(
    office: SampleOrder, smtp: FakeSmtp, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await office.request_approval("maria")
    await send_all(office, smtp)
    signature = SIGNER.url(str((await emails(office))["approval_needed maria"].link_id)).rsplit("/", 1)[1]
    printed = capsys.readouterr()
    assert "email_sent" in printed.out + caplog.text
    assert signature not in printed.out + printed.err + caplog.text
