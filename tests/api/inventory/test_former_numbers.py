"""Lines are found by the numbers that they had, and say which number they have now."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import col, update

from models.db.inventory.tables import LineRow
from tests.api.api_client import ApiTenant

OLD, NEW = "+13125550142", "+13125550199"
WAS = "This line was (312) 555-0142 until Mon, Nov 30, 2026, and is now (312) 555-0199."
PAGE = {"Accept": "text/html"}


async def changed(office: ApiTenant, line_id: str, number: str, *former: str) -> None:
    known: list[dict[str, Any]] = [
        {"number": one, "since": None, "until": date(2026, 11, 30).isoformat(), "reason": "moved"} for one in former
    ]
    async with office.database.transaction() as session:
        await session.exec(update(LineRow).where(col(LineRow.id) == line_id).values(mdn=number, former_numbers=known))


@pytest.fixture
async def renumbered(office: ApiTenant) -> dict[str, Any]:
    """Dana's line, which had OLD until November 30 and has NEW now."""
    async with await office.client("Priya") as client:
        (line,) = (await client.get("/api/v1/lines?q=Dana")).json()["items"]
    await changed(office, line["id"], NEW, OLD)
    return dict(line)


@pytest.mark.row("U-42")
async def test_both_numbers_find_the_line_and_the_old_one_says_so(
    office: ApiTenant, renumbered: dict[str, Any]
) -> None:
    async with await office.client("Priya") as client:
        for path, name in (("/api/v1/search", "q"), ("/api/v1/lines", "q"), ("/api/v1/lines", "identifier")):
            for typed, found_by in (("(312) 555-0142", WAS), ("312-555-0199", None)):
                found = (await client.get(path, params={name: typed})).json()
                lines = found["lines"] if "lines" in found else found["items"]
                assert [(one["id"], one["found_by"]) for one in lines] == [(renumbered["id"], found_by)], (path, name)
        by_words = (await client.get("/api/v1/lines", params={"q": "Dana 555014"})).json()["items"]
        detail = (await client.get(f"/api/v1/lines/{OLD}")).json()
        page = (await client.get(f"/lines/{OLD}", headers=PAGE)).text
        listed = (await client.get("/search", params={"q": OLD}, headers=PAGE)).text
        usual = (await client.get(f"/lines/{renumbered['id']}", headers=PAGE)).text
    assert [one["id"] for one in by_words] == [renumbered["id"]]
    assert detail["former_numbers"] == [{"number": OLD, "since": None, "until": "2026-11-30", "reason": "moved"}]
    assert WAS in page
    assert WAS in listed
    assert "This line was" not in usual
    assert "until Mon, Nov 30, 2026" in usual, "the line's page lists its former numbers"


async def test_who_sees_no_numbers_sees_no_former_ones(office: ApiTenant, renumbered: dict[str, Any]) -> None:
    async with await office.client("Iris") as client:
        line = (await client.get(f"/api/v1/lines/{renumbered['id']}")).json()
    assert line["mdn"] == "••••••••0199"
    assert [one["number"] for one in line["former_numbers"]] == ["••••••••0142"]


@pytest.mark.row("U-42")
async def test_a_number_finds_first_the_line_that_has_it_now(office: ApiTenant, renumbered: dict[str, Any]) -> None:
    async with await office.client("Priya") as client:
        listed = (await client.get("/api/v1/lines", params={"limit": 100})).json()["items"]
        other = next(one["id"] for one in listed if one["id"] > renumbered["id"] and one["status"] == "active")
        await changed(office, other, OLD)
        found = (await client.get("/api/v1/search", params={"q": OLD})).json()["lines"]
        first = (await client.get("/api/v1/lines", params={"q": OLD, "limit": 1})).json()
        more = {"q": OLD, "limit": 1, "cursor": first["next_cursor"]}
        second = (await client.get("/api/v1/lines", params=more)).json()
        page = (await client.get(f"/api/v1/lines/{OLD}")).json()
    assert [(one["id"], one["found_by"]) for one in found] == [
        (other, None),
        (renumbered["id"], f"{WAS} Another line has (312) 555-0142 now."),
    ]
    assert [one["id"] for part in (first, second) for one in part["items"]] == [other, renumbered["id"]]
    assert (page["id"], page["found_by"]) == (other, None)


async def test_orders_about_a_line_are_found_by_each_of_its_numbers(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        listed = (await client.get("/api/v1/lines", params={"q": "Dana"})).json()["items"]
        order = {
            "type": "SERVICE_SUSPEND",
            "answers": {"suspend_reason": "vacation"},
            "items": [{"line": listed[0]["id"]}],
        }
        placed = await client.post("/api/v1/orders", json=order, headers={"Idempotency-Key": "suspend-1"})
        assert placed.status_code == 201, placed.text
        await changed(office, listed[0]["id"], NEW, OLD)
        for typed in (OLD, NEW):
            for name in ("q", "identifier"):
                found = (await client.get("/api/v1/orders", params={name: typed})).json()["items"]
                assert [one["number"] for one in found] == [placed.json()["number"]], (name, typed)


async def test_an_order_names_a_line_by_a_number_that_it_had(office: ApiTenant, renumbered: dict[str, Any]) -> None:
    order = {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}, "items": [{"line": "312 555 0142"}]}
    async with await office.client("Priya") as client:
        quote = (await client.post("/api/v1/orders?dry_run=true", json=order)).json()
        form = await client.get("/order/SERVICE_SUSPEND?line=(312) 555-0142", headers=PAGE, follow_redirects=True)
    (line,) = [one for one in quote["items"][0]["answers"] if one["question"] == "line"]
    assert line["value"] == renumbered["id"]
    assert "(312) 555-0142 is now (312) 555-0199." in form.text


async def test_an_order_names_no_line_by_a_number_that_another_line_has_now(
    office: ApiTenant, renumbered: dict[str, Any]
) -> None:
    order = {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}, "items": [{"line": OLD}]}
    async with await office.client("Priya") as client:
        listed = (await client.get("/api/v1/lines", params={"limit": 100})).json()["items"]
        ours = [one for one in listed if one["status"] == "active" and one["id"] != renumbered["id"]]
        theirs = next(one for one in ours if one["holder"]["name"].startswith("Priya"))
    await changed(office, theirs["id"], OLD)
    async with await office.client("Dana") as client:
        assert (await client.get(f"/api/v1/lines/{theirs['id']}")).status_code == 404
        refused = await client.post("/api/v1/orders?dry_run=true", json=order)
    (error,) = refused.json()["errors"]
    assert (error["field"], error["detail"]) == ("items.0.line", f'No line matches "{OLD}".')
