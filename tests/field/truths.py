"""What everyone is told about an order agrees: its row, workflow, history, approvals, links, pages and emails."""

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.lifecycle import Status
from models.order import Order
from models.status_labels import label
from tests import factories
from tests.field.decisions import NAMES, Act, Doors, Reached

# The event that a message causes. A cancellation is undone step by step first, so its event has no cause.
CAUSED: Mapping[str, str] = {
    Act.APPROVE: "approved_by",
    Act.REJECT: "rejected",
    Act.ASK: "info_requested",
    Act.ANSWER: "info_provided",
    Act.REASSIGN: "reassigned",
}
ENDS = {
    Status.REJECTED: "rejected",
    Status.EXPIRED: "expired",
    Status.WITHDRAWN: "withdrawn",
    Status.CANCELED: "canceled",
}
ALWAYS_TRUE = {"message_rejected", "info_provided"}
# The emails, by name, that may still be sent: what an email says is next must be next then.
STILL_TRUE = {
    Status.AWAITING_APPROVAL: {
        *("approval_needed", "approval_waiting", "reminder", "reminder_sent", "escalated", "escalation_sent"),
        *("reassigned", "approver_changed"),
        *ALWAYS_TRUE,
    },
    Status.INFO_REQUESTED: {"info_requested"} | ALWAYS_TRUE,
    Status.IN_FULFILLMENT: {"approved", "placed"} | ALWAYS_TRUE,
    **{status: {event} | ALWAYS_TRUE for status, event in ENDS.items()},
}
WAITS = {Status.AWAITING_APPROVAL, Status.INFO_REQUESTED, Status.IN_FULFILLMENT}


async def assert_one_truth(doors: Doors, order: Order) -> None:
    row, events = await doors.env.row(order), await doors.env.rows(EventRow, order)
    messages = await doors.messages(order)
    assert {message.state for message in messages} <= {"done", "rejected"}
    await _assert_status(doors, order, row, events)
    _assert_done(row, messages, events)
    _assert_one_at_a_time(messages)
    await _assert_lost_are_told(doors, order, messages, events)
    await _assert_approvals(doors, order, row, events)
    await _assert_links(doors, order, messages)
    await _assert_emails(doors, order, row)


async def _assert_status(doors: Doors, order: Order, row: OrderRow, events: list[EventRow]) -> None:
    """The order's row, its workflow, its history and the answers of the API name one status."""
    handle, status = doors.env.client.get_workflow_handle(order.workflow_id), Status(row.status)
    if status.final:
        assert (await handle.result())["status"] == status
    else:
        assert status in WAITS
        assert await handle.query("last_seq") == row.seq
    ended = [event.event for event in events if event.event in ENDS.values()]
    assert ended == ([ENDS[status]] if status.final else [])
    last = max((event for event in events if event.seq <= row.seq), key=lambda event: event.seq)
    assert (last.seq, last.status) == (row.seq, status)
    if {"rejected", "expired", "withdrawn"} & {*ended}:
        assert "approved" not in [event.event for event in events]
    for person in (factories.REQUESTER, factories.MANAGER):
        async with await doors.offices[Reached.AT_ONCE].client(NAMES[person], factories.TENANT) as client:
            seen = (await client.get(f"/api/v1/orders/{order.id}")).json()
            told = (await client.get(f"/api/v1/orders/{order.id}/timeline")).json()
        assert (seen["status"], seen["closed_at"] is not None) == (status, status.final)
        assert Counter(one["seq"] for one in told) == Counter(event.seq for event in events)
        async with await doors.offices[Reached.AT_ONCE].browser(NAMES[person], factories.TENANT) as browser:
            page = await browser.get(f"/orders/{order.id}")
        assert label(status) in page.text


def _assert_done(row: OrderRow, messages: list[OutboxRow], events: list[EventRow]) -> None:
    """What was done is in the history once, and what was refused isn't."""
    caused = Counter((event.cause, event.event) for event in events if event.event in CAUSED.values())
    done = [message for message in messages if message.state == "done"]
    assert caused == Counter((one.id, CAUSED[one.name]) for one in done if one.name in CAUSED)
    canceled = [message for message in done if message.name == Act.CANCEL]
    assert len(canceled) == (row.status in {Status.WITHDRAWN, Status.CANCELED})


