"""Workflows that run without their order, timer or task: what an operator reads, and where ending one is recorded."""

import re
from html import unescape
from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from api.attention.schemas import AttentionKind
from models.db.inventory.tables import LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.session import new_id
from models.db.workflow_health.tables import StrayWorkflowRow
from outbox import workflow_repair
from tests.api.api_client import ApiTenant
from tests.api.attention.test_attention import HTML, LONG_AGO, WHY, items

pytestmark = pytest.mark.fault("14")


async def add(office: ApiTenant, row: SQLModel) -> None:
    async with office.database.transaction() as session:
        session.add(row)


async def add_stray(office: ApiTenant, kind: str, number: str = "RF9-3WX", stray_id: str | None = None) -> str:
    """Returns the id of the workflow."""
    stray = StrayWorkflowRow(tenant="acme", kind=kind, id=stray_id or new_id(), number=number, found_at=LONG_AGO)
    await add(office, stray)
    return f"{kind}:acme:{stray.id}"


async def ended_timer(office: ApiTenant, order: dict[str, Any]) -> LineTimerRow:
    async with office.database.read() as session:
        line_id = (await session.all(select(LineRow.id).where(col(LineRow.tenant) == "acme")))[0]
    timer = LineTimerRow(
        tenant="acme", id=new_id(), kind="suspension", line_id=line_id, order_id=order["id"], item_id="1",
        reason="seasonal", began_at=LONG_AGO, seq_offset=1_000_000, rule_text="", rule_source="", state="ended",
        outcome="stopped", ended_at=LONG_AGO,
    )  # fmt: skip
    await add(office, timer)
    return timer


async def audited(office: ApiTenant) -> list[dict[str, Any]]:
    async with await office.client("Iris") as auditor:
        answer = await auditor.get("/api/v1/audit", params={"action": "workflow_ended"})
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def end(office: ApiTenant, workflow_id: str) -> str:
    """End the workflow by the form on the page; returns what the form says before."""
    async with await office.client("Priya") as client:
        page = unescape((await client.get("/admin", headers=HTML)).text)
        (form,) = re.findall(rf'action="/admin/workflows/{workflow_id}/end-workflow".*?</form>', page, re.DOTALL)
        answer = await client.post(f"/admin/workflows/{workflow_id}/end-workflow", data=WHY, headers=HTML)
    assert answer.status_code == 303, answer.text
    return str(form)


@pytest.fixture
def terminated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the workflows that were ended in Temporal."""
    ended: list[str] = []

    async def terminate(_client: object, workflow_id: str, _reason: str) -> None:
        ended.append(workflow_id)

    monkeypatch.setattr(workflow_repair, "terminate_workflow", terminate)
    return ended


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("order", "A workflow runs for this order, but"),
        ("timer", "A timer of one of this order's lines runs, but the database doesn't have it: it was restored"),
        ("task", "A workflow acts on a task of this order, but"),
    ],
)
async def test_a_workflow_without_a_row_is_described_and_can_be_ended(
    office: ApiTenant, kind: str, problem: str
) -> None:
    workflow_id = await add_stray(office, kind)
    (item,) = await items(office, AttentionKind.OUT_OF_STEP)
    assert item["problem"].startswith(problem)
    assert (item["order"], item["target_id"], item["line_id"]) == ("RF9-3WX", workflow_id, None)
    assert item["actions"] == ["end_workflow"]
    async with await office.client("Priya") as client:
        page = (await client.get("/admin", headers=HTML)).text
        (path,) = re.findall(r'action="(/admin/workflows/\S+/end-workflow)"', page)
        answer = await client.post(path, data=WHY, headers=HTML)
    assert "/admin/orders/RF9-3WX" not in page
    assert answer.status_code == 503


async def test_a_timer_that_is_not_in_the_database_may_need_another_suspension(office: ApiTenant) -> None:
    await add_stray(office, "timer")
    (item,) = await items(office, AttentionKind.OUT_OF_STEP)
    assert "order that again" in item["outlook"]


async def test_a_timer_that_has_ended_in_the_database_shows_its_line(office: ApiTenant) -> None:
    order = await office.order()
    timer = await ended_timer(office, order)
    await add_stray(office, "timer", order["number"], timer.id)
    (item,) = await items(office, AttentionKind.OUT_OF_STEP)
    assert "it has ended here: Temporal was restored" in item["problem"]
    assert "order that again" not in item["outlook"]
    assert item["line_id"] == timer.line_id
    async with await office.client("Priya") as client:
        page = (await client.get("/admin", headers=HTML)).text
        assert (await client.get(f"/lines/{timer.line_id}", headers=HTML)).status_code == 200
    assert f'<a href="/lines/{timer.line_id}">View line</a>' in page


@pytest.mark.parametrize("kind", ["timer", "task"])
async def test_ending_a_workflow_of_a_known_order_is_in_its_history(
    office: ApiTenant, terminated: list[str], kind: str
) -> None:
    order = await office.order()
    workflow_id = await add_stray(office, kind, order["number"])
    assert "Saved to the order's history with your name." in await end(office, workflow_id)
    assert terminated == [workflow_id]
    async with await office.client("Priya") as client:
        history = (await client.get(f"/api/v1/orders/{order['id']}/history")).json()
    (recovery,) = [item for item in history["items"] if item["source"] == "operator"]
    assert (recovery["title"], recovery["detail"]) == ("End workflow", "Ticket 7.")
    assert recovery["who"].startswith("Priya")
    assert await audited(office) == []


@pytest.mark.parametrize("kind", ["order", "timer", "task"])
async def test_ending_a_workflow_of_an_unknown_order_is_in_the_audit_log(
    office: ApiTenant, terminated: list[str], kind: str
) -> None:
    workflow_id = await add_stray(office, kind)
    assert "Saved to the audit log with your name." in await end(office, workflow_id)
    assert terminated == [workflow_id]
    (entry,) = await audited(office)
    assert entry["actor_name"].startswith("Priya")
    assert entry["detail"] == {"workflow": workflow_id, "order": "RF9-3WX", "evidence": "Ticket 7."}
