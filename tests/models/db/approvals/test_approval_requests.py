import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select

from models.db.approvals import approval_projection, approval_requests
from models.db.approvals.approval_links import content_hash, find_link, release_link, revoke_links_of, use_link
from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.orders.order_rows import items_of
from models.db.orders.tables import ItemRow, OrderRow
from models.errors import LinkNotValid
from models.event import Event
from models.events.approval import EXPIRED
from models.events.ending import CANCELED, WITHDRAWN
from models.lifecycle import Status
from models.order import OrderRef
from tests.fixtures.office import TENANT, SampleOrder, person


async def rows(office: SampleOrder) -> dict[str, ApprovalRow]:
    async with office.database.transaction() as session:
        found = await session.exec(select(ApprovalRow).order_by(col(ApprovalRow.id)))
        return {f"{row.approver_id}{row.round}{row.stage}": row for row in found.all()}


async def states(office: SampleOrder) -> dict[str, str]:
    return {key: row.state for key, row in (await rows(office)).items()}


async def links(office: SampleOrder) -> list[ApprovalLinkRow]:
    async with office.database.transaction() as session:
        return list((await session.exec(select(ApprovalLinkRow).order_by(col(ApprovalLinkRow.id)))).all())


async def current_hash(office: SampleOrder) -> str:
    async with office.database.transaction() as session:
        order = await session.get_one(OrderRow, (TENANT, office.order.id))
        return content_hash(order, await items_of(session, OrderRef(tenant=TENANT, id=office.order.id)))


async def use(office: SampleOrder, link_id: str) -> ApprovalLinkRow:
    shown = await current_hash(office)
    async with office.database.transaction() as session:
        return await use_link(session, link_id, content=shown, at=office.clock)


async def rejected_use(office: SampleOrder, link_id: str) -> str:
    with pytest.raises(LinkNotValid) as error:
        await use(office, link_id)
    return error.value.facts["status"]


async def test_every_approver_has_the_order_in_their_inbox(office: SampleOrder) -> None:
    await office.request_approval("maria", "otto")
    async with office.database.transaction() as session:
        (waiting,) = await approval_requests.pending_for(session, TENANT, "otto", limit=9)
        others = await approval_requests.pending_for(session, "elsewhere", "otto", limit=9)
    assert waiting.order.number == "10042"
    assert not others


async def test_projecting_an_event_twice_changes_nothing(office: SampleOrder) -> None:
    event = await office.request_approval("maria")
    async with office.database.transaction() as session:
        await approval_projection.project(session, office.order, event)
    assert await states(office) == {"maria11": "pending"}


async def test_the_first_approval_of_a_stage_supersedes_the_others(office: SampleOrder) -> None:
    await office.request_approval("maria", "otto")
    await office.approve("maria", comment="Fine.")
    assert await states(office) == {"maria11": "approved", "otto11": "superseded"}
    row = (await rows(office))["maria11"]
    assert (row.decided_by_name, row.channel, row.comment) == ("Maria Lopez", "email_link", "Fine.")


async def test_if_all_must_approve_the_others_stay_pending_and_keep_their_links(office: SampleOrder) -> None:
    await office.request_approval("maria", "otto")
    await office.approve("maria", stage_done=False)
    assert await states(office) == {"maria11": "approved", "otto11": "pending"}
    assert {link.approver_id: link.state for link in await links(office)} == {"maria": "revoked", "otto": "live"}


async def test_a_rejection_is_recorded_and_revokes_every_link(office: SampleOrder) -> None:
    await office.request_approval("maria", "otto")
    await office.reject("otto", "Too expensive.")
    assert await states(office) == {"maria11": "superseded", "otto11": "rejected"}
    assert {link.reason for link in await links(office)} == {"Otto Grant rejected the request"}


