"""How long sessions last and how they end, and when the second factor is requested again."""

from dataclasses import replace

import pytest
from sqlmodel import col, select, update

from demo.company import SAMPLE_PEOPLE
from models.db.people.tables import PersonRow
from models.db.sign_in.tables import PortalSessionRow
from tests.api.api_client import code
from tests.api.signed_out_browser import Portal, heading

JORDAN = SAMPLE_PEOPLE["employee"]


@pytest.mark.parametrize(("requests", "minutes", "status"), [(1, 31, 401), (3, 29, 200), (26, 29, 401)])
async def test_a_session_ends_when_it_is_idle_or_after_twelve_hours(
    portal: Portal, requests: int, minutes: int, status: int
) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        for _ in range(requests):
            portal.clock.advance(minutes=minutes)
            answer = await client.get("/api/v1/approvals")
    assert answer.status_code == status


async def test_the_last_activity_is_updated_at_most_once_a_minute(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        async with portal.statements() as first:
            await client.get("/api/v1/order-types")
        portal.clock.advance(minutes=2)
        async with portal.statements() as later:
            await client.get("/api/v1/order-types")
            await client.get("/api/v1/order-types")
    assert [sum(text.startswith("UPDATE portal_session") for text in seen) for seen in (first, later)] == [0, 1]


async def test_signing_out_ends_the_session_also_for_a_copied_cookie(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        copied = client.cookies["dialtone_session"]
        assert (await client.post("/sign-out")).headers["location"] == "/sign-in"
        assert "dialtone_session" not in client.cookies
    async with portal.anonymous(Cookie=f"dialtone_session={copied}") as other:
        assert (await other.get("/profile")).status_code == 401
    assert (await portal.audit_actions())[-1] == "signed_out"


async def test_only_the_hash_of_a_session_is_stored(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        (row,) = await portal.rows(PortalSessionRow)
        assert client.cookies["dialtone_session"] not in str(row.model_dump())


async def test_the_session_of_an_inactive_person_is_rejected(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        async with portal.database.transaction() as session:
            await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(active=False))
        assert (await client.get("/profile")).status_code == 303


async def test_the_profile_lists_the_active_sessions_and_ends_them(portal: Portal) -> None:
    async with portal.new_browser() as here, portal.new_browser() as there:
        there.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/144.0"
        await portal.sign_in(there)
        await portal.sign_in(here)
        assert "Firefox 144 on Windows" in (await here.get("/profile")).text
        async with portal.database.transaction() as session:
            wanted = col(PortalSessionRow.device) == "Firefox 144 on Windows"
            other = (await session.exec(select(PortalSessionRow).where(wanted))).one()
        assert (await here.post(f"/profile/sessions/{other.id}/end")).status_code == 303
        assert (await there.get("/profile")).status_code == 303
        assert (await here.get("/profile")).status_code == 200


async def test_a_person_can_sign_out_all_other_devices(portal: Portal) -> None:
    async with portal.new_browser() as here, portal.new_browser() as there:
        await portal.sign_in(there)
        await portal.sign_in(here)
        await here.post("/profile/sessions/end-others")
        assert (await there.get("/profile")).status_code == 303
        assert (await here.get("/profile")).status_code == 200


async def test_the_session_of_another_person_cannot_be_ended(portal: Portal) -> None:
    async with portal.new_browser() as mine, portal.new_browser() as hers:
        await portal.sign_in(hers, "manager")
        (row,) = await portal.rows(PortalSessionRow)
        await portal.sign_in(mine)
        assert (await mine.post(f"/profile/sessions/{row.id}/end")).status_code == 404
        assert (await hers.get("/profile")).status_code == 200


async def test_sensitive_actions_require_a_recent_second_factor(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        assert (await client.get("/profile/password")).status_code == 200
        portal.clock.advance(minutes=6)
        asked = await client.get("/profile/password")
        assert asked.headers["location"] == "/step-up?next=/profile/password"
        assert heading(await client.get(asked.headers["location"])) == "Confirm it's you"
        wrong = await client.post("/step-up", data={"code": "000000", "next": "/profile/password"})
        assert wrong.status_code == 401
        given = await client.post("/step-up", data={"code": portal.code(), "next": "/profile/password"})
        assert given.headers["location"] == "/profile/password"
        assert (await client.get("/profile/password")).status_code == 200


async def test_the_api_answers_where_to_verify_the_second_factor(portal: Portal) -> None:
    async with await portal.browser("Jordan", stepped_up=False) as client:
        answer = await client.post("/api/v1/tokens", json={"name": "Report"})
    assert code(answer) == (403, "STEP_UP_REQUIRED")
    assert answer.json()["facts"] == {"step_up": "/step-up"}


async def test_with_https_the_cookie_is_bound_to_the_host(portal: Portal) -> None:
    portal.app.state.services = replace(portal.app.state.services, public_url="https://dialtone.test")
    async with portal.new_browser() as client:
        client.base_url = "https://dialtone.test"
        client.headers["Origin"] = "https://dialtone.test"
        await portal.submit_password(client)
        portal.clock.advance(seconds=30)
        answer = await client.post("/sign-in/code", data={"code": portal.code()})
    (cookie,) = (one for one in answer.headers.get_list("set-cookie") if "session" in one)
    assert cookie.startswith("__Host-dialtone_session=")
    assert {"Secure", "Path=/", "HttpOnly"} <= set(cookie.split("; "))
