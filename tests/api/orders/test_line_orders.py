"""Orders about lines that exist: suspended, or given to somebody else."""

from typing import Any

import pytest
from sqlmodel import col, select

from models.db.inventory.tables import LineLockRow, LineRow
from models.db.orders.tables import ItemRow
from models.db.people.tables import PersonRow
from notifications.formatting import telephone
from tests.api.api_client import Office, code

SUSPEND: dict[str, Any] = {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}}
GIVE: dict[str, Any] = {"type": "LINE_REASSIGN", "answers": {"use_policy": True}}
DRY = "/api/v1/orders?dry_run=true"


async def line_of(office: Office, name: str) -> LineRow:
    """The first line somebody holds."""
    person = await office.row(name)
    async with office.database.transaction() as session:
        lines = select(LineRow).where(col(LineRow.person_id) == person.id).order_by(col(LineRow.id))
        found = (await session.exec(lines)).first()
        assert found is not None
        return found


async def answered(office: Office, name: str, body: dict[str, Any], line: str | None = None, path: str = DRY) -> Any:
    """What somebody is told on handing an order in, about this line where one is given."""
    said = body | ({"items": [{"line": line}]} if line else {})
    async with await office.client(name) as client:
        return await client.post(path, json=said)


async def test_somebodys_only_line_is_meant_where_none_is_named(office: Office) -> None:
    told = (await answered(office, "Aaron", SUSPEND)).json()
    line = await line_of(office, "Aaron")
    assert told["carrier"] == line.carrier
    assert told["summary"].startswith(f"Service suspension for Aaron Abbott: {line.mdn}.")
    sources = {one["ask"]: (one["value"], one["from"]) for one in told["items"][0]["answers"]}
    assert sources["line"] == (line.id, "employee record")
    assert sources["billing"] == (False, "policy")
    assert [stage["label"] for stage in told["approvals"]] == ["Manager", "Telecom admin"]


async def test_who_has_two_lines_must_say_which(office: Office) -> None:
    answer = await answered(office, "Bianca", SUSPEND)
    assert code(answer) == (422, "ORDER_REFUSED")
    assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [("ANSWER_REQUIRED", "items.0.line")]


async def test_an_order_about_a_line_is_for_its_holder_on_its_account_and_claims_it(office: Office) -> None:
    line = await line_of(office, "Aaron")
    assert line.mdn is not None
    spelled = f"({line.mdn[2:5]}) {line.mdn[5:8]}-{line.mdn[8:]}"
    placed = (await answered(office, "Dana", SUSPEND, spelled, "/api/v1/orders")).json()
    assert (placed["beneficiary"]["name"], placed["account"]["id"]) == ("Aaron Abbott", line.account_id)
    assert (placed["items"][0]["line_id"], placed["items"][0]["mdn"]) == (line.id, line.mdn)
    async with office.database.transaction() as session:
        (lock,) = (await session.exec(select(LineLockRow))).all()
    assert (lock.line_id, lock.aspect) == (line.id, "status")


async def test_the_page_of_an_order_about_a_line_says_who_holds_it(office: Office) -> None:
    line = await line_of(office, "Aaron")
    assert line.mdn is not None
    number = (await answered(office, "Dana", SUSPEND, line.mdn, "/api/v1/orders")).json()["number"]
    async with await office.client("Aaron") as client:
        shown = (await client.get(f"/orders/{number}", headers={"Accept": "text/html"})).text
    assert f"<strong>Line {telephone(line.mdn)} of Aaron Abbott</strong>" in shown


@pytest.mark.parametrize("path", [DRY, "/api/v1/orders"])
async def test_a_second_order_for_the_same_is_refused_naming_the_first(office: Office, path: str) -> None:
    line = await line_of(office, "Aaron")
    first = (await answered(office, "Aaron", SUSPEND, line.id, "/api/v1/orders")).json()
    answer = await answered(office, "Dana", SUSPEND, line.id, path)
    assert code(answer) == (409, "LINE_HAS_OPEN_ORDER")
    assert first["number"] in answer.json()["detail"]


async def test_a_colleagues_line_is_not_ones_own_to_suspend(office: Office) -> None:
    line = await line_of(office, "Aaron")
    answer = await answered(office, "Caleb", SUSPEND, line.mdn)
    assert [one["code"] for one in answer.json()["errors"]] == ["NOT_AUTHORIZED_ON_BEHALF"]
    assert "Aaron" not in answer.text


