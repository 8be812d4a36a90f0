"""Admins change people, support gives access, and the audit log keeps what was before and after."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlmodel import col, delete, select

from demo.company import SAMPLE_PEOPLE
from demo.company.sample import SamplePerson
from models.db.accounts.tables import CostCenterRow
from models.db.audit.tables import AuditRow
from models.db.people.tables import PersonRow
from models.db.sign_in.tables import LoginRow
from tests.api.api_client import code
from tests.api.signed_out_browser import Portal

JORDAN, DANA, PRIYA, WENDY, SERVICE = (
    SAMPLE_PEOPLE[part] for part in ("employee", "manager", "admin", "support", "service")
)


async def _post(portal: Portal, by: str, path: str, body: Any = None) -> httpx2.Response:
    async with await portal.browser(by) as client:
        return await client.post(f"/api/v1/people/{path}", json=body or {})


async def _last_audit(portal: Portal) -> AuditRow:
    rows: list[AuditRow] = await portal.rows(AuditRow)
    return max(rows, key=lambda row: row.id)


async def _remove_login(portal: Portal, person: SamplePerson) -> None:
    async with portal.database.transaction() as session:
        await session.exec(delete(LoginRow).where(col(LoginRow.person_id) == person.id))


async def _make_admins(portal: Portal, *people: SamplePerson) -> None:
    """These and no others are the admins of the sample company."""
    ids = {person.id for person in people}
    async with portal.database.transaction() as session:
        for row in await session.all(select(PersonRow).where(col(PersonRow.tenant) == "acme")):
            row.roles = ["admin"] if row.id in ids else [one for one in row.roles if one != "admin"]


@pytest.mark.fault("38")
@pytest.mark.row("U-16")
async def test_support_gives_access_to_a_person_who_exists(portal: Portal) -> None:
    await _remove_login(portal, DANA)
    invited = (await _post(portal, "Wendy", f"{DANA.id}/invite")).json()
    assert (invited["signs_in"], invited["invited"]) == (True, True)
    (email,) = await portal.account_emails()
    assert (email.event, email.address, email.data) == ("invitation", DANA.email, {"by": "Wendy Osei"})
    assert (await portal.audit_actions())[-1] == "person_invited"


async def test_a_second_invitation_replaces_the_first(portal: Portal) -> None:
    await _remove_login(portal, DANA)
    await _post(portal, "Wendy", f"{DANA.id}/invite")
    first = await portal.reset_path()
    assert (await _post(portal, "Wendy", f"{DANA.id}/invite")).status_code == 200
    async with portal.new_browser() as client:
        assert (await client.get(first, follow_redirects=True)).status_code != 200
        assert (await client.get(await portal.reset_path(), follow_redirects=True)).status_code == 200


@pytest.mark.parametrize("person", [JORDAN, SERVICE], ids=["who signs in", "service account"])
async def test_who_cannot_be_invited_is_refused(portal: Portal, person: SamplePerson) -> None:
    assert code(await _post(portal, "Wendy", f"{person.id}/invite")) == (409, "ACTION_NOT_ALLOWED")
    assert await portal.account_emails() == []


async def test_an_address_that_another_person_signs_in_with_is_refused(portal: Portal) -> None:
    await _remove_login(portal, DANA)
    async with portal.database.transaction() as session:
        login = (await session.exec(select(LoginRow).where(col(LoginRow.person_id) == JORDAN.id))).one()
        login.user_name = DANA.email
    assert code(await _post(portal, "Wendy", f"{DANA.id}/invite")) == (409, "ACTION_NOT_ALLOWED")


async def test_a_change_is_kept_with_what_was_before(portal: Portal) -> None:
    changes = {"title": "Lead", "manager_id": PRIYA.id, "account": "FA-1100"}
    changed = (await _post(portal, "Priya", f"{JORDAN.id}/details", changes)).json()
    assert changed["title"] == "Lead"
    assert (changed["manager"]["name"], changed["account"]["number"]) == (PRIYA.name, "FA-1100")
    event = await _last_audit(portal)
    assert (event.action, event.subject_id) == ("person_changed", JORDAN.id)
    assert event.detail["before"]["title"] == JORDAN.title
    assert event.detail["before"]["manager_id"] == DANA.id
    assert set(event.detail["before"]) == set(event.detail["after"]) == {*changes, "account_id"} - {"account"}
    assert event.detail["after"]["title"] == "Lead"


async def test_fields_that_are_left_out_stay_and_null_empties(portal: Portal) -> None:
    await _post(portal, "Priya", f"{JORDAN.id}/details", {"cost_center": "CC-1110"})
    changed = (await _post(portal, "Priya", f"{JORDAN.id}/details", {"cost_center": None, "name": None})).json()
    assert (changed["name"], changed["cost_center"], changed["manager"]["id"]) == (JORDAN.name, None, DANA.id)


async def test_a_repeated_change_is_recorded_once(portal: Portal) -> None:
    for _ in range(2):
        assert (await _post(portal, "Priya", f"{JORDAN.id}/details", {"title": "Lead"})).status_code == 200
        await _post(portal, "Priya", f"{JORDAN.id}/roles", {"roles": ["owner"], "owns": ["FA-1110"]})
        await _post(portal, "Priya", f"{JORDAN.id}/cost-centers", {"codes": ["CC-1110"], "take_over": ["CC-1110"]})
    actions = [one for one in await portal.audit_actions() if one != "signed_in"]
    assert actions == ["person_changed", "roles_changed", *["cost_centers_changed"] * 2]  # of both owners
    assert len(await portal.account_emails()) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"manager_id": "nobody"}, "manager_id"),
        ({"manager_id": JORDAN.id}, "manager_id"),
        ({"account": "FA-2000"}, "account"),
        ({"cost_center": "CC-0"}, "cost_center"),
        ({"leaves_on": "2026-12-31"}, "leaves_on"),
        ({"name": "Jordan\nBlake"}, "name"),
    ],
)
async def test_an_invalid_change_names_its_field(portal: Portal, change: dict[str, Any], field: str) -> None:
    answer = await _post(portal, "Priya", f"{JORDAN.id}/details", change)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_no_one_becomes_their_own_manager_s_manager(portal: Portal) -> None:
    answer = await _post(portal, "Priya", f"{DANA.id}/details", {"manager_id": JORDAN.id})
    assert (answer.status_code, answer.json()["field"]) == (422, "manager_id")
    assert answer.json()["detail"] == f"{JORDAN.name} reports to {DANA.name}, or is {DANA.name}."


@pytest.mark.parametrize("path", ["details", "cost-centers", "deactivate", "reactivate"])
async def test_support_changes_no_more_than_access(portal: Portal, path: str) -> None:
    body: Any = {"codes": []} if path == "cost-centers" else {"reason": "They left."}
    assert code(await _post(portal, "Wendy", f"{JORDAN.id}/{path}", body)) == (403, "NOT_AUTHORIZED")


async def test_new_roles_take_effect_at_once_and_are_emailed(portal: Portal) -> None:
    async with await portal.client("Jordan") as jordan:
        assert (await jordan.get("/api/v1/accounts")).status_code == 403
        given = await _post(portal, "Wendy", f"{JORDAN.id}/roles", {"roles": ["owner"], "owns": ["FA-1110"]})
        assert given.json()["owns"][0]["number"] == "FA-1110"
        assert [one["number"] for one in (await jordan.get("/api/v1/accounts")).json()["items"]] == ["FA-1110"]
    (email,) = await portal.account_emails()
    assert (email.event, email.recipient_id, email.data) == (
        "access_changed",
        JORDAN.id,
        {"what": "Your roles were changed", "by": "Wendy Osei"},
    )
    assert (await _last_audit(portal)).detail["before"] == {"roles": [], "owns": []}


@pytest.mark.parametrize(
    ("by", "person", "roles"),
    [
        ("Wendy", JORDAN, ["desk"]),
        ("Wendy", PRIYA, ["owner", "admin"]),
        ("Wendy", WENDY, ["owner", "support"]),
        ("Wendy", WENDY, []),
    ],
    ids=["a role they can't assign", "an admin", "themselves", "their own role"],
)
async def test_roles_out_of_reach_are_refused(portal: Portal, by: str, person: SamplePerson, roles: list[str]) -> None:
    answer = await _post(portal, by, f"{person.id}/roles", {"roles": roles, "owns": ["FA-1000"]})
    assert code(answer) == (403, "NOT_AUTHORIZED")


async def test_the_last_admin_stays_admin(portal: Portal) -> None:
    await _make_admins(portal, PRIYA)
    answer = await _post(portal, "Priya", f"{PRIYA.id}/roles", {"roles": []})
    assert code(answer) == (409, "ACTION_NOT_ALLOWED")
    await _make_admins(portal, PRIYA, DANA)
    assert (await _post(portal, "Priya", f"{PRIYA.id}/roles", {"roles": []})).status_code == 200


async def test_of_two_admins_who_resign_at_once_one_stays(portal: Portal) -> None:
    await _make_admins(portal, PRIYA, DANA)
    answers = await asyncio.gather(
        _post(portal, "Priya", f"{PRIYA.id}/roles", {"roles": []}),
        _post(portal, "Dana", f"{DANA.id}/roles", {"roles": []}),
    )
    assert sorted(one.status_code for one in answers) == [200, 409]


@pytest.mark.parametrize(
    ("person", "roles", "field"),
    [(JORDAN, ["service"], "roles"), (SERVICE, [], "roles"), (JORDAN, ["owner"], "owns")],
    ids=["a person as a service account", "a service account as a person", "an owner of nothing"],
)
async def test_roles_that_do_not_fit_name_their_field(
    portal: Portal, person: SamplePerson, roles: list[str], field: str
) -> None:
    answer = await _post(portal, "Priya", f"{person.id}/roles", {"roles": roles})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_who_loses_a_cost_center_is_named_and_recorded(portal: Portal) -> None:
    rows = {row.code: row for row in await portal.rows(CostCenterRow) if row.tenant == "acme"}
    owner_id = rows["CC-1110"].owner_id
    (owner,) = [row for row in await portal.rows(PersonRow) if row.id == owner_id]
    asked = await _post(portal, "Priya", f"{JORDAN.id}/cost-centers", {"codes": ["CC-1110"]})
    await _post(portal, "Priya", f"{JORDAN.id}/cost-centers", {"codes": ["CC-1110"], "take_over": ["CC-1110"]})
    (error,) = asked.json()["errors"]
    assert error["detail"] == f"{owner.name} owns CC-1110. Confirm that {JORDAN.name} takes it over."
    events = [row for row in await portal.rows(AuditRow) if row.action == "cost_centers_changed"]
    lost = {code for row in events if row.subject_id == owner_id for code in row.detail["before"]}
    kept = {code for row in events if row.subject_id == owner_id for code in row.detail["after"]}
    assert {row.subject_id for row in events} == {JORDAN.id, owner_id}
    assert lost - kept == {"CC-1110"}


async def test_an_employee_number_names_one_person(portal: Portal) -> None:
    answer = await _post(portal, "Priya", f"{JORDAN.id}/details", {"employee_number": "A1006"})
    same = await _post(portal, "Priya", f"{JORDAN.id}/details", {"employee_number": "A1012"})
    new = {"name": "Bo Diaz", "email": "bo@acme.example.com", "employee_number": "A1006", "account": "FA-1110"}
    async with await portal.browser("Priya") as client:
        added = await client.post("/api/v1/people", json=new)
    assert (answer.status_code, answer.json()["field"], same.status_code) == (422, "employee_number", 200)
    assert answer.json()["detail"] == f"{DANA.name} has this employee number. Enter another one."
    assert (added.status_code, added.json()["field"]) == (422, "employee_number")


async def test_a_cost_center_has_one_owner(portal: Portal) -> None:
    async def owners() -> dict[str, str | None]:
        return {row.code: row.owner_id for row in await portal.rows(CostCenterRow) if row.tenant == "acme"}

    before = await owners()
    assert before["CC-1110"] != JORDAN.id
    wanted = {"codes": ["CC-1110", "CC-1100"]}
    asked = await _post(portal, "Priya", f"{JORDAN.id}/cost-centers", wanted | {"take_over": ["CC-1100"]})
    assert (asked.status_code, asked.json()["field"], await owners()) == (422, "take_over", before)
    given = (
        await _post(portal, "Priya", f"{JORDAN.id}/cost-centers", wanted | {"take_over": ["CC-1110", "CC-1100"]})
    ).json()
    assert given["cost_centers"] == ["CC-1100", "CC-1110"]
    after = await owners()
    assert after == before | {"CC-1100": JORDAN.id, "CC-1110": JORDAN.id}
    taken = (await _post(portal, "Priya", f"{JORDAN.id}/cost-centers", {"codes": []})).json()
    assert taken["cost_centers"] == []
    unknown = await _post(portal, "Priya", f"{JORDAN.id}/cost-centers", {"codes": ["CC-0"]})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "codes")
