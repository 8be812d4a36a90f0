"""The tasks of a person and of their roles on Home, their number beside the navigation, and the list of only these."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import col, update

from api.home import operations as home
from api.http import layout
from models.db.session import utc_now
from models.db.tasks import tasks
from models.db.tasks.tables import TaskRow
from tests.api.api_client import ApiTenant
from tests.api.http.test_layout import links, page
from tests.api.tasks.test_tasks import DONE, failed, get, settle, skipped


async def give(office: ApiTenant, task: str, name: str, **values: Any) -> None:
    """Make it a person's own task."""
    person = await office.row(name)
    async with office.database.transaction() as session:
        mine = update(TaskRow).where(col(TaskRow.id) == task).values(role=None, person_id=person.id, **values)
        await session.exec(mine)


def listed(shown: str) -> list[str]:
    """The tasks that Home links to, in order."""
    return re.findall(r'href="/tasks/([^"?]+)"', shown)


def badge(text: str) -> str | None:
    """The number beside Tasks in the navigation."""
    (entry,) = re.findall(r'<nav class="nav large-only".*?</nav>', text, re.DOTALL)
    found = re.search(r'<a href="/tasks"[^>]*>Tasks(?: <span[^>]*>([^<]+)</span>)?', entry)
    return found[1] if found else None


async def test_home_shows_the_tasks_of_a_person_s_role_that_are_due_first(
    office: ApiTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "MAX_TASKS", 2)
    first, second, late = [await failed(office) for _ in range(3)]
    async with office.database.transaction() as session:
        overdue = update(TaskRow).where(col(TaskRow.id) == late)
        await session.exec(overdue.values(due_at=utc_now() - timedelta(hours=1)))
    shown = unescape(await page(office, "Theo"))
    assert listed(shown) == [late, first]
    assert second not in shown
    assert "My tasks (3)" in shown
    assert '<a href="/tasks?mine=true">View all my tasks</a>' in shown
    assert (shown.count("Overdue"), badge(shown)) == (1, "3")


async def test_home_shows_an_employee_the_task_that_is_theirs(office: ApiTenant) -> None:
    task = await skipped(office)
    await give(office, task, "Jordan")
    shown = await page(office, "Jordan")
    assert (listed(shown), badge(shown)) == ([task], "1")
    assert "Tasks" in {one.split(" <")[0] for one in re.findall(r'<a href="/tasks"[^>]*>(.*?)</a>', shown)}
    assert task in await page(office, "Jordan", "/tasks?mine=true")


@pytest.mark.parametrize("name", ["Jordan", "Dana", "Priya"], ids=["employee", "manager", "admin"])
async def test_tasks_of_others_are_neither_shown_nor_counted(office: ApiTenant, name: str) -> None:
    """An admin can do every task, and finds them all under Tasks."""
    task = await failed(office)
    shown = await page(office, name)
    assert (listed(shown), badge(shown), "My tasks" in shown) == ([], None, False)
    assert ("Tasks" in links(shown)) == (name == "Priya")
    assert [one["id"] for one in (await get(office, "?mine=true", name="Priya"))["items"]] == []
    assert [one["id"] for one in (await get(office, "", name="Priya"))["items"]] == [task]


async def test_another_tenant_sees_none(office: ApiTenant) -> None:
    await failed(office)
    async with await office.client("Ulla", "globex") as client:
        shown = (await client.get("/", headers={"Accept": "text/html"})).text
    assert (listed(shown), badge(shown)) == ([], None)


async def test_a_settled_task_is_gone(office: ApiTenant) -> None:
    task = await skipped(office)
    assert badge(await page(office, "Theo")) == "1"
    assert (await settle(office, task, DONE)).status_code == 200
    shown = await page(office, "Theo")
    assert (listed(shown), badge(shown)) == ([], None)


async def test_the_number_has_an_end(office: ApiTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (tasks, layout):
        monkeypatch.setattr(module, "MAX_COUNT", 3)
    for expected in ("1", "2", "2+", "2+"):
        await failed(office)
        assert badge(await page(office, "Theo")) == expected


async def test_only_one_s_own_tasks_are_listed_on_request(office: ApiTenant) -> None:
    own, for_the_desk = await skipped(office), await failed(office)
    await give(office, own, "Priya")
    assert [one["id"] for one in (await get(office, "?mine=true", name="Priya"))["items"]] == [own]
    assert {one["id"] for one in (await get(office, "", name="Priya"))["items"]} == {own, for_the_desk}
    assert [one["id"] for one in (await get(office, "?mine=true", name="Theo"))["items"]] == [for_the_desk]