async def test_escalation_adds_approvers_and_keeps_the_first(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await office.escalate("otto")
    assert await states(office) == {"maria11": "pending", "otto11": "pending"}
    assert (await rows(office))["otto11"].label == "Line manager"


async def test_reassignment_moves_the_request_and_revokes_the_old_link(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await office.reassign("maria", "otto")
    assert await states(office) == {"maria11": "superseded", "otto11": "pending"}
    assert {link.approver_id: link.state for link in await links(office)} == {"maria": "revoked", "otto": "live"}


async def test_a_question_supersedes_the_stage_and_the_next_round_is_pending(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await office.question("maria")
    assert await states(office) == {"maria11": "superseded"}
    await office.request_approval("maria", round_=2, after_info=True)
    assert await states(office) == {"maria11": "superseded", "maria21": "pending"}


@pytest.mark.parametrize(
    ("event", "status", "state"),
    [
        (EXPIRED, Status.EXPIRED, "expired"),
        (WITHDRAWN, Status.WITHDRAWN, "superseded"),
        (CANCELED, Status.CANCELED, "superseded"),
    ],
)
async def test_closing_an_order_closes_its_approvals_and_revokes_its_links(
    office: SampleOrder, event: Event, status: Status, state: str
) -> None:
    await office.request_approval("maria")
    await office.write(event, status, person("erin"), round=1, stage=1, reason="No need.")
    assert await states(office) == {"maria11": state}
    assert [link.state for link in await links(office)] == ["revoked"]


async def test_concurrent_uses_of_a_link_succeed_once(office: SampleOrder) -> None:
    await office.request_approval("maria")
    (link,) = await links(office)
    results = await asyncio.gather(*(use(office, link.id) for _ in range(20)), return_exceptions=True)
    rejected = [error for error in results if isinstance(error, LinkNotValid)]
    assert len(rejected) == 19
    assert {error.facts["status"] for error in rejected} == {"used"}


async def test_two_links_of_one_approval_allow_one_decision(office: SampleOrder) -> None:
    await office.request_approval("maria")
    await office.remind()
    first, second = await links(office)
    assert (first.state, second.state) == ("live", "live")
    await use(office, first.id)
    assert await rejected_use(office, second.id) == "used"


async def test_a_released_link_can_be_used_again(office: SampleOrder) -> None:
    await office.request_approval("maria")
    (link,) = await links(office)
    await use(office, link.id)
    async with office.database.transaction() as session:
        await release_link(session, link.id)
    assert (await use(office, link.id)).state == "used"


async def test_a_link_released_after_the_decision_stays_revoked(office: SampleOrder) -> None:
    await office.request_approval("maria")
    (link,) = await links(office)
    await use(office, link.id)
    await office.approve("maria")
    async with office.database.transaction() as session:
        await release_link(session, link.id)
    assert [one.state for one in await links(office)] == ["revoked"]


async def test_an_expired_link_is_rejected(office: SampleOrder) -> None:
    await office.request_approval("maria")
    (link,) = await links(office)
    office.clock = link.expires_at
    assert await rejected_use(office, link.id) == "expired"


async def test_a_revoked_link_is_rejected(office: SampleOrder) -> None:
    await office.request_approval("maria")
    (link,) = await links(office)
    async with office.database.transaction() as session:
        assert await revoke_links_of(session, TENANT, "maria", reason="an admin revoked it") == 1
    assert await rejected_use(office, link.id) == "revoked"


async def test_a_link_of_a_decided_request_is_rejected(office: SampleOrder) -> None:
    await office.request_approval("maria", "otto")
    link = next(one for one in await links(office) if one.approver_id == "otto")
    await office.approve("maria")
    assert await rejected_use(office, link.id) == "decided"


async def test_a_link_is_rejected_if_the_order_changed_since_the_email(office: SampleOrder) -> None:
    await office.request_approval("maria")
    (link,) = await links(office)
    async with office.database.transaction() as session:
        item = await session.get_one(ItemRow, (TENANT, office.order.id, office.order.items[0].id))
        item.answers = {**item.answers, "device": "PHONE-2"}
    assert await rejected_use(office, link.id) == "changed"


async def test_carrier_reports_do_not_change_the_content_hash(office: SampleOrder) -> None:
    before = await current_hash(office)
    async with office.database.transaction() as session:
        item = await session.get_one(ItemRow, (TENANT, office.order.id, office.order.items[0].id))
        item.mdn, item.state = "+13125550142", "shipped"
    assert await current_hash(office) == before


async def test_a_link_that_expired_long_ago_is_not_found(office: SampleOrder) -> None:
    await office.request_approval("maria")
    (link,) = await links(office)
    async with office.database.transaction() as session:
        assert await find_link(session, link.id, at=link.expires_at + timedelta(days=29))
        assert not await find_link(session, link.id, at=link.expires_at + timedelta(days=31))
        assert not await find_link(session, "01NOBODY", at=office.clock)


async def test_a_used_link_that_expired_is_reported_as_used(office: SampleOrder) -> None:
    await office.request_approval("maria")
    (link,) = await links(office)
    await use(office, link.id)
    office.clock = link.expires_at
    assert await rejected_use(office, link.id) == "used"
