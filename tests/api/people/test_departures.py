"""What a person leaves behind is shown first; then their access ends at once, and can begin again."""

from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from demo.company import SAMPLE_PEOPLE
from demo.company.sample import SamplePerson
from models.db.approvals.tables import ApprovalLinkRow
from models.db.audit.tables import AuditRow
from models.db.leaves import leaves
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import new_id, utc_now
from models.leave import LeaveThing
from tests.api.api_client import code
from tests.api.signed_out_browser import HTML, Portal

JORDAN, DANA, PRIYA = (SAMPLE_PEOPLE[part] for part in ("employee", "manager", "admin"))
LEFT = {"reason": "They left on Friday."}


async def _post(portal: Portal, path: str, body: Any = None) -> httpx2.Response:
    async with await portal.browser("Priya") as client:
        return await client.post(f"/api/v1/people/{path}", json=body or LEFT)


async def _departure(portal: Portal, person: SamplePerson) -> Any:
    async with await portal.browser("Priya") as client:
        return (await client.get(f"/api/v1/people/{person.id}/departure")).json()


async def _last_audit(portal: Portal) -> AuditRow:
    rows: list[AuditRow] = await portal.rows(AuditRow)
    return max(rows, key=lambda row: row.id)


async def test_what_waits_for_a_person_is_shown_with_who_gets_it(portal: Portal) -> None:
    order = await portal.order("Jordan")
    await portal.request_approval(order, "Dana")
    (approval,) = (await _departure(portal, DANA))["approvals"]
    assert (approval["order"], approval["title"]) == (order["number"], order["title"])
    assert approval["to"]["name"] not in {DANA.name, JORDAN.name}


async def test_an_approval_that_no_one_else_can_decide_is_shown_as_such(portal: Portal) -> None:
    order = await portal.order("Priya", beneficiary_id=JORDAN.id)
    await portal.request_approval(order, "Dana")
    async with portal.database.transaction() as session:
        for row in await session.all(select(PersonRow).where(col(PersonRow.tenant) == "acme")):
            row.roles = row.roles if row.id in {PRIYA.id, DANA.id} else ["auditor"]
    (approval,) = (await _departure(portal, DANA))["approvals"]
    assert approval["to"] is None


async def test_what_a_person_has_is_shown(portal: Portal) -> None:
    order = await portal.order("Dana")
    departure = await _departure(portal, DANA)
    assert [one["number"] for one in departure["orders"]] == [order["number"]]
    assert {one["holder"]["id"] for one in departure["lines"]} == {DANA.id}
    assert {one["holder"]["id"] for one in departure["devices"]} == {DANA.id}
    assert JORDAN.name in [one["name"] for one in departure["reports"]]


async def test_nothing_ended_or_of_others_is_shown(portal: Portal) -> None:
    await portal.order("Theo", beneficiary_id=DANA.id)
    assert (await _departure(portal, JORDAN))["orders"] == []


async def test_access_ends_at_once(portal: Portal) -> None:
    order = await portal.order("Jordan")
    (approval,) = await portal.request_approval(order, "Dana")
    async with portal.database.transaction() as session:
        link = ApprovalLinkRow(
            id=new_id(),
            tenant="acme",
            order_id=order["id"],
            approval_id=approval,
            approver_id=DANA.id,
            round=1,
            stage=1,
            content_hash="",
            expires_at=utc_now(),
            created_at=utc_now(),
        )
        session.add(link)
    async with await portal.browser("Dana") as browser, await portal.client("Dana") as program:
        assert (await program.get("/api/v1/orders")).status_code == 200
        done = await _post(portal, f"{DANA.id}/deactivate")
        assert (done.status_code, done.json()["active"]) == (200, False)
        assert (await browser.get("/api/v1/orders")).status_code == 401
        assert (await program.get("/api/v1/orders")).status_code == 401
    assert [row.state for row in await portal.rows(ApprovalLinkRow) if row.id == link.id] == ["revoked"]
    event = await _last_audit(portal)
    assert (event.action, event.subject_id) == ("person_deactivated", DANA.id)
    assert event.detail == {
        "reason": LEFT["reason"],
        "ended": {"sessions": 1, "tokens": 1, "approval_links": 1},
        "before": {"active": True},
        "after": {"active": False},
    }


