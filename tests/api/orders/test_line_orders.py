"""Orders for existing lines: suspending and reassigning them."""

import asyncio
from typing import Any

import pytest
from sqlmodel import col, select
from stdnum import luhn

from models.db.inventory.tables import LineRow
from models.db.locks.tables import LockRow
from models.db.orders.tables import ItemRow
from models.db.people.tables import PersonRow
from models.formatting import phone_number
from tests.api.api_client import ApiTenant, code

SUSPEND: dict[str, Any] = {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}}
GIVE: dict[str, Any] = {"type": "LINE_REASSIGN"}
DRY = "/api/v1/orders?dry_run=true"


async def line_of(office: ApiTenant, name: str) -> LineRow:
    """The first line assigned to a person."""
    person = await office.row(name)
    async with office.database.transaction() as session:
        lines = select(LineRow).where(col(LineRow.person_id) == person.id).order_by(col(LineRow.id))
        found = (await session.exec(lines)).first()
        assert found is not None
        return found


async def submit(office: ApiTenant, name: str, body: dict[str, Any], line: str | None = None, path: str = DRY) -> Any:
    """The response to an order, for this line if one is given."""
    order = body | ({"items": [{"line": line}]} if line else {})
    async with await office.client(name) as client:
        return await client.post(path, json=order)


async def test_a_person_s_only_line_is_the_default(office: ApiTenant) -> None:
    quote = (await submit(office, "Aaron", SUSPEND)).json()
    line = await line_of(office, "Aaron")
    assert line.mdn is not None
    assert quote["carrier"] == line.carrier
    assert quote["summary"].startswith(f"Suspend line for Aaron Abbott, {phone_number(line.mdn)}: ")
    sources = {one["question"]: (one["value"], one["from"]) for one in quote["items"][0]["answers"]}
    assert sources["line"] == (line.id, "employee record")
    assert sources["billing"] == (False, "policy")
    assert [stage["label"] for stage in quote["approvals"]] == ["Manager", "Telecom admin"]


async def test_a_person_with_two_lines_must_choose_one(office: ApiTenant) -> None:
    answer = await submit(office, "Bianca", SUSPEND)
    assert code(answer) == (422, "ORDER_REJECTED")
    assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [("ANSWER_REQUIRED", "items.0.line")]


