"""Support adds people, looks up usernames and resets credentials, and the audit log records it."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.people import pages
from demo.company import SAMPLE_PEOPLE
from models.db.sign_in.tables import LoginRow
from tests.api.api_client import code
from tests.api.signed_out_browser import Portal

JORDAN, PRIYA, WENDY = (SAMPLE_PEOPLE[part] for part in ("employee", "admin", "support"))
NINA: dict[str, Any] = {
    "name": "Nina Lang",
    "email": "Nina.Lang@acme.example.com",
    "employee_number": "A9001",
    "account": "FA-1110",
}
WHY = {"reason": "Lost the phone, checked by a call."}


async def _support(portal: Portal) -> httpx2.AsyncClient:
    return await portal.browser("Wendy")


async def _create(portal: Portal, **changes: Any) -> httpx2.Response:
    async with await _support(portal) as client:
        return await client.post("/api/v1/people", json=NINA | changes)


async def test_a_new_person_gets_an_invitation_and_signs_in_with_the_email_address(portal: Portal) -> None:
    created = (await _create(portal)).json()
    assert (created["name"], created["signs_in"], created["second_factor"]) == ("Nina Lang", True, False)
    (email,) = await portal.account_emails()
    assert (email.event, email.address, email.data) == (
        "invitation",
        "nina.lang@acme.example.com",
        {"by": "Wendy Osei"},
    )
    (login,) = [row for row in await portal.rows(LoginRow) if row.person_id == created["id"]]
    assert (login.user_name, login.password_hash, login.factor) == ("nina.lang@acme.example.com", None, None)
    assert await portal.audit_actions() == ["signed_in", "person_created"]


@pytest.mark.fault("52")
@pytest.mark.parametrize("name", ["Wendy", "Priya"])
@pytest.mark.parametrize("roles", [[], ["owner"]], ids=["employee", "owner"])
async def test_a_person_is_added_only_after_a_recent_second_factor(portal: Portal, name: str, roles: list[str]) -> None:
    async with await portal.browser(name, stepped_up=False) as client:
        answer = await client.post("/api/v1/people", json=NINA | {"roles": roles})
    assert code(answer) == (403, "STEP_UP_REQUIRED")
    assert await portal.account_emails() == []


async def test_an_invited_person_chooses_a_password_and_sets_up_an_authenticator(portal: Portal) -> None:
    await _create(portal)
    new = "ocean-ladder-violet-train"
    async with portal.new_browser() as client:
        await client.get(await portal.reset_path())
        await client.post("/reset", data={"password": new, "again": new})
        signed_in = await client.post("/sign-in", data={"user_name": "nina.lang@acme.example.com", "password": new})
    assert signed_in.headers["location"] == "/sign-in/enroll"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "jordan.blake@acme.example.com"}, "email"),
        ({"email": "clara.jennings@globex.example.com", "account": "nowhere"}, "account"),
        ({"email": "not an address"}, "email"),
        ({"account": "FA-2000"}, "account"),
        ({"manager_id": "nobody"}, "manager_id"),
        ({"roles": ["owner"], "owns": ["FA-2100"]}, "owns"),
    ],
)
async def test_an_invalid_field_of_a_new_person_is_named(portal: Portal, changes: dict[str, Any], field: str) -> None:
    answer = await _create(portal, **changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("role", ["admin", "support", "auditor", "service"])
async def test_support_can_assign_no_role_but_account_owner(portal: Portal, role: str) -> None:
    assert code(await _create(portal, roles=[role])) == (403, "NOT_AUTHORIZED")
    owner = await _create(portal, roles=["owner"], owns=["FA-1110"])
    assert owner.status_code == 201


async def test_a_service_account_has_no_login(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        created = (await client.post("/api/v1/people", json=NINA | {"roles": ["service"]})).json()
    assert created["signs_in"] is False
    assert await portal.account_emails() == []


async def test_looking_up_a_username_is_recorded(portal: Portal) -> None:
    async with await _support(portal) as client:
        answer = await client.post(f"/api/v1/people/{JORDAN.id}/user-name", json={})
    assert answer.json() == {"user_name": JORDAN.email}
    assert (await portal.audit_actions())[-1] == "user_name_looked_up"


async def test_a_reset_link_ends_sessions_and_the_next_sign_in_requires_a_new_password(portal: Portal) -> None:
    async with await _support(portal) as support, portal.new_browser() as jordan:
        await portal.sign_in(jordan)
        assert (await support.post(f"/api/v1/people/{JORDAN.id}/reset-link", json=WHY)).status_code == 204
        assert (await jordan.get("/profile")).status_code == 303
        assert (await portal.sign_in(jordan)).headers["location"] == "/sign-in/password"
    email = (await portal.account_emails())[-1]
    assert (email.event, email.data, email.reset_id is not None) == ("password_reset", {"by": "Wendy Osei"}, True)


@pytest.mark.fault("49")
async def test_after_a_reset_only_an_emailed_link_leads_to_a_new_authenticator(portal: Portal) -> None:
    new = "ocean-ladder-violet-train"
    async with await _support(portal) as support, portal.new_browser() as thief, portal.new_browser() as jordan:
        await portal.submit_password(thief)
        assert (await support.post(f"/api/v1/people/{JORDAN.id}/reset-factor", json=WHY)).status_code == 204
        assert (await thief.get("/sign-in/enroll")).headers["location"].startswith("/sign-in?")
        assert (await portal.submit_password(thief)).status_code == 401
        await jordan.get(await portal.reset_path())
        assert (await jordan.post("/reset", data={"password": new, "again": new})).status_code == 200
        assert (await portal.submit_password(jordan, password=new)).headers["location"] == "/sign-in/enroll"
    (reset, changed) = await portal.account_emails()
    assert (reset.event, reset.data) == ("authenticator_reset", {"by": "Wendy Osei", "reason": WHY["reason"]})
    assert (reset.reset_id is not None, changed.data["what"]) == (True, "Your password was changed")
    assert (await portal.audit_actions())[-2:] == ["factor_reset", "password_changed"]


@pytest.mark.fault("49")
@pytest.mark.parametrize("path", ["reset-link", "reset-factor"])
async def test_a_reset_by_support_revokes_tokens(portal: Portal, path: str) -> None:
    async with await _support(portal) as support, await portal.client("Jordan") as program:
        assert (await program.get("/api/v1/orders")).status_code == 200
        await support.post(f"/api/v1/people/{JORDAN.id}/{path}", json=WHY)
        assert (await program.get("/api/v1/orders")).status_code == 401


@pytest.mark.parametrize("path", ["reset-link", "reset-factor"])
@pytest.mark.parametrize("person", [PRIYA, WENDY], ids=["an admin", "themselves"])
async def test_support_cannot_reset_admins_or_themselves(portal: Portal, person: Any, path: str) -> None:
    async with await _support(portal) as client:
        answer = await client.post(f"/api/v1/people/{person.id}/{path}", json=WHY)
    assert code(answer) == (403, "NOT_AUTHORIZED")


@pytest.mark.parametrize("path", ["reset-link", "reset-factor"])
async def test_a_reset_requires_a_reason_and_a_recent_second_factor(portal: Portal, path: str) -> None:
    async with await _support(portal) as client:
        assert code(await client.post(f"/api/v1/people/{JORDAN.id}/{path}", json={"reason": " "}))[0] == 422
    async with await portal.browser("Wendy", stepped_up=False) as client:
        answer = await client.post(f"/api/v1/people/{JORDAN.id}/{path}", json=WHY)
    assert code(answer) == (403, "STEP_UP_REQUIRED")


async def test_a_token_cannot_manage_people(portal: Portal) -> None:
    async with await portal.client("Priya") as client:
        for answer in (
            await client.get("/api/v1/people"),
            await client.post("/api/v1/people", json=NINA),
            await client.post(f"/api/v1/people/{JORDAN.id}/reset-factor", json=WHY),
        ):
            assert code(answer) == (403, "NOT_AUTHORIZED")


async def test_people_are_found_by_any_part_of_their_name(portal: Portal) -> None:
    async with await _support(portal) as client:
        found = (await client.get("/api/v1/people?q=jordan bla")).json()
        assert [one["name"] for one in found] == ["Jordan Blake"]
        assert "email" not in found[0]
        assert (await client.get("/api/v1/people", params={"q": "jor%an"})).json() == []


@pytest.mark.parametrize(("typed", "cut"), [("jordan bla", False), ("acme", True)])
async def test_the_page_says_that_people_were_cut_only_if_they_were(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, typed: str, *, cut: bool
) -> None:
    monkeypatch.setattr(pages, "MAX_FOUND", 1)
    async with await _support(portal) as client:
        page = (await client.get("/people", params={"q": typed}, headers={"Accept": "text/html"})).text
    assert ("Showing the first 1." in page) is cut


async def test_people_of_another_tenant_are_not_found(portal: Portal) -> None:
    clara = await portal.row("Clara", "globex")
    async with await portal.browser("Priya") as client:
        for method, path in (("GET", ""), ("POST", "/user-name"), ("POST", "/reset-link"), ("POST", "/reset-factor")):
            body: Any = {"json": WHY} if method == "POST" else {}
            answer = await client.request(method, f"/api/v1/people/{clara.id}{path}", **body)
            assert code(answer) == (404, "NOT_FOUND")
        assert (await client.get("/api/v1/people?q=clara")).json() == []


async def test_the_audit_log_names_action_actor_subject_and_address(portal: Portal) -> None:
    async with await _support(portal) as client:
        await client.post(f"/api/v1/people/{JORDAN.id}/reset-link", json=WHY)
    async with await portal.browser("Iris") as auditor:
        page = (await auditor.get(f"/api/v1/audit?person={JORDAN.id}")).json()
    (entry,) = page["items"]
    assert (entry["action"], entry["actor_name"], entry["subject_name"]) == (
        "reset_link_sent",
        "Wendy Osei",
        "Jordan Blake",
    )
    assert entry["address"] == "127.0.0.1"
    assert entry["detail"] == WHY


async def test_the_audit_log_is_read_page_by_page(portal: Portal) -> None:
    for _ in range(3):
        async with await _support(portal):
            pass
    async with await portal.client("Priya") as client:
        first = (await client.get("/api/v1/audit?limit=2&action=signed_in")).json()
        rest = (await client.get(f"/api/v1/audit?limit=2&action=signed_in&cursor={first['next_cursor']}")).json()
    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), rest["next_cursor"]) == (3, None)


async def test_the_audit_log_of_another_tenant_is_not_shown(portal: Portal) -> None:
    async with await _support(portal):
        pass
    async with await portal.client("Ulla", "globex") as client:
        shown = (await client.get("/api/v1/audit")).json()["items"]
    assert {one["action"] for one in shown} == {"import_applied"}  # those of the sample company


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
async def test_the_database_rejects_changes_of_the_audit_log(portal: Portal, statement: str) -> None:
    async with portal.database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="audit_event is append-only"):
            await connection.execute(text(statement))


async def test_the_pages_add_find_and_reset_people(portal: Portal) -> None:
    async with await _support(portal) as client:
        client.headers["Accept"] = "text/html"
        assert "Jordan Blake" in (await client.get("/people?q=jordan")).text
        form = await client.post("/people/new", data={"name": "Nina Lang"})
        assert form.status_code == 422
        assert "Nina Lang" in form.text
        created = await client.post("/people/new", data=NINA)
        assert created.headers["location"].endswith("?done=created")
        assert "Invitation sent." in (await client.get(created.headers["location"])).text
        shown = await client.post(f"/people/{JORDAN.id}/user-name")
        assert JORDAN.email in shown.text
        assert (await client.post(f"/people/{JORDAN.id}/reset-factor", data={"reason": ""})).status_code == 422
        done = await client.post(f"/people/{JORDAN.id}/reset-factor", data=WHY)
        assert done.headers["location"] == f"/people/{JORDAN.id}?done=factor"
