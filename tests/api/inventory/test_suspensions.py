from datetime import UTC, date, datetime
from typing import Any

import httpx2
import pytest
from sqlmodel import select

from models.db.line_timers.tables import LineTimerRow
from models.db.orders.tables import OrderRow
from models.db.session import new_id
from models.events.suspension import RESUME_FAILED
from outbox.dispatcher import DeliveryResult
from tests.api.api_client import ApiTenant, code

CASE = "Called the carrier, case 4711."


async def assigned_line(office: ApiTenant) -> tuple[str, str]:
    """The id of an active line, and the name of its holder."""
    async with await office.client("Theo") as client:
        lines = (await client.get("/api/v1/lines?status=active&limit=100")).json()["items"]
    return next((one["id"], one["holder"]["name"]) for one in lines if one["holder"])


async def suspended(office: ApiTenant, **values: Any) -> tuple[str, str]:
    """A line with a timer; its id, and the name of its holder."""
    order, (line, holder) = await office.order(), await assigned_line(office)
    timer: dict[str, Any] = {
        "tenant": "acme",
        "id": new_id(),
        "kind": "suspension",
        "line_id": line,
        "order_id": order["id"],
        "item_id": "1",
        "reason": "vacation",
        "began_at": datetime(2026, 11, 1, 15, tzinfo=UTC),
        "resume_on": date(2027, 1, 4),
        "ends_at": datetime(2027, 1, 4, 15, tzinfo=UTC),
        "ends_by": "resume",
        "limit_at": datetime(2027, 1, 30, 15, tzinfo=UTC),
        "limit_by": "reconnect",
        "seq_offset": 1_000_000,
        "rule_text": "90 days on end.",
        "rule_source": "A page, 2026-11-16",
    }
    async with office.database.transaction() as session:
        session.add(LineTimerRow(**(timer | values)))
    return line, holder


async def test_a_line_shows_its_suspension_and_what_comes_next(office: ApiTenant) -> None:
    line, holder = await suspended(office)
    async with await office.client(holder) as client:
        suspension = (await client.get(f"/api/v1/lines/{line}")).json()["suspension"]
    assert (suspension["reason"], suspension["since"], suspension["resume_on"]) == (
        "vacation",
        "2026-11-01T15:00:00Z",
        "2027-01-04",
    )
    assert (suspension["ends_at"], suspension["ends_by"]) == ("2027-01-04T15:00:00Z", "resume")
    assert (suspension["limit_at"], suspension["limit_by"]) == ("2027-01-30T15:00:00Z", "reconnect")
    assert (suspension["rule"], suspension["rule_source"], suspension["problem"]) == (
        "90 days on end.",
        "A page, 2026-11-16",
        None,
    )


async def test_the_line_page_shows_the_carrier_s_rule_without_its_source(office: ApiTenant) -> None:
    line, holder = await suspended(office, began_at=datetime(2026, 11, 1, 3, tzinfo=UTC))
    async with await office.client(holder) as client:
        page = (await client.get(f"/lines/{line}", headers={"Accept": "text/html"})).text
    assert "Since Sat, Oct 31, 2026, 10:00 PM (vacation), by order" in page
    assert "Service resumes on Mon, Jan 4, 2027, 9:00 AM." in page
    assert "90 days on end." in page
    assert "A page, 2026-11-16" not in page


async def test_an_active_line_has_no_suspension(office: ApiTenant) -> None:
    line, holder = await assigned_line(office)
    async with await office.client(holder) as client:
        assert (await client.get(f"/api/v1/lines/{line}")).json()["suspension"] is None


# --- the task about a line that the carrier has not resumed -----------------------


async def overdue(office: ApiTenant) -> tuple[str, str]:
    """The ids of the task and of the timer."""
    await suspended(office, problem="The carrier declined: Not now.")
    async with office.database.transaction() as session:
        (timer,) = (await session.exec(select(LineTimerRow))).all()
        order = await session.get_one(OrderRow, (timer.tenant, timer.order_id))
    about = {"detail": "The carrier declined: Not now.", "error": "BUSY: Not now.", "thing": timer.id, "item": 1}
    return await office.open_task({"id": order.id, "number": order.number}, RESUME_FAILED, **about), timer.id


async def settle(
    office: ApiTenant, task: str, choice: str, name: str = "Theo", *, text: str = CASE, key: str | None = None
) -> httpx2.Response:
    headers = {"Idempotency-Key": key} if key else {}
    async with await office.client(name) as client:
        return await client.post(f"/api/v1/tasks/{task}/settle", json={"choice": choice, "text": text}, headers=headers)


@pytest.mark.parametrize("choice", ["retry", "complete_manually"])
async def test_a_choice_is_sent_to_the_suspension_timer(office: ApiTenant, choice: str) -> None:
    task, timer = await overdue(office)
    answer = await settle(office, task, choice)
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    message = await office.message(office.dispatcher.delivered[-1])
    assert (message.kind, message.name, message.workflow_id) == ("update", choice, f"timer:acme:{timer}")
    assert (message.payload["evidence"], message.payload["actor"]["kind"]) == (CASE, "person")


async def test_a_repeat_with_the_same_key_is_the_same_action(office: ApiTenant) -> None:
    task, _ = await overdue(office)
    first, again = [await settle(office, task, "complete_manually", key="k1") for _ in range(2)]
    assert first.json() == again.json()
    assert office.dispatcher.delivered[-1] == office.dispatcher.delivered[-2]
    other = await settle(office, task, "complete_manually", key="k1", text="Something else.")
    assert code(other) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_others_may_not_choose_and_errors_of_the_timer_are_returned(office: ApiTenant) -> None:
    task, _ = await overdue(office)
    assert code(await settle(office, task, "retry", "Jordan")) == (404, "NOT_FOUND")
    assert code(await settle(office, task, "retry", "Iris")) == (403, "NOT_AUTHORIZED")
    office.dispatcher.answer = DeliveryResult(state="rejected", code="ACTION_NOT_ALLOWED", detail="Nothing waits.")
    assert code(await settle(office, task, "retry")) == (409, "ACTION_NOT_ALLOWED")


async def test_the_page_says_what_is_wrong_and_has_a_form_for_each_choice(office: ApiTenant) -> None:
    task, _ = await overdue(office)
    async with await office.browser("Theo") as client:
        page = (await client.get(f"/tasks/{task}")).text
        assert "/tasks?kind=resume_overdue" in (await client.get("/admin")).text
    assert "The line of item 1 should be back in service. The carrier declined: Not now." in page
    assert page.count(f'action="/tasks/{task}"') == 2
