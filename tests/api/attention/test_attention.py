"""What needs an operator, and what operators do about it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import SQLModel, col, update

from api.attention.schemas import AttentionKind
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id, utc_now
from models.db.workflow_health.tables import WorkflowHealthRow
from models.events.operations import FAILED
from models.lifecycle import Status
from models.order import OrderRef
from outbox.dispatcher import DeliveryResult
from tests.api.api_client import ApiTenant, code

LONG_AGO = utc_now() - timedelta(hours=2)
WHY = {"evidence": "Ticket 7."}
HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


async def attention(office: ApiTenant, name: str = "Priya", tenant: str = "acme", **params: Any) -> dict[str, Any]:
    async with await office.client(name, tenant) as client:
        answer = await client.get("/api/v1/admin/attention", params=params)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def items(office: ApiTenant, kind: AttentionKind, **params: Any) -> list[dict[str, Any]]:
    return [item for item in (await attention(office, **params))["items"] if item["kind"] == kind]


async def change(office: ApiTenant, table: type[SQLModel], *which: Any, **values: Any) -> None:
    async with office.database.transaction() as session:
        await session.exec(update(table).where(*which).values(values))


async def failed_order(office: ApiTenant) -> dict[str, Any]:
    order = await office.order()
    await office.write_event(
        order, FAILED, Status.FAILED, step="PLACE", tries=14, error="CARRIER_UNAVAILABLE: no answer"
    )
    return order


async def order_without_workflow(office: ApiTenant, state: str = "terminated") -> dict[str, Any]:
    order = await office.order()
    async with office.database.transaction() as session:
        row = WorkflowHealthRow(tenant="acme", order_id=order["id"], state=state, since=LONG_AGO, checked_at=utc_now())
        session.add(row)
    return order


async def undeliverable_message(office: ApiTenant) -> dict[str, Any]:
    """An order whose start message is undeliverable."""
    order = await office.order()
    dead = {"state": "dead", "attempts": 3, "result": {"code": None, "detail": "too large"}, "done_at": LONG_AGO}
    await change(office, OutboxRow, col(OutboxRow.id) == order["id"], **dead)
    return order


async def bounced_email(office: ApiTenant) -> tuple[dict[str, Any], str]:
    order, email_id = await office.order(), new_id()
    recipient = await office.row("Dana")
    async with office.database.transaction() as session:
        session.add(
            NotificationRow(
                tenant="acme", id=email_id, order_id=order["id"], seq=1, event="received", recipient_id=recipient.id,
                address=recipient.email, state="dead", attempts=20, created_at=LONG_AGO, next_attempt_at=LONG_AGO,
                last_error="550 no such mailbox",
            )
        )  # fmt: skip
    return order, email_id


# --- the report ----------------------------------------------------------------


async def test_without_temporal_the_rest_is_reported_and_the_outage_comes_first(office: ApiTenant) -> None:
    order = await order_without_workflow(office)
    report = await attention(office)
    assert report["items"][0]["kind"] == AttentionKind.MESSAGE_BACKLOG
    assert report["delivery"]["temporal"].startswith("Temporal is unreachable")
    assert order["number"] in {item["order"] for item in report["items"]}


async def test_a_missing_workflow_is_described(office: ApiTenant) -> None:
    order = await order_without_workflow(office)
    (item,) = await items(office, AttentionKind.WORKFLOW_MISSING)
    assert (item["order"], item["actions"]) == (order["number"], ["resume_workflow", "force_close"])
    assert "terminated" in item["problem"]


@pytest.mark.fault("14")
@pytest.mark.parametrize(
    ("state", "problem", "action"),
    [
        ("behind", "is behind its history: Temporal was restored", "replay_messages"),
        ("ahead", "history is behind its workflow: the database was restored", "restore_state"),
        ("revived", "has ended, but its workflow runs again", "end_workflow"),
    ],
)
async def test_an_order_out_of_step_is_described(office: ApiTenant, state: str, problem: str, action: str) -> None:
    order = await order_without_workflow(office, state)
    if state == "revived":
        await change(office, OrderRow, col(OrderRow.id) == order["id"], status="COMPLETED", closed_at=LONG_AGO)
    (item,) = await items(office, AttentionKind.OUT_OF_STEP)
    assert (item["order"], item["actions"][0]) == (order["number"], action)
    assert problem in item["problem"]
    async with await office.client("Priya") as client:
        history = (await client.get(f"/api/v1/orders/{order['id']}/history")).json()
        page = unescape((await client.get("/admin", headers=HTML)).text)
    assert history["actions"][0] == action
    assert f"/admin/orders/{order['number']}/{action.replace('_', '-')}" in page


async def test_an_order_that_should_have_continued_is_stalled(office: ApiTenant) -> None:
    order = await office.order()
    await change(office, OrderRow, col(OrderRow.id) == order["id"], updated_at=LONG_AGO)
    (item,) = await items(office, AttentionKind.STALLED)
    assert item["order"] == order["number"]


async def test_an_order_with_several_problems_is_listed_once(office: ApiTenant) -> None:
    order = await order_without_workflow(office)
    await change(office, OrderRow, col(OrderRow.id) == order["id"], updated_at=LONG_AGO)
    report = await attention(office)
    assert [item["kind"] for item in report["items"] if item["order"] == order["number"]] == [
        AttentionKind.WORKFLOW_MISSING
    ]


async def test_an_order_whose_row_is_older_than_its_workflow_has_a_sync_delay(office: ApiTenant) -> None:
    order = await office.order()
    ref = OrderRef(tenant="acme", id=order["id"])
    async with office.database.transaction() as session:
        session.add(
            OutboxRow(
                id="answered", tenant="acme", order_id=order["id"], workflow_id=ref.workflow_id, kind="update",
                name="approve", payload={}, state="done", created_at=LONG_AGO,
                next_attempt_at=LONG_AGO, done_at=LONG_AGO,
                result={"status": "APPROVED", "seq": 9},
            ),
        )  # fmt: skip
    await change(office, OrderRow, col(OrderRow.id) == order["id"], updated_at=LONG_AGO - timedelta(minutes=1))
    (item,) = await items(office, AttentionKind.SYNC_DELAY)
    assert item["problem"] == "The workflow is at event 9, but the database is at event 1."


async def test_a_backlog_and_missing_workers_are_reported(office: ApiTenant) -> None:
    await office.order()
    await change(office, OutboxRow, created_at=LONG_AGO)
    problems = " ".join(item["problem"] for item in await items(office, AttentionKind.MESSAGE_BACKLOG))
    assert "Not delivered to workflows yet: 1 message." in problems
    assert "No worker is connected" in problems


async def test_items_are_filtered_by_kind_and_all_kinds_are_counted(office: ApiTenant) -> None:
    await order_without_workflow(office)
    await bounced_email(office)
    report = await attention(office, kind="bounced_email")
    assert {item["kind"] for item in report["items"]} == {AttentionKind.BOUNCED_EMAIL}
    counts = {one["kind"]: one["count"] for one in report["counts"]}
    assert (counts[AttentionKind.WORKFLOW_MISSING], counts[AttentionKind.BOUNCED_EMAIL]) == (1, 1)


async def test_problems_of_another_tenant_are_not_shown(office: ApiTenant) -> None:
    await failed_order(office)
    await order_without_workflow(office)
    await undeliverable_message(office)
    _, email_id = await bounced_email(office)
    report = await attention(office, "Ulla", "globex")
    assert {item["kind"] for item in report["items"]} <= {AttentionKind.MESSAGE_BACKLOG}
    async with await office.client("Ulla", "globex") as client:
        answer = await client.post(f"/api/v1/admin/emails/{email_id}/resend", json=WHY)
    assert code(answer) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/api/v1/admin/attention", "/admin"])
async def test_the_report_takes_at_most_fourteen_statements(office: ApiTenant, path: str) -> None:
    for make in (failed_order, failed_order, order_without_workflow, bounced_email, undeliverable_message):
        await make(office)
    async with await office.client("Priya") as client:
        await client.get(path)  # the last use of a token is updated once an hour
        async with office.statements() as statements:
            assert (await client.get(path)).status_code == 200
    assert len(statements) <= 14, statements


# --- the actions ---------------------------------------------------------------


async def test_a_redelivered_message_is_recorded_in_the_history(office: ApiTenant) -> None:
    order = await undeliverable_message(office)
    async with await office.client("Priya") as client:
        answer = await client.post(f"/api/v1/admin/messages/{order['id']}/redeliver", json=WHY)
        history = (await client.get(f"/api/v1/orders/{order['id']}/history")).json()
    assert answer.json() == {"order": order["number"], "action": "redeliver_message"}
    assert office.dispatcher.delivered[-1] == order["id"]
    assert (await office.message(order["id"])).state == "waiting"
    (recovery,) = [item for item in history["items"] if item["source"] == "operator"]
    assert (recovery["who"], recovery["detail"]) == ("Priya Raman", "Ticket 7.")


async def test_a_message_that_is_undeliverable_again_is_an_error(office: ApiTenant) -> None:
    order = await undeliverable_message(office)
    office.dispatcher.answer = DeliveryResult(state="dead", detail="still too large")
    async with await office.client("Priya") as client:
        answer = await client.post(f"/api/v1/admin/messages/{order['id']}/redeliver", json=WHY)
    assert code(answer) == (409, "ACTION_NOT_ALLOWED")
    assert answer.json()["detail"] == "The message still can't be delivered. The order's history shows why."


async def test_only_a_bounced_email_can_be_resent(office: ApiTenant) -> None:
    _, email_id = await bounced_email(office)
    async with await office.client("Theo") as client:
        assert (await client.post(f"/api/v1/admin/emails/{email_id}/resend", json=WHY)).status_code == 200
        again = await client.post(f"/api/v1/admin/emails/{email_id}/resend", json=WHY)
    assert code(again) == (409, "ACTION_NOT_ALLOWED")
    async with office.database.transaction() as session:
        row = await session.get_one(NotificationRow, email_id)
    assert (row.state, row.attempts) == ("waiting", 0)


@pytest.mark.parametrize(
    "action", ["resume-workflow", "replay-messages", "restore-state", "end-workflow", "force-close"]
)
async def test_without_temporal_a_workflow_cannot_be_recovered(office: ApiTenant, action: str) -> None:
    order = await order_without_workflow(office)
    async with await office.client("Priya") as client:
        answer = await client.post(f"/api/v1/orders/{order['number']}/{action}", json=WHY)
        history = (await client.get(f"/api/v1/orders/{order['id']}/history")).json()
    assert code(answer) == (503, "ENGINE_UNAVAILABLE")
    assert [item for item in history["items"] if item["source"] == "operator"] == []


async def test_a_recovery_requires_evidence(office: ApiTenant) -> None:
    order = await order_without_workflow(office)
    async with await office.client("Priya") as client:
        answer = await client.post(f"/api/v1/orders/{order['number']}/force-close", json={"evidence": " "})
    assert code(answer)[0] == 422


# --- the page -------------------------------------------------------------------


async def test_the_page_shows_sentences_and_no_errors(office: ApiTenant) -> None:
    await undeliverable_message(office)
    await bounced_email(office)
    async with await office.client("Priya") as client:
        page = unescape((await client.get("/admin", headers=HTML)).text)
    for sentence in (
        "Couldn't deliver the message that starts its workflow.",
        "Couldn't send the email “Order submitted” to dana.ortiz@acme.example.com after 20 tries.",
    ):
        assert sentence in page
    for error in ("too large", "no such mailbox"):
        assert error not in page


async def test_the_page_has_a_form_for_each_allowed_action(office: ApiTenant) -> None:
    order = await undeliverable_message(office)
    async with await office.client("Theo") as client:
        page = (await client.get("/admin", headers=HTML)).text
        (path,) = re.findall(r'action="(/admin/messages/\S+/redeliver)"', page)
        answer = await client.post(path, data=WHY, headers=HTML)
        shown = await client.get(answer.headers["Location"], headers=HTML)
    assert (answer.status_code, office.dispatcher.delivered[-1]) == (303, order["id"])
    assert f"{order['number']}: Message sent again." in shown.text


@pytest.mark.parametrize(("evidence", "status", "problem"), [
    ("Ticket 7.", 503, "Temporal is unavailable"), ("no", 422, "Enter a reason and a reference (ticket or link)."),
])  # fmt: skip
async def test_a_rejected_form_is_shown_again_with_its_input(
    office: ApiTenant, evidence: str, status: int, problem: str
) -> None:
    order = await order_without_workflow(office)
    path = f"/admin/orders/{order['number']}/force-close"
    async with await office.client("Priya") as client:
        answer = await client.post(path, data={"evidence": evidence}, headers=HTML)
    assert answer.status_code == status
    assert f"Not saved: {problem}" in unescape(answer.text)
    assert f">{evidence}</textarea>" in answer.text


async def test_the_history_page_shows_the_problem_and_the_actions(office: ApiTenant) -> None:
    order = await order_without_workflow(office)
    async with await office.client("Priya") as client:
        page = (await client.get(f"/admin/orders/{order['number']}", headers=HTML)).text
    assert "workflow was terminated in Temporal" in page
    assert f"/admin/orders/{order['number']}/resume-workflow" in page
    assert f"/admin/orders/{order['number']}/cancel" not in page


async def test_a_history_page_links_to_the_tasks_of_the_order(office: ApiTenant) -> None:
    order = await failed_order(office)
    async with await office.client("Priya") as client:
        page = (await client.get(f"/admin/orders/{order['number']}", headers=HTML)).text
    assert f'href="/tasks/{order["id"]}-2">Open task: Failed step' in page


async def test_a_history_page_with_live_updates_has_no_forms(office: ApiTenant) -> None:
    order = await order_without_workflow(office)
    async with await office.client("Priya") as client:
        page = (await client.get(f"/admin/orders/{order['number']}?live=true", headers=HTML)).text
    assert 'http-equiv="refresh"' in page
    assert "<textarea" not in page


async def test_only_admins_can_force_close_an_order(office: ApiTenant) -> None:
    order = await order_without_workflow(office)
    assert [item["actions"] for item in await items(office, AttentionKind.WORKFLOW_MISSING, name="Theo")] == [[]]
    async with await office.client("Theo") as client:
        answer = await client.post(f"/api/v1/orders/{order['number']}/force-close", json=WHY)
    assert code(answer)[0] == 403


@pytest.mark.parametrize("name", ["Jordan", "Dana", "Wendy"])
async def test_only_operators_see_the_page(office: ApiTenant, name: str) -> None:
    async with await office.client(name) as client:
        assert (await client.get("/admin")).status_code == 403


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, True),
        ({"q": "jordan"}, True),
        ({"q": "nobody"}, False),
        ({"status": "VALIDATING", "carrier": "", "since": ""}, True),
        ({"status": "FAILED"}, False),
        ({"type": "NEW_SERVICE_DEVICE"}, True),
        ({"carrier": "bluepeak"}, False),
        ({"since": "2026-01-01", "until": "2099-01-01"}, True),
        ({"until": "2026-01-01"}, False),
    ],
)
async def test_the_list_of_orders_is_filtered_by_its_form(
    office: ApiTenant, params: dict[str, str], *, found: bool
) -> None:
    order = await office.order()
    async with await office.client("Priya") as client:
        page = await client.get("/admin/orders", params=params, headers=HTML)
    assert page.status_code == 200
    assert (f"/admin/orders/{order['number']}" in page.text) is found