def _assert_one_at_a_time(messages: list[OutboxRow]) -> None:
    """While a person's decision is on its way, by whatever door, they can't send another one for the same request."""
    decisions = [one for one in messages if one.name in {Act.APPROVE, Act.REJECT, Act.ASK}]
    for earlier, later in combinations(decisions, 2):
        if _request_of(earlier) == _request_of(later):
            assert earlier.state == "rejected"
            assert earlier.done_at is not None
            assert earlier.done_at <= later.created_at


def _request_of(message: OutboxRow) -> tuple[str, int, int]:
    return message.payload["actor"]["id"], message.payload["round"], message.payload["stage"]


async def _assert_lost_are_told(doors: Doors, order: Order, messages: list[OutboxRow], events: list[EventRow]) -> None:
    """Senders who had left when a message was refused read it in the history and an email; others were answered."""
    lost = Counter(
        (message.payload["actor"]["id"], message.name)
        for message in messages
        if message.state == "rejected" and doors.given[message.id].state == "waiting"
    )
    noted = [event for event in events if event.event == "message_rejected"]
    assert Counter((event.actor_id, event.data["action"]) for event in noted) == lost
    emails = [row for row in await doors.env.rows(NotificationRow, order) if row.event == "message_rejected"]
    assert Counter((row.seq, row.recipient_id) for row in emails) == Counter((one.seq, one.actor_id) for one in noted)


async def _assert_approvals(doors: Doors, order: Order, row: OrderRow, events: list[EventRow]) -> None:
    approvals = await doors.env.rows(ApprovalRow, order)
    states = {state: [one for one in approvals if one.state == state] for state in ("pending", "approved", "rejected")}
    assert bool(states["pending"]) == (row.status == Status.AWAITING_APPROVAL)
    for state, event in (("approved", "approved_by"), ("rejected", "rejected")):
        decided = [(one.decided_by, one.comment) for one in states[state]]
        assert decided == [(one.actor_id, one.data["comment"]) for one in events if one.event == event]
    links = await doors.env.rows(ApprovalLinkRow, order)
    live = {link.approval_id for link in links if link.state == "live"}
    assert live == {one.id for one in states["pending"]}
    for person in (factories.MANAGER, factories.DIRECTOR):
        async with await doors.offices[Reached.AT_ONCE].client(NAMES[person], factories.TENANT) as client:
            listed = [one["id"] for one in (await client.get("/api/v1/approvals?limit=100")).json()["items"]]
        mine = [one.id for one in states["pending"] if one.approver_id == person]
        assert [one for one in listed if one in {approval.id for approval in approvals}] == mine


async def _assert_links(doors: Doors, order: Order, messages: list[OutboxRow]) -> None:
    """A link is used if its decision counts; its page says so, or why it doesn't, or takes a decision."""
    links = {link.id: link for link in await doors.env.rows(ApprovalLinkRow, order)}
    approvals = await doors.env.rows(ApprovalRow, order)
    last = {_request_of(one): one for one in messages if one.name in {Act.APPROVE, Act.REJECT, Act.ASK}}
    latest = {one.id: last.get((one.approver_id, one.round, one.stage)) for one in approvals}
    decided = {one.id for one in approvals if one.state in {"approved", "rejected"}}
    decided |= {approval for approval, message in latest.items() if message and message.state == "done"}
    used = {message.link_id for message in messages if message.state == "done"}
    for link in links.values():
        assert (link.state == "used") == (link.id in used)
        _, page = await doors.opened(order, link.approver_id, doors.offices[Reached.AT_ONCE], link)
        assert page is not None
        takes, message = link.state == "live", latest[link.approval_id]
        assert ('value="approve"' in page.text) == takes
        assert page.status_code == (200 if takes or link.approval_id in decided else 410)
        if message is not None and link.approval_id not in decided:
            assert "decision didn&#39;t count" in page.text or "decision didn't count" in page.text


async def _assert_emails(doors: Doors, order: Order, row: OrderRow) -> None:
    """What was sent in the end is true in the end."""
    sent = [one for one in await doors.env.rows(NotificationRow, order) if one.state == "sent"]
    assert {one.event for one in sent} - STILL_TRUE[Status(row.status)] == set(), row.status
    ended = [one.event for one in sent if one.recipient_id == order.requester_id and one.event in ENDS.values()]
    assert ended == ([ENDS[Status(row.status)]] if row.closed_at else [])
    live = {link.id for link in await doors.env.rows(ApprovalLinkRow, order) if link.state == "live"}
    assert {one.link_id for one in sent if one.link_id} <= live