async def test_an_invitation_from_before_does_not_work_again(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        nina = {"name": "Nina", "email": "nina@acme.example.com", "employee_number": "A9", "account": "FA-1110"}
        created = (await client.post("/api/v1/people", json=nina)).json()
    path = await portal.reset_path()
    await _post(portal, f"{created['id']}/deactivate")
    await _post(portal, f"{created['id']}/reactivate")
    async with portal.new_browser() as client:
        assert (await client.get(path, follow_redirects=True)).status_code != 200


async def test_a_person_who_returns_signs_in_with_a_new_session(portal: Portal) -> None:
    async with portal.new_browser() as old, await portal.client("Jordan") as program:
        await portal.sign_in(old)
        await _post(portal, f"{JORDAN.id}/deactivate")
        await _post(portal, f"{JORDAN.id}/reactivate")
        assert (await old.get("/profile")).status_code == 303
        assert (await program.get("/api/v1/orders")).status_code == 401
        portal.clock.advance(minutes=1)
        assert (await portal.sign_in(old)).headers["location"] == "/"
    assert (await _last_audit(portal)).action == "signed_in"
    assert "person_reactivated" in await portal.audit_actions()


async def test_each_is_recorded_once(portal: Portal) -> None:
    for path in ("deactivate", "deactivate", "reactivate", "reactivate"):
        assert (await _post(portal, f"{JORDAN.id}/{path}")).status_code == 200
    actions = [one for one in await portal.audit_actions() if one.startswith("person_")]
    assert actions == ["person_deactivated", "person_reactivated"]


async def test_no_one_deactivates_themselves(portal: Portal) -> None:
    assert code(await _post(portal, f"{PRIYA.id}/deactivate")) == (409, "ACTION_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["deactivate", "reactivate"])
async def test_a_reason_is_required(portal: Portal, path: str) -> None:
    answer = await _post(portal, f"{JORDAN.id}/{path}", {"reason": " "})
    assert (answer.status_code, answer.json()["field"]) == (422, "reason")


async def _left(portal: Portal) -> str:
    """Jordan's leave has ended access and ordered something; returns the number of the order."""
    order = await portal.order("Jordan")
    async with await portal.browser("Dana") as client:
        await client.post(f"/api/v1/people/{JORDAN.id}/leave", json={"immediate": True})
    async with portal.database.transaction() as session:
        leave = await leaves.lock_open(session, "acme", JORDAN.id)
        assert leave is not None
        leave.ended_at = utc_now()
        (await leaves.item(session, leave, LeaveThing.LINE, "L1")).order_id = order["id"]
        await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(active=False))
    return str(order["number"])


async def test_who_returns_after_a_leave_has_ended_access_leaves_no_more_and_the_page_says_so(portal: Portal) -> None:
    number = await _left(portal)
    async with await portal.browser("Priya") as client:
        page = (await client.get(f"/people/{JORDAN.id}/deactivate", headers=HTML)).text
        shown = await _departure(portal, JORDAN)
        await _post(portal, f"{JORDAN.id}/reactivate", {"reason": "They are back."})
        leave = (await client.get(f"/api/v1/people/{JORDAN.id}/leave")).json()
    assert (shown["stops_leave"], [one["number"] for one in shown["undone"]]) == (True, [number])
    assert "the checklist of their leave" in page
    assert "These orders have not been sent to a carrier, and are canceled:" in page
    jordan = await portal.row("Jordan")
    assert (leave["state"], jordan.active, jordan.leaves_on) == ("canceled", True, None)
    (message,) = [one for one in await portal.rows(OutboxRow) if one.name == "cancel"]
    assert message.payload["reason"] == "The leave was canceled."
    recorded = [row for row in await portal.rows(AuditRow) if row.action == "person_reactivated"]
    assert [row.detail["reason"] for row in recorded] == ["They are back."]


async def test_a_leave_to_come_is_not_stopped(portal: Portal) -> None:
    async with await portal.browser("Dana") as client:
        await client.post(f"/api/v1/people/{JORDAN.id}/leave", json={"last_day": "2099-01-31"})
    for path in ("deactivate", "reactivate"):
        await _post(portal, f"{JORDAN.id}/{path}")
    async with await portal.browser("Priya") as client:
        leave = (await client.get(f"/api/v1/people/{JORDAN.id}/leave")).json()
    assert (leave["state"], leave["last_day"]) == ("open", "2099-01-31")