async def test_another_tenants_line_is_no_line(office: Office) -> None:
    line = await line_of(office, "Aaron")
    async with office.database.transaction() as session:
        strangers = select(PersonRow).where(col(PersonRow.tenant) == "globex", col(PersonRow.roles).contains(["admin"]))
        stranger = (await session.exec(strangers)).first()
    assert stranger is not None
    async with await office.client(stranger.name, "globex") as client:
        answer = await client.post(DRY, json=SUSPEND | {"items": [{"line": line.id}]})
    assert [one["code"] for one in answer.json()["errors"]] == ["LINE_NOT_ACTIVE"]


@pytest.mark.parametrize("reason", ["lost", "stolen"])
async def test_what_is_lost_is_reported_not_suspended(office: Office, reason: str) -> None:
    answer = await answered(office, "Aaron", SUSPEND | {"answers": {"suspend_reason": reason}})
    assert [one["code"] for one in answer.json()["errors"]] == ["USE_REPORT_LOST_STOLEN"]


async def test_an_account_owner_suspends_ten_lines_in_one_order(office: Office) -> None:
    account = (await line_of(office, "Nora")).account_id
    async with office.database.transaction() as session:
        lines = select(LineRow).where(col(LineRow.account_id) == account, col(LineRow.status) == "active")
        of_fleet = (await session.exec(lines.order_by(col(LineRow.id)).limit(10))).all()
    body = SUSPEND | {"items": [{"line": line.mdn} for line in of_fleet], "account_id": account}
    placed = (await answered(office, "Peter", body, path="/api/v1/orders")).json()
    assert [item["line_id"] for item in placed["items"]] == [line.id for line in of_fleet]
    assert placed["beneficiary"]["name"] == "Peter Lindqvist"
    holders = {line.person_id for line in of_fleet} - {None}
    assert set(placed["watchers"]) == holders


async def test_a_line_goes_to_whoever_takes_it_over_and_its_holder_is_told(office: Office) -> None:
    line, aaron, caleb = await line_of(office, "Aaron"), await office.row("Aaron"), await office.row("Caleb")
    body = GIVE | {"beneficiary_id": caleb.id}
    placed = (await answered(office, "Aaron", body, line.id, "/api/v1/orders")).json()
    assert (placed["beneficiary"]["id"], placed["carrier"]) == (caleb.id, None)
    told = (await answered(office, "Dana", GIVE, (await line_of(office, "Denise")).mdn)).json()
    assert (told["beneficiary"], told["carrier"]) == ("Dana Ortiz", None)
    by_manager = GIVE | {"beneficiary_id": caleb.id, "answers": {"use_policy": True, "device_moves": False}}
    other = await line_of(office, "Elliot")
    placed = (await answered(office, "Dana", by_manager, other.id, "/api/v1/orders")).json()
    assert placed["watchers"] == [other.person_id]
    assert aaron.id not in placed["watchers"]


async def test_what_can_be_ordered_for_a_line_follows_from_how_it_stands(office: Office) -> None:
    line = await line_of(office, "Isaac")
    async with await office.client("Priya") as client:
        offered = (await client.get(f"/api/v1/lines/{line.id}/actions")).json()
    codes = {one["type"]: one["code"] for one in offered}
    assert (line.status, codes["SERVICE_SUSPEND"], codes["LINE_REASSIGN"]) == ("suspended", "LINE_NOT_ACTIVE", None)


async def test_ten_lines_are_one_order_and_an_eleventh_points_to_the_csv_file(office: Office) -> None:
    order = {
        "type": "NEW_SERVICE_DEVICE",
        "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    }
    ten = await answered(office, "Grace", order | {"items": [{}] * 10}, path="/api/v1/orders")
    assert ten.status_code == 201, ten.text
    async with office.database.transaction() as session:
        items = (await session.exec(select(ItemRow).where(col(ItemRow.order_id) == ten.json()["id"]))).all()
    assert sorted(item.number for item in items) == list(range(1, 11))
    eleven = await answered(office, "Grace", order | {"items": [{}] * 11}, path="/api/v1/orders")
    assert code(eleven) == (422, "LINE_LIMIT_EXCEEDED")
    assert "CSV" in eleven.json()["detail"]