async def test_a_line_order_is_for_the_line_s_holder_and_account_and_locks_the_line(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    assert line.mdn is not None
    spelled = f"({line.mdn[2:5]}) {line.mdn[5:8]}-{line.mdn[8:]}"
    placed = (await submit(office, "Dana", SUSPEND, spelled, "/api/v1/orders")).json()
    assert (placed["beneficiary"]["name"], placed["account"]["id"]) == ("Aaron Abbott", line.account_id)
    assert (placed["items"][0]["line_id"], placed["items"][0]["mdn"]) == (line.id, line.mdn)
    async with office.database.transaction() as session:
        (lock,) = (await session.exec(select(LockRow))).all()
    assert (lock.kind, lock.id, lock.aspect) == ("line", line.id, "status")


async def test_the_page_of_a_line_order_names_the_line_s_holder(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    assert line.mdn is not None
    number = (await submit(office, "Dana", SUSPEND, line.mdn, "/api/v1/orders")).json()["number"]
    async with await office.client("Aaron") as client:
        shown = (await client.get(f"/orders/{number}", headers={"Accept": "text/html"})).text
    assert f"<strong>{phone_number(line.mdn)} – Aaron Abbott</strong>" in shown


async def test_a_title_hides_the_number_from_people_who_cannot_see_identifiers(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    assert line.mdn is not None
    number = (await submit(office, "Aaron", SUSPEND, line.mdn, "/api/v1/orders")).json()["number"]
    titles = {}
    for name in ("Aaron", "Priya", "Iris"):
        async with await office.client(name) as client:
            listed = (await client.get("/api/v1/orders", params={"identifier": number})).json()["items"]
            titles[name] = (listed[0]["title"], (await client.get(f"/api/v1/orders/{number}")).json()["title"])
    shown, hidden = f"Suspend {phone_number(line.mdn)}", f"Suspend ••••••••{line.mdn[-4:]}"
    assert titles == {"Aaron": (shown, shown), "Priya": (shown, shown), "Iris": (hidden, hidden)}


@pytest.mark.parametrize("path", [DRY, "/api/v1/orders"])
async def test_a_second_order_for_a_line_is_rejected_and_names_the_first(office: ApiTenant, path: str) -> None:
    line = await line_of(office, "Aaron")
    first = (await submit(office, "Aaron", SUSPEND, line.id, "/api/v1/orders")).json()
    answer = await submit(office, "Dana", SUSPEND, line.id, path)
    assert code(answer) == (409, "LINE_HAS_OPEN_ORDER")
    assert first["number"] in answer.json()["detail"]


async def test_a_colleague_s_line_cannot_be_suspended(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    answer = await submit(office, "Caleb", SUSPEND, line.mdn)
    assert [one["detail"] for one in answer.json()["errors"]] == [f'No line matches "{line.mdn}".']
    assert "Aaron" not in answer.text


async def test_another_tenant_s_line_does_not_exist(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    async with office.database.transaction() as session:
        admins = select(PersonRow).where(col(PersonRow.tenant) == "globex", col(PersonRow.roles).contains(["admin"]))
        admin = (await session.exec(admins)).first()
    assert admin is not None
    async with await office.client(admin.name, "globex") as client:
        answer = await client.post(DRY, json=SUSPEND | {"items": [{"line": line.id}]})
    assert [one["code"] for one in answer.json()["errors"]] == ["LINE_NOT_ACTIVE"]


@pytest.mark.parametrize("reason", ["lost", "stolen"])
async def test_a_lost_line_must_be_reported_instead(office: ApiTenant, reason: str) -> None:
    answer = await submit(office, "Aaron", SUSPEND | {"answers": {"suspend_reason": reason}})
    (error,) = answer.json()["errors"]
    assert error["field"].endswith(".suspend_reason")
    assert error["detail"].endswith("call the telecom desk or the carrier's hotline now instead.")


async def test_an_account_owner_suspends_ten_lines_in_one_order(office: ApiTenant) -> None:
    account = (await line_of(office, "Nora")).account_id
    async with office.database.transaction() as session:
        lines = select(LineRow).where(col(LineRow.account_id) == account, col(LineRow.status) == "active")
        of_fleet = (await session.exec(lines.order_by(col(LineRow.id)).limit(10))).all()
    body = SUSPEND | {"items": [{"line": line.mdn} for line in of_fleet], "account_id": account}
    placed = (await submit(office, "Peter", body, path="/api/v1/orders")).json()
    assert [item["line_id"] for item in placed["items"]] == [line.id for line in of_fleet]
    assert placed["beneficiary"]["name"] == "Peter Lindqvist"
    holders = {line.person_id for line in of_fleet} - {None}
    assert set(placed["watchers"]) == holders


async def test_a_reassigned_line_goes_to_the_beneficiary_and_its_holder_watches(office: ApiTenant) -> None:
    line, aaron, caleb = await line_of(office, "Aaron"), await office.row("Aaron"), await office.row("Caleb")
    body = GIVE | {"beneficiary_id": caleb.id}
    placed = (await submit(office, "Dana", body, line.id, "/api/v1/orders")).json()
    assert (placed["beneficiary"]["id"], placed["carrier"]) == (caleb.id, None)
    quote = (
        await submit(office, "Dana", GIVE | {"answers": {"use_policy": True}}, (await line_of(office, "Denise")).mdn)
    ).json()
    assert (quote["beneficiary"]["name"], quote["carrier"]) == ("Dana Ortiz", None)
    by_manager = GIVE | {"beneficiary_id": caleb.id, "answers": {"device_moves": False}}
    other = await line_of(office, "Elliot")
    placed = (await submit(office, "Dana", by_manager, other.id, "/api/v1/orders")).json()
    assert placed["watchers"] == [other.person_id]
    assert aaron.id not in placed["watchers"]


async def test_a_line_s_status_decides_which_orders_are_offered(office: ApiTenant) -> None:
    line = await line_of(office, "Isaac")
    async with await office.client("Priya") as client:
        offered = (await client.get(f"/api/v1/lines/{line.id}/actions")).json()
    codes = {one["type"]: one["code"] for one in offered}
    assert (line.status, codes["SERVICE_SUSPEND"], codes["LINE_REASSIGN"]) == ("suspended", "LINE_NOT_ACTIVE", None)


async def test_an_order_holds_ten_lines_and_an_eleventh_needs_a_csv_file(office: ApiTenant) -> None:
    order = {
        "type": "NEW_SERVICE_DEVICE",
        "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    }
    ten = await submit(office, "Grace", order | {"items": [{}] * 10}, path="/api/v1/orders")
    assert ten.status_code == 201, ten.text
    async with office.database.transaction() as session:
        items = (await session.exec(select(ItemRow).where(col(ItemRow.order_id) == ten.json()["id"]))).all()
    assert sorted(item.number for item in items) == list(range(1, 11))
    eleven = await submit(office, "Grace", order | {"items": [{}] * 11}, path="/api/v1/orders")
    assert code(eleven) == (422, "LINE_LIMIT_EXCEEDED")
    assert "CSV" in eleven.json()["detail"]


@pytest.mark.fault("36")
async def test_of_orders_that_name_one_sim_at_the_same_time_one_is_placed(office: ApiTenant) -> None:
    """The others get the answer that they would have got a moment later."""
    aaron = await line_of(office, "Aaron")
    async with office.database.transaction() as session:
        same = (col(LineRow.account_id) == aaron.account_id, col(LineRow.carrier) == aaron.carrier)
        active = select(LineRow.id).where(*same, col(LineRow.status) == "active")
        lines = await session.all(active.order_by(col(LineRow.id)).limit(4))
    issuer = {"northwind": "8901880", "bluepeak": "8901881"}[aaron.carrier]
    iccid = f"{issuer:0<18}"
    iccid += luhn.calc_check_digit(iccid)
    replace_sim = {"type": "SIM_REPLACE", "answers": {"sim_reason": "faulty", "iccid": iccid}}
    async with await office.browser("Dana") as dana:
        orders = [dana.post("/api/v1/orders", json=replace_sim | {"items": [{"line": line}]}) for line in lines]
        placed, *refused = sorted(await asyncio.gather(*orders), key=lambda answer: answer.status_code)
        later = await dana.post(DRY, json=replace_sim | {"items": [{"line": lines[0]}, {"line": lines[1]}]})
    assert (len(lines), placed.status_code) == (4, 201), placed.text
    assert [code(answer) for answer in refused] == [(422, "ORDER_REJECTED")] * 3
    errors = [(one["code"], one["field"]) for answer in refused for one in answer.json()["errors"]]
    assert errors == [("SIM_IN_USE", "items.0.iccid")] * 3
    assert "SIM_IN_USE" in {one["code"] for one in later.json()["errors"]}
