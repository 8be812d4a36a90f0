"""Tasks: the list, one task, and its choices."""

import asyncio
from html import unescape
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from models.db.orders.tables import EventRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.db.tasks.tables import TaskRow
from models.events.operations import FAILED, RETRIED, STEP_SKIPPED
from models.lifecycle import Status
from models.order import FIRST_OUTSIDE_SEQ
from outbox.dispatcher import DeliveryResult
from tests.api.api_client import ApiTenant, code

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
RETRY = {"choice": "retry", "text": "Ticket 7."}
DONE = {"choice": "done", "text": "Ticket 7."}


async def failed(office: ApiTenant, **data: Any) -> str:
    choices = {"choices": ["retry", "complete_manually", "cancel"]}
    return await office.open_task(await office.order(), FAILED, **choices | data)


async def skipped(office: ApiTenant, **data: Any) -> str:
    return await office.open_task(await office.order(), STEP_SKIPPED, **data)


async def settle(
    office: ApiTenant, task: str, body: dict[str, str], name: str = "Theo", key: str | None = None
) -> httpx2.Response:
    headers = {"Idempotency-Key": key} if key else {}
    async with await office.client(name) as client:
        return await client.post(f"/api/v1/tasks/{task}/settle", json=body, headers=headers)


async def get(office: ApiTenant, path: str, name: str = "Theo", tenant: str = "acme") -> Any:
    async with await office.client(name, tenant) as client:
        answer = await client.get(f"/api/v1/tasks{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


# --- reading ---------------------------------------------------------------------


async def test_a_task_says_what_happened_and_what_can_be_chosen(office: ApiTenant) -> None:
    task = await get(office, f"/{await failed(office)}")
    assert task["happened"] == "Couldn't place the order with Northwind Wireless after 14 tries."
    assert task["evidence"] == {"Technical details": "CARRIER_UNAVAILABLE: no answer"}
    assert [choice["code"] for choice in task["choices"]] == ["retry", "complete_manually", "cancel"]
    assert (task["state"], task["assigned_to"], task["is_overdue"]) == ("open", "Vendor desk agent", False)


async def test_a_task_offers_what_its_event_says(office: ApiTenant) -> None:
    task = await get(office, f"/{await failed(office, choices=['retry'])}")
    assert [choice["code"] for choice in task["choices"]] == ["retry"]
    assert code(await settle(office, task["id"], {"choice": "cancel", "text": "No."})) == (409, "ACTION_NOT_ALLOWED")
    assert code(await settle(office, task["id"], {"choice": "guess", "text": "No."})) == (404, "NOT_FOUND")


async def test_the_list_has_the_earliest_due_date_first_and_pages(office: ApiTenant) -> None:
    ids = [await failed(office), await skipped(office), await failed(office)]
    async with office.database.transaction() as session:
        await session.exec(update(TaskRow).where(col(TaskRow.id) == ids[1]).values(due_at=utc_now()))
    first = await get(office, "?limit=2")
    second = await get(office, f"?limit=2&cursor={first['next_cursor']}")
    assert [task["id"] for task in (*first["items"], *second["items"])] == [ids[1], ids[0], ids[2]]
    assert second["next_cursor"] is None


async def test_the_list_is_filtered(office: ApiTenant) -> None:
    done, late, other = await skipped(office), await skipped(office), await failed(office)
    await settle(office, done, DONE)
    async with office.database.transaction() as session:
        await session.exec(update(TaskRow).where(col(TaskRow.id) == late).values(due_at=utc_now()))

    async def listed(query: str) -> list[str]:
        return [task["id"] for task in (await get(office, query))["items"]]

    assert await listed("") == [late, other]
    assert await listed("?state=closed") == [done]
    assert await listed("?kind=failed_step") == [other]
    assert await listed("?overdue=true") == [late]
    assert await listed(f"?order={other.partition('-')[0]}") == [other]


async def test_people_see_the_tasks_that_are_for_them(office: ApiTenant) -> None:
    for_desk, dana = await skipped(office), await office.row("Dana")
    for_dana = await skipped(office, person_id=dana.id)

    async def seen(name: str) -> list[str]:
        return sorted(task["id"] for task in (await get(office, "", name))["items"])

    assert await seen("Theo") == [for_desk]
    assert await seen("Dana") == [for_dana]
    assert await seen("Priya") == await seen("Iris") == sorted([for_desk, for_dana])
    assert await seen("Jordan") == []
    assert (await settle(office, for_dana, DONE, "Dana")).status_code == 200


async def test_another_tenant_finds_nothing(office: ApiTenant) -> None:
    task = await skipped(office)
    assert (await get(office, "", "Ulla", "globex"))["items"] == []
    async with await office.client("Ulla", "globex") as client:
        answers = [
            await client.get(f"/api/v1/tasks/{task}"),
            await client.post(f"/api/v1/tasks/{task}/settle", json=DONE),
        ]
    assert {code(answer) for answer in answers} == {(404, "NOT_FOUND")}


async def test_the_order_names_its_open_tasks_to_those_who_see_them(office: ApiTenant) -> None:
    order = await office.order()
    task = await office.open_task(order)
    for name, tasks in (("Theo", [{"id": task, "title": "Step to do outside Dialtone"}]), ("Jordan", [])):
        async with await office.client(name) as client:
            shown = (await client.get(f"/api/v1/orders/{order['number']}")).json()
            page = (await client.get(f"/orders/{order['number']}", headers=HTML)).text
        assert shown["tasks"] == tasks
        assert (f"/tasks/{task}" in page) == bool(tasks)
        assert "Step failed; the order continued without it" in page


async def test_admin_counts_the_open_tasks_by_age(office: ApiTenant) -> None:
    await failed(office)
    late = await skipped(office)
    async with office.database.transaction() as session:
        await session.exec(update(TaskRow).where(col(TaskRow.id) == late).values(due_at=utc_now()))
    async with await office.client("Theo") as client:
        report = (await client.get("/api/v1/admin/attention")).json()
        page = (await client.get("/admin", headers=HTML)).text
    assert [(one["kind"], one["count"], one["overdue"]) for one in report["tasks"]] == [
        ("failed_step", 1, 0),
        ("skipped_step", 1, 1),
    ]
    assert "/tasks?kind=skipped_step" in page
    assert "1 overdue" in page


# --- choosing ----------------------------------------------------------------------


@pytest.mark.parametrize(("choice", "field"), [
    ("retry", "evidence"), ("complete_manually", "evidence"), ("cancel", "reason"),
])  # fmt: skip
async def test_a_choice_is_sent_to_the_workflow_of_the_order(office: ApiTenant, choice: str, field: str) -> None:
    task = await failed(office)
    answer = await settle(office, task, {"choice": choice, "text": "Ticket 7."})
    assert (answer.status_code, answer.json()["choice"], answer.json()["state"]) == (200, choice, "done")
    message = await office.message(office.dispatcher.delivered[-1])
    assert (message.name, message.payload[field], message.payload["task"]) == (choice, "Ticket 7.", 2)
    assert (await get(office, f"/{task}"))["state"] == "open", "only the workflow's event closes it"


async def test_a_choice_without_an_action_is_recorded_and_closes_the_task(office: ApiTenant) -> None:
    task = await skipped(office)
    assert (await settle(office, task, DONE)).json()["state"] == "done"
    closed = await get(office, f"/{task}")
    assert (closed["state"], closed["closed_by"], closed["outcome"], closed["note"]) == (
        "closed", "Theo Marsh", "Mark as done", "Ticket 7.",
    )  # fmt: skip
    assert closed["choices"] == []
    async with office.database.transaction() as session:
        events = (await session.exec(select(EventRow).where(col(EventRow.event) == "task_settled"))).all()
        rows = (await session.exec(select(OrderRow.seq, OrderRow.status))).all()
    assert [(event.seq, event.actor_name) for event in events] == [(FIRST_OUTSIDE_SEQ, "Theo Marsh")]
    assert rows == [(2, "VALIDATING")], "the order has not moved"


async def test_a_required_text_is_asked_for(office: ApiTenant) -> None:
    answer = await settle(office, await skipped(office), {"choice": "done", "text": " "})
    assert code(answer) == (422, "TEXT_REQUIRED")
    assert answer.json()["detail"] == "Fill in “What did you do? Add a ticket number or link”."
    assert (await settle(office, await failed(office), {"choice": "retry"})).status_code == 200


@pytest.mark.parametrize("body", [RETRY, {"choice": "cancel", "text": "Give up."}])
async def test_a_stale_choice_says_who_has_settled_the_task(office: ApiTenant, body: dict[str, str]) -> None:
    order = await office.order()
    task = await office.open_task(order, FAILED)
    await office.write_event(order, RETRIED, Status.SUBMITTING, choice="retry")
    before = len(office.dispatcher.delivered)
    for key in (None, "one"):
        answer = await settle(office, task, body, key=key)
        assert code(answer) == (409, "ALREADY_DECIDED")
        assert answer.json()["detail"] == "Dialtone settled this task: Retry."
    assert len(office.dispatcher.delivered) == before


async def test_a_choice_that_the_workflow_rejects_as_stale_says_who_was_first(
    office: ApiTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await office.order()
    task = await office.open_task(order, FAILED)

    async def deliver(action_id: str, _written: OutboxRow | None = None) -> DeliveryResult:
        await office.write_event(order, RETRIED, Status.SUBMITTING, choice="retry")
        return DeliveryResult(state="rejected", code="ALREADY_DECIDED", detail=f"Someone else ({action_id}).")

    monkeypatch.setattr(office.dispatcher, "deliver", deliver)
    answer = await settle(office, task, RETRY)
    assert (code(answer), answer.json()["detail"]) == ((409, "ALREADY_DECIDED"), "Dialtone settled this task: Retry.")


async def test_of_two_people_who_choose_at_once_one_is_told_of_the_other(office: ApiTenant) -> None:
    task = await skipped(office)
    answers = await asyncio.gather(
        settle(office, task, DONE, "Theo"), settle(office, task, {"choice": "not_needed", "text": "Gone."}, "Priya")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    async with office.database.transaction() as session:
        events = (await session.exec(select(EventRow.seq).where(col(EventRow.event) == "task_settled"))).all()
    assert len(events) == 1


@pytest.mark.parametrize("make", [failed, skipped])
async def test_a_repeated_request_settles_the_task_once(office: ApiTenant, make: Any) -> None:
    task = await make(office)
    body = RETRY if make is failed else DONE
    first, again = [await settle(office, task, body, key="one") for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    if make is failed:
        assert office.dispatcher.delivered[-1] == office.dispatcher.delivered[-2]


async def test_of_two_people_with_one_name_each_learns_whether_their_choice_counted(office: ApiTenant) -> None:
    task, body = await skipped(office), DONE
    tokens = {name: await office.token(name) for name in ("Theo", "Priya")}
    async with office.database.transaction() as session:
        of_priya = col(PersonRow.id) == (await office.row("Priya")).id
        await session.exec(update(PersonRow).where(of_priya).values(name="Theo Marsh"))
    answers = []
    for name in ("Theo", "Theo", "Priya"):
        async with office.anonymous(Authorization=f"Bearer {tokens[name]}") as client:
            answers.append(await client.post(f"/api/v1/tasks/{task}/settle", json=body))
    assert [answer.status_code for answer in answers] == [200, 200, 409]


async def test_a_choice_takes_the_right_to_what_it_does(office: ApiTenant) -> None:
    dana = await office.row("Dana")
    task = await failed(office, person_id=dana.id)
    assert (await get(office, f"/{task}", "Dana"))["choices"] == []
    assert code(await settle(office, task, RETRY, "Dana")) == (403, "NOT_AUTHORIZED")
    assert code(await settle(office, task, RETRY, "Iris")) == (403, "NOT_AUTHORIZED")


async def test_completing_a_step_of_a_sensitive_type_takes_a_second_factor(office: ApiTenant) -> None:
    order = await office.order()
    async with office.database.transaction() as session:
        row = await session.get_one(OrderRow, ("acme", order["id"]))
        row.type = row.type | {"step_up": True}
    task = await office.open_task(order, FAILED)
    async with await office.browser("Theo", stepped_up=False) as browser:
        by_hand = {"choice": "complete_manually", "text": "Ticket 7."}
        refused = await browser.post(f"/tasks/{task}", data=by_hand, headers=HTML)
        retried = await browser.post(f"/tasks/{task}", data=RETRY, headers=HTML)
    assert (refused.status_code, retried.headers["location"]) == (303, f"/tasks/{task}?done=true")
    assert refused.headers["location"].startswith("/step-up")


# --- the pages ---------------------------------------------------------------------


async def test_the_page_has_a_form_for_each_choice(office: ApiTenant) -> None:
    task = await failed(office)
    async with await office.client("Theo") as client:
        listed = (await client.get("/tasks", headers=HTML)).text
        page = unescape((await client.get(f"/tasks/{task}", headers=HTML)).text)
        answer = await client.post(f"/tasks/{task}", data=RETRY | {"key": "one"}, headers=HTML)
        after = (await client.get(answer.headers["Location"], headers=HTML)).text
    assert f"/tasks/{task}" in listed
    assert page.count(f'action="/tasks/{task}"') == 3
    assert "Couldn't place the order with Northwind Wireless after 14 tries." in page
    assert (await office.message(office.dispatcher.delivered[-1])).payload["evidence"] == "Ticket 7."
    assert "Saved. The order continues in a moment." in after


async def test_a_rejected_form_is_shown_again_with_its_input(office: ApiTenant) -> None:
    task = await failed(office)
    office.dispatcher.answer = DeliveryResult(state="rejected", code="ACTION_NOT_ALLOWED", detail="Not this step.")
    async with await office.client("Theo") as client:
        answer = await client.post(f"/tasks/{task}", data=RETRY, headers=HTML)
    assert answer.status_code == 409
    assert "Not saved: Not this step." in answer.text
    assert ">Ticket 7.</textarea>" in answer.text


async def test_a_closed_task_says_how_it_was_settled(office: ApiTenant) -> None:
    task = await skipped(office)
    await settle(office, task, DONE)
    async with await office.client("Priya") as client:
        page = (await client.get(f"/tasks/{task}", headers=HTML)).text
        listed = (await client.get("/tasks?state=closed", headers=HTML)).text
    assert "Settled by Theo Marsh: Mark as done." in page
    assert "<form" not in page.partition("<main")[2]
    assert f"/tasks/{task}" in listed
