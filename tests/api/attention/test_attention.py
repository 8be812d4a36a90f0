"""Everything that needs an operator: told in plain words, within a tenant, and repaired by the right people."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel, col, update

from api.attention import temporal_problems
from api.attention.schemas import ProblemKind
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id, utc_now
from models.db.workflow_health.tables import WorkflowHealthRow
from models.lifecycle import Event, Status
from models.order import OrderRef
from outbox.dispatcher import Delivery
from tests.api.api_client import Office, code

LONG_AGO = utc_now() - timedelta(hours=2)
WHY = {"evidence": "Ticket 7."}
FROM_THE_PAGE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers for Temporal here, which need not be waited for."""
    monkeypatch.setattr(temporal_problems, "PATIENCE", timedelta(milliseconds=100))


async def attention(office: Office, name: str = "Priya", tenant: str = "acme", **asked: Any) -> dict[str, Any]:
    async with await office.client(name, tenant) as client:
        answer = await client.get("/api/v1/admin/attention", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def lines(office: Office, kind: ProblemKind, **asked: Any) -> list[dict[str, Any]]:
    return [line for line in (await attention(office, **asked))["lines"] if line["kind"] == kind]


async def change(office: Office, table: type[SQLModel], *which: Any, **values: Any) -> None:
    async with office.database.transaction() as session:
        await session.exec(update(table).where(*which).values(values))


async def fail(office: Office) -> dict[str, Any]:
    order = await office.order()
    said = {"step": "PLACE", "error": "CARRIER_UNAVAILABLE: no answer"}
    await office.happen(order, Event.FAILED, Status.FAILED, **said)
    return order


async def lose(office: Office, state: str = "terminated") -> dict[str, Any]:
    order = await office.order()
    async with office.database.transaction() as session:
        row = WorkflowHealthRow(tenant="acme", order_id=order["id"], state=state, since=LONG_AGO, checked_at=utc_now())
        session.add(row)
    return order


async def kill_message(office: Office) -> dict[str, Any]:
    """An order whose start can never be delivered."""
    order = await office.order()
    dead = {"state": "dead", "attempts": 3, "result": {"code": None, "detail": "too large"}, "done_at": LONG_AGO}
    await change(office, OutboxRow, col(OutboxRow.id) == order["id"], **dead)
    return order


async def kill_mail(office: Office) -> tuple[dict[str, Any], str]:
    order, mail_id = await office.order(), new_id()
    reader = await office.row("Dana")
    async with office.database.transaction() as session:
        session.add(
            NotificationRow(
                tenant="acme", id=mail_id, order_id=order["id"], seq=1, event="received", recipient_id=reader.id,
                address=reader.email, state="dead", attempts=20, created_at=LONG_AGO, next_attempt_at=LONG_AGO,
                last_error="550 no such mailbox",
            )
        )  # fmt: skip
    return order, mail_id


# --- what is told ---------------------------------------------------------------


async def test_without_temporal_the_rest_is_told_and_that_it_is_away_comes_first(office: Office) -> None:
    order = await fail(office)
    told = await attention(office)
    assert told["lines"][0]["kind"] == ProblemKind.DELIVERY
    assert told["delivery"]["temporal"].startswith("Temporal does not answer")
    assert order["number"] in {line["order"] for line in told["lines"]}


async def test_a_failed_order_says_its_step_its_error_and_how_often(office: Office) -> None:
    order = await fail(office)
    await office.happen(order, Event.RETRIED, Status.SUBMITTING)
    await office.happen(order, Event.FAILED, Status.FAILED, step="PLACE", error="CARRIER_UNAVAILABLE: still none")
    (line,) = await lines(office, ProblemKind.FAILED)
    assert line["what"] == "The step place is out of retries, for the second time."
    assert line["detail"] == "CARRIER_UNAVAILABLE: still none"
    assert line["remedies"] == ["retry", "complete_manually", "cancel"]


async def test_an_order_whose_workflow_is_gone_says_how(office: Office) -> None:
    order = await lose(office)
    (line,) = await lines(office, ProblemKind.LOST)
    assert (line["order"], line["remedies"]) == (order["number"], ["resume", "close_books"])
    assert "terminated" in line["what"]


async def test_an_order_that_should_have_gone_on_waits_for_nobody(office: Office) -> None:
    order = await office.order()
    await change(office, OrderRow, col(OrderRow.id) == order["id"], updated_at=LONG_AGO)
    (line,) = await lines(office, ProblemKind.IDLE)
    assert line["order"] == order["number"]


async def test_an_order_is_listed_once_though_more_is_true_of_it(office: Office) -> None:
    order = await lose(office)
    await change(office, OrderRow, col(OrderRow.id) == order["id"], updated_at=LONG_AGO)
    told = await attention(office)
    assert [line["kind"] for line in told["lines"] if line["order"] == order["number"]] == [ProblemKind.LOST]


async def test_an_order_whose_row_knows_less_than_its_workflow_said_is_behind(office: Office) -> None:
    order = await office.order()
    ref = OrderRef(tenant="acme", id=order["id"])
    async with office.database.transaction() as session:
        session.add(
            OutboxRow(
                id="said", tenant="acme", order_id=order["id"], workflow_id=ref.workflow_id, kind="update",
                name="approve", payload={}, state="done", created_at=LONG_AGO,
                next_attempt_at=LONG_AGO, done_at=LONG_AGO,
                result={"status": "APPROVED", "seq": 9},
            ),
        )  # fmt: skip
    await change(office, OrderRow, col(OrderRow.id) == order["id"], updated_at=LONG_AGO - timedelta(minutes=1))
    (line,) = await lines(office, ProblemKind.BEHIND)
    assert line["what"] == "The workflow is at entry 9, the database at 1."


async def test_what_waits_too_long_and_that_nobody_takes_it_is_told(office: Office) -> None:
    await office.order()
    await change(office, OutboxRow, created_at=LONG_AGO)
    said = " ".join(line["what"] for line in await lines(office, ProblemKind.DELIVERY))
    assert "1 message to workflows could not be delivered yet." in said
    assert "No relay is listening" in said


async def test_one_kind_alone_is_shown_and_all_are_counted(office: Office) -> None:
    await fail(office)
    await kill_mail(office)
    told = await attention(office, kind="dead_mail")
    assert {line["kind"] for line in told["lines"]} == {ProblemKind.DEAD_MAIL}
    counted = {figure["kind"]: figure["count"] for figure in told["figures"]}
    assert (counted[ProblemKind.FAILED], counted[ProblemKind.DEAD_MAIL]) == (1, 1)


async def test_another_tenant_sees_none_of_it(office: Office) -> None:
    await fail(office)
    await lose(office)
    await kill_message(office)
    _, mail_id = await kill_mail(office)
    told = await attention(office, "Ulla", "globex")
    assert {line["kind"] for line in told["lines"]} <= {ProblemKind.DELIVERY}
    async with await office.client("Ulla", "globex") as client:
        answer = await client.post(f"/api/v1/admin/mails/{mail_id}/redeliver", json=WHY)
    assert code(answer) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/api/v1/admin/attention", "/admin"])
async def test_all_of_it_costs_eight_statements_at_most_however_much_there_is(office: Office, path: str) -> None:
    for make in (fail, fail, lose, kill_mail, kill_message):
        await make(office)
    async with await office.client("Priya") as client:
        await client.get(path)  # the first use of a token is noted, later ones in the same hour are not
        async with office.statements() as seen:
            assert (await client.get(path)).status_code == 200
    assert len(seen) <= 8, seen


# --- what is done ---------------------------------------------------------------


async def test_a_dead_message_is_delivered_again_and_the_history_says_by_whom_and_why(office: Office) -> None:
    order = await kill_message(office)
    async with await office.client("Priya") as client:
        answer = await client.post(f"/api/v1/admin/messages/{order['id']}/redeliver", json=WHY)
        history = (await client.get(f"/api/v1/orders/{order['id']}/history")).json()
    assert answer.json() == {"order": order["number"], "action": "redeliver_message"}
    assert office.dispatcher.delivered[-1] == order["id"]
    assert (await office.message(order["id"])).state == "waiting"
    (repair,) = [one for one in history["moments"] if one["source"] == "repair"]
    assert (repair["who"], repair["detail"]) == ("Priya Raman", "Ticket 7.")


async def test_a_message_that_dies_again_is_no_success(office: Office) -> None:
    order = await kill_message(office)
    office.dispatcher.answer = Delivery(state="dead", detail="still too large")
    async with await office.client("Priya") as client:
        answer = await client.post(f"/api/v1/admin/messages/{order['id']}/redeliver", json=WHY)
    assert code(answer) == (409, "ILLEGAL_TRANSITION")
    assert answer.json()["detail"] == "still too large"


async def test_a_dead_mail_is_tried_from_the_beginning_and_only_while_it_is_dead(office: Office) -> None:
    _, mail_id = await kill_mail(office)
    async with await office.client("Theo") as client:
        assert (await client.post(f"/api/v1/admin/mails/{mail_id}/redeliver", json=WHY)).status_code == 200
        again = await client.post(f"/api/v1/admin/mails/{mail_id}/redeliver", json=WHY)
    assert code(again) == (409, "ILLEGAL_TRANSITION")
    async with office.database.transaction() as session:
        row = await session.get_one(NotificationRow, mail_id)
    assert (row.state, row.attempts) == ("waiting", 0)


@pytest.mark.parametrize("action", ["resume", "start-again", "close-books"])
async def test_without_temporal_nobody_decides_about_a_workflow(office: Office, action: str) -> None:
    order = await lose(office)
    async with await office.client("Priya") as client:
        answer = await client.post(f"/api/v1/orders/{order['number']}/{action}", json=WHY)
        history = (await client.get(f"/api/v1/orders/{order['id']}/history")).json()
    assert code(answer) == (503, "ENGINE_UNAVAILABLE")
    assert [one for one in history["moments"] if one["source"] == "repair"] == []


async def test_nothing_is_done_without_saying_why(office: Office) -> None:
    order = await lose(office)
    async with await office.client("Priya") as client:
        answer = await client.post(f"/api/v1/orders/{order['number']}/close-books", json={"evidence": " "})
    assert code(answer)[0] == 422


# --- the page -------------------------------------------------------------------


async def test_the_page_offers_what_one_may_do_and_the_form_does_it(office: Office) -> None:
    order = await fail(office)
    async with await office.client("Theo") as client:
        page = (await client.get("/admin", headers=FROM_THE_PAGE)).text
        (action,) = re.findall(r'action="(/admin/orders/\S+/retry)"', page)
        answer = await client.post(action, data=WHY, headers=FROM_THE_PAGE)
        shown = await client.get(answer.headers["Location"], headers=FROM_THE_PAGE)
    assert answer.status_code == 303
    message = await office.message(office.dispatcher.delivered[-1])
    assert (message.name, message.payload["evidence"], message.payload["actor"]["name"]) == (
        "retry", "Ticket 7.", "Theo Marsh",
    )  # fmt: skip
    assert f"{order['number']}: The step is being tried again." in shown.text


@pytest.mark.parametrize("action", ["retry", "complete_manually", "cancel"])
async def test_every_form_says_to_the_workflow_what_it_is_called(office: Office, action: str) -> None:
    order = await fail(office)
    async with await office.client("Priya") as client:
        answer = await client.post(f"/admin/orders/{order['number']}/{action}", data=WHY, headers=FROM_THE_PAGE)
    assert answer.headers["Location"] == f"/admin/orders/{order['number']}?done={action}"
    assert (await office.message(office.dispatcher.delivered[-1])).name == action


@pytest.mark.parametrize(("evidence", "status", "problem"), [
    ("Ticket 7.", 409, "The order is not FAILED."), ("no", 422, "Say why, and where it can be looked up."),
])  # fmt: skip
async def test_a_form_that_is_refused_comes_back_with_what_was_typed(
    office: Office, evidence: str, status: int, problem: str
) -> None:
    order = await fail(office)
    office.dispatcher.answer = Delivery(state="refused", code="ILLEGAL_TRANSITION", detail="The order is not FAILED.")
    path = f"/admin/orders/{order['number']}/retry"
    async with await office.client("Theo") as client:
        answer = await client.post(path, data={"evidence": evidence}, headers=FROM_THE_PAGE)
    assert answer.status_code == status
    assert f"Nothing was done: {problem}" in answer.text
    (form,) = re.findall(
        rf'<details class="more" open>(?:(?!</details>).)*action="{path}".*?</details>', answer.text, re.DOTALL
    )
    assert f">{evidence}</textarea>" in form


async def test_who_may_cancel_only_their_own_order_does_not_do_so_from_the_list_of_operators(office: Office) -> None:
    order = await fail(office)
    async with await office.client("Jordan") as client:
        answer = await client.post(f"/admin/orders/{order['number']}/cancel", data=WHY, headers=FROM_THE_PAGE)
    assert answer.status_code == 403
    assert office.dispatcher.delivered[-1] == order["id"]


async def test_the_history_shows_what_is_wrong_with_the_workflow_and_the_way_out(office: Office) -> None:
    order = await lose(office)
    async with await office.client("Priya") as client:
        page = (await client.get(f"/admin/orders/{order['number']}", headers=FROM_THE_PAGE)).text
    assert "Somebody terminated this order" in page
    assert f"/admin/orders/{order['number']}/resume" in page
    assert f"/admin/orders/{order['number']}/cancel" not in page


async def test_a_history_that_loads_itself_again_has_no_form_to_lose_words_in(office: Office) -> None:
    order = await fail(office)
    async with await office.client("Priya") as client:
        page = (await client.get(f"/admin/orders/{order['number']}?live=true", headers=FROM_THE_PAGE)).text
    assert 'http-equiv="refresh"' in page
    assert "<textarea" not in page


async def test_only_admins_are_offered_to_end_an_order_beside_its_workflow(office: Office) -> None:
    order = await lose(office)
    assert [line["remedies"] for line in await lines(office, ProblemKind.LOST, name="Theo")] == [[]]
    async with await office.client("Theo") as client:
        answer = await client.post(f"/api/v1/orders/{order['number']}/close-books", json=WHY)
    assert code(answer)[0] == 403


@pytest.mark.parametrize("name", ["Jordan", "Dana", "Wendy"])
async def test_the_page_is_for_operators(office: Office, name: str) -> None:
    async with await office.client(name) as client:
        assert (await client.get("/admin")).status_code == 403


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, True),
        ({"q": "jordan"}, True),
        ({"q": "nobody"}, False),
        ({"status": "VALIDATING", "carrier": "", "since": ""}, True),
        ({"status": "FAILED"}, False),
        ({"type": "NEW_SERVICE_DEVICE"}, True),
        ({"carrier": "none"}, False),
        ({"since": "2026-01-01", "until": "2099-01-01"}, True),
        ({"until": "2026-01-01"}, False),
    ],
)
async def test_the_list_of_orders_is_narrowed_as_a_form_asks(
    office: Office, asked: dict[str, str], *, found: bool
) -> None:
    order = await office.order()
    async with await office.client("Priya") as client:
        page = await client.get("/admin/orders", params=asked, headers=FROM_THE_PAGE)
    assert page.status_code == 200
    assert (f"/admin/orders/{order['number']}" in page.text) is found
