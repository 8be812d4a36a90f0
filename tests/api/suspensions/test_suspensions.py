"""What people are told of a suspended line, and what operators may do about one that is not resumed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import select

from models.db.inventory.tables import SuspensionTimerRow
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id
from outbox.dispatcher import Delivery
from tests.api.api_client import Office

EVIDENCE = {"evidence": "Called the carrier, case 4711."}


async def line_of_somebody(office: Office) -> tuple[str, str]:
    """The id of a line, and the name of who holds it."""
    async with await office.client("Theo") as client:
        lines = (await client.get("/api/v1/lines?status=active&limit=100")).json()["items"]
    return next((one["id"], one["holder"]["name"]) for one in lines if one["holder"])


async def suspended(office: Office, **values: Any) -> tuple[str, str]:
    """Somebody's line with a clock on it; the line's id, and who holds it."""
    order, (line, holder) = await office.order(), await line_of_somebody(office)
    clock: dict[str, Any] = {
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
        session.add(SuspensionTimerRow(**(clock | values)))
    return line, holder


async def test_a_line_tells_since_when_until_when_and_what_then(office: Office) -> None:
    line, holder = await suspended(office)
    async with await office.client(holder) as client:
        told = (await client.get(f"/api/v1/lines/{line}")).json()["suspension"]
    assert (told["reason"], told["since"], told["resume_on"]) == ("vacation", "2026-11-01T15:00:00Z", "2027-01-04")
    assert (told["ends_at"], told["ends_by"]) == ("2027-01-04T15:00:00Z", "resume")
    assert (told["limit_at"], told["limit_by"]) == ("2027-01-30T15:00:00Z", "reconnect")
    assert (told["rule"], told["rule_source"], told["attention"]) == ("90 days on end.", "A page, 2026-11-16", None)


async def test_a_line_that_works_tells_none(office: Office) -> None:
    line, holder = await line_of_somebody(office)
    async with await office.client(holder) as client:
        assert (await client.get(f"/api/v1/lines/{line}")).json()["suspension"] is None


@pytest.mark.parametrize(("action", "verb"), [("retry", "retry"), ("complete", "complete_manually")])
async def test_an_admin_mends_it_and_the_clock_is_told(office: Office, action: str, verb: str) -> None:
    line, _ = await suspended(office, attention="BUSY: Not now.")
    async with await office.client("Theo") as client:
        answer = await client.post(f"/api/v1/lines/{line}/suspension/{action}", json=EVIDENCE)
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    async with office.database.transaction() as session:
        row = await session.get_one(OutboxRow, answer.json()["action_id"])
        (clock,) = (await session.exec(select(SuspensionTimerRow))).all()
    assert (row.kind, row.name, row.workflow_id) == ("update", verb, f"clock:acme:{clock.id}")
    assert (row.payload["evidence"], row.payload["actor"]["kind"]) == (EVIDENCE["evidence"], "person")


async def test_the_same_key_says_it_once(office: Office) -> None:
    line, _ = await suspended(office, attention="BUSY: Not now.")
    async with await office.client("Theo") as client:
        path, headers = f"/api/v1/lines/{line}/suspension/complete", {"Idempotency-Key": "k1"}
        first = await client.post(path, json=EVIDENCE, headers=headers)
        assert (await client.post(path, json=EVIDENCE, headers=headers)).json() == first.json()
        other = await client.post(path, json={"evidence": "Something else."}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_who_holds_the_line_may_not_mend_it_and_what_the_clock_refuses_is_told(office: Office) -> None:
    line, holder = await suspended(office)
    async with await office.client(holder) as client:
        refused = await client.post(f"/api/v1/lines/{line}/suspension/retry", json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_AUTHORIZED")
    office.dispatcher.answer = Delivery(state="refused", code="ILLEGAL_TRANSITION", detail="Nothing waits.")
    async with await office.client("Theo") as client:
        refused = await client.post(f"/api/v1/lines/{line}/suspension/retry", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "ILLEGAL_TRANSITION")
        lines = (await client.get("/api/v1/lines?limit=9")).json()["items"]
        other = next(one["id"] for one in lines if one["id"] != line)
        nothing = await client.post(f"/api/v1/lines/{other}/suspension/retry", json={})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "ILLEGAL_TRANSITION")


async def test_a_line_that_is_not_resumed_is_among_what_needs_an_operator(office: Office) -> None:
    line, _ = await suspended(office, attention="BUSY: Not now.")
    async with await office.client("Theo") as client:
        told = (await client.get("/api/v1/admin/attention?kind=not_resumed")).json()
    (shown,) = told["lines"]
    assert (shown["kind"], shown["detail"]) == ("not_resumed", "BUSY: Not now.")
    assert (shown["subject"], shown["remedies"]) == (line, ["ask_carrier", "line_resumed"])


@pytest.mark.parametrize(("remedy", "verb"), [("ask_carrier", "retry"), ("line_resumed", "complete_manually")])
async def test_the_page_of_what_needs_an_operator_has_the_forms_for_it(office: Office, remedy: str, verb: str) -> None:
    line, _ = await suspended(office, attention="BUSY: Not now.")
    async with await office.browser("Theo") as client:
        assert f'action="/admin/lines/{line}/{remedy}"' in (await client.get("/admin")).text
        answer = await client.post(f"/admin/lines/{line}/{remedy}", data=EVIDENCE)
        shown = await client.get(answer.headers["location"])
    assert (await office.message(office.dispatcher.delivered[-1])).name == verb
    assert 'role="status"' in shown.text
