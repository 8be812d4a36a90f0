from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import select

from models.db.outbox.tables import OutboxRow
from models.db.session import new_id
from models.db.suspension_timers.tables import SuspensionTimerRow
from outbox.dispatcher import DeliveryResult
from tests.api.api_client import ApiTenant

EVIDENCE = {"evidence": "Called the carrier, case 4711."}


async def assigned_line(office: ApiTenant) -> tuple[str, str]:
    """The id of an active line, and the name of its holder."""
    async with await office.client("Theo") as client:
        lines = (await client.get("/api/v1/lines?status=active&limit=100")).json()["items"]
    return next((one["id"], one["holder"]["name"]) for one in lines if one["holder"])


async def suspended(office: ApiTenant, **values: Any) -> tuple[str, str]:
    """A line with a suspension timer; its id, and the name of its holder."""
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
        "rule": "verizon_business",
        "rule_text": "90 days on end.",
        "rule_source": "A page, 2026-11-16",
    }
    async with office.database.transaction() as session:
        session.add(SuspensionTimerRow(**(timer | values)))
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


@pytest.mark.parametrize(("action", "verb"), [("retry", "retry"), ("complete-manually", "complete_manually")])
async def test_an_operator_action_is_sent_to_the_suspension_timer(office: ApiTenant, action: str, verb: str) -> None:
    line, _ = await suspended(office, problem="BUSY: Not now.")
    async with await office.client("Theo") as client:
        answer = await client.post(f"/api/v1/lines/{line}/suspension/{action}", json=EVIDENCE)
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    async with office.database.transaction() as session:
        row = await session.get_one(OutboxRow, answer.json()["action_id"])
        (timer,) = (await session.exec(select(SuspensionTimerRow))).all()
    assert (row.kind, row.name, row.workflow_id) == ("update", verb, f"timer:acme:{timer.id}")
    assert (row.payload["evidence"], row.payload["actor"]["kind"]) == (EVIDENCE["evidence"], "person")


async def test_a_repeat_with_the_same_key_is_the_same_action(office: ApiTenant) -> None:
    line, _ = await suspended(office, problem="BUSY: Not now.")
    async with await office.client("Theo") as client:
        path, headers = f"/api/v1/lines/{line}/suspension/complete-manually", {"Idempotency-Key": "k1"}
        first = await client.post(path, json=EVIDENCE, headers=headers)
        assert (await client.post(path, json=EVIDENCE, headers=headers)).json() == first.json()
        other = await client.post(path, json={"evidence": "Something else."}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_the_holder_may_not_act_and_errors_of_the_timer_are_returned(office: ApiTenant) -> None:
    line, holder = await suspended(office)
    async with await office.client(holder) as client:
        rejected = await client.post(f"/api/v1/lines/{line}/suspension/retry", json={})
        assert (rejected.status_code, rejected.json()["code"]) == (403, "NOT_AUTHORIZED")
    office.dispatcher.answer = DeliveryResult(state="rejected", code="ACTION_NOT_ALLOWED", detail="Nothing waits.")
    async with await office.client("Theo") as client:
        rejected = await client.post(f"/api/v1/lines/{line}/suspension/retry", json={})
        assert (rejected.status_code, rejected.json()["code"]) == (409, "ACTION_NOT_ALLOWED")
        lines = (await client.get("/api/v1/lines?limit=9")).json()["items"]
        other = next(one["id"] for one in lines if one["id"] != line)
        not_suspended = await client.post(f"/api/v1/lines/{other}/suspension/retry", json={})
    assert (not_suspended.status_code, not_suspended.json()["code"]) == (409, "ACTION_NOT_ALLOWED")


async def test_an_overdue_resume_needs_attention(office: ApiTenant) -> None:
    line, _ = await suspended(office, problem="BUSY: Not now.")
    async with await office.client("Theo") as client:
        report = (await client.get("/api/v1/admin/attention?kind=resume_overdue")).json()
    (item,) = report["items"]
    assert (item["kind"], item["problem"]) == ("resume_overdue", "The line should be back in service. BUSY: Not now.")
    assert (item["target_id"], item["actions"]) == (line, ["retry_line_resume", "mark_line_resumed"])


@pytest.mark.parametrize(
    ("action", "verb"), [("retry_line_resume", "retry"), ("mark_line_resumed", "complete_manually")]
)
async def test_the_attention_page_has_forms_for_an_overdue_resume(office: ApiTenant, action: str, verb: str) -> None:
    line, _ = await suspended(office, problem="BUSY: Not now.")
    async with await office.browser("Theo") as client:
        path = f"/admin/lines/{line}/{action.replace('_', '-')}"
        assert f'action="{path}"' in (await client.get("/admin")).text
        answer = await client.post(path, data=EVIDENCE)
        shown = await client.get(answer.headers["location"])
    assert (await office.message(office.dispatcher.delivered[-1])).name == verb
    assert 'role="status"' in shown.text
