"""Signing in: the password, the second step, and the limits of attempts."""

import asyncio
from datetime import timedelta

import httpx2
import pyotp
import pytest
from sqlmodel import update

from demo.company import PASSWORD, SAMPLE_PEOPLE
from models.db.people.tables import PersonRow
from models.db.sign_in.tables import AttemptLimitRow, LoginRow, PortalSessionRow
from tests.api.signed_out_browser import Portal, heading

JORDAN = SAMPLE_PEOPLE["employee"]


async def _change(portal: Portal, **values: object) -> None:
    async with portal.database.transaction() as session:
        await session.exec(update(LoginRow).values(**values))


async def test_a_password_and_a_code_start_a_session(portal: Portal) -> None:
    async with portal.new_browser() as client:
        first = await portal.submit_password(client, next="/profile")
        assert first.headers["location"] == "/sign-in/code?next=/profile"
        second = await client.post("/sign-in/code", data={"code": portal.code(), "next": "/profile"})
        assert (second.status_code, second.headers["location"]) == (303, "/profile")
        assert JORDAN.email in (await client.get("/profile")).text
    assert await portal.audit_actions() == ["signed_in"]


async def test_a_password_alone_starts_no_session(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.submit_password(client)
        for path in ("/", "/profile", "/sign-in/password"):
            assert (await client.get(path)).headers["location"].startswith("/sign-in")
    assert await portal.rows(PortalSessionRow) == []


async def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(portal: Portal) -> None:
    async with portal.new_browser() as client:
        answer = await portal.sign_in(client)
    (cookie,) = (one for one in answer.headers.get_list("set-cookie") if one.startswith("dialtone_session="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


async def test_a_code_works_once(portal: Portal) -> None:
    code = portal.code()
    async with portal.new_browser() as client, portal.new_browser() as other:
        await portal.submit_password(client)
        await portal.submit_password(other)
        assert (await client.post("/sign-in/code", data={"code": code})).status_code == 303
        assert (await other.post("/sign-in/code", data={"code": code})).status_code == 401


async def test_concurrent_uses_of_a_code_start_one_session(portal: Portal) -> None:
    code = portal.code()
    async with portal.new_browser() as one, portal.new_browser() as other:
        await portal.submit_password(one)
        await portal.submit_password(other)
        answers = await asyncio.gather(
            *(browser.post("/sign-in/code", data={"code": code}) for browser in (one, other))
        )
    assert sorted(answer.status_code for answer in answers) == [303, 401]


@pytest.mark.parametrize(("offset", "status"), [(-60, 401), (-30, 303), (30, 303), (60, 401)])
async def test_a_code_is_accepted_half_a_minute_early_or_late(portal: Portal, offset: int, status: int) -> None:
    code = portal.code()
    portal.clock.advance(seconds=offset)
    async with portal.new_browser() as client:
        await portal.submit_password(client)
        assert (await client.post("/sign-in/code", data={"code": code})).status_code == status


@pytest.mark.parametrize(
    ("user_name", "password"),
    [(JORDAN.email, "wrong"), ("nobody@acme.example.com", PASSWORD), (SAMPLE_PEOPLE["service"].email, PASSWORD)],
)
async def test_the_error_is_the_same_whatever_is_wrong(portal: Portal, user_name: str, password: str) -> None:
    async with portal.new_browser() as client:
        answer = await client.post("/sign-in", data={"user_name": user_name, "password": password})
    assert answer.status_code == 401
    assert "Incorrect email or password." in answer.text
    assert "set-cookie" not in answer.headers


async def test_an_unknown_username_takes_as_many_hashes_as_a_known_one(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes: list[str | None] = []
    passwords = portal.app.state.services.passwords
    verify = passwords.verify

    async def record(password: str, stored: str | None) -> object:
        hashes.append(stored)
        return await verify(password, stored)

    monkeypatch.setattr(passwords, "verify", record)
    async with portal.new_browser() as client:
        for name in (JORDAN.email, "nobody@acme.example.com"):
            await client.post("/sign-in", data={"user_name": name, "password": "wrong"})
    assert len(hashes) == 2
    assert hashes[1] is None


async def test_an_inactive_person_cannot_sign_in(portal: Portal) -> None:
    async with portal.new_browser() as client:
        async with portal.database.transaction() as session:
            await session.exec(update(PersonRow).values(active=False))
        assert (await portal.submit_password(client)).status_code == 401


@pytest.mark.parametrize("name", [JORDAN.email, "nobody@acme.example.com"])
async def test_wrong_passwords_lock_a_username_longer_each_time_whether_or_not_it_exists(
    portal: Portal, name: str
) -> None:
    waits = []
    async with portal.new_browser() as client:
        for _ in range(8):
            answer = await client.post("/sign-in", data={"user_name": name, "password": "wrong"})
            if answer.status_code == 429:
                waits.append(int(answer.headers["retry-after"]))
                portal.clock.advance(seconds=waits[-1] + 1)
    assert waits == [30, 60]
    assert await portal.audit_actions() == (["locked_out"] if name == JORDAN.email else [])


async def test_a_locked_username_rejects_the_right_password_too(portal: Portal) -> None:
    async with portal.new_browser() as client:
        for _ in range(5):
            await portal.submit_password(client, password="wrong")
        assert (await portal.submit_password(client)).status_code == 429
        portal.clock.advance(minutes=1)
        assert (await portal.submit_password(client)).status_code == 303


async def test_concurrent_guesses_are_limited_like_sequential_ones(portal: Portal) -> None:
    async with portal.new_browser() as client:
        answers = await asyncio.gather(*(portal.submit_password(client, password=f"guess {one}") for one in range(20)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_a_client_that_tries_many_usernames_is_locked(portal: Portal) -> None:
    async with portal.new_browser() as client:
        for number in range(30):
            await client.post("/sign-in", data={"user_name": f"user{number}@x.com", "password": "wrong"})
        assert (await portal.submit_password(client)).status_code == 429


async def test_wrong_codes_lock_the_second_step_and_a_password_does_not_unlock_it(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.submit_password(client)
        for _ in range(5):
            assert (await client.post("/sign-in/code", data={"code": "000000"})).status_code == 401
        await portal.submit_password(client)
        assert (await client.post("/sign-in/code", data={"code": portal.code()})).status_code == 429


async def test_signing_in_resets_the_failed_attempts(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.submit_password(client, password="wrong")
        await portal.sign_in(client)
    assert {row.tries for row in await portal.rows(AttemptLimitRow)} == {
        1
    }  # the failed attempt of the network still counts


async def test_signing_in_replaces_an_earlier_session(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        earlier = client.cookies["dialtone_session"]
        await portal.sign_in(client)
        assert client.cookies["dialtone_session"] != earlier
    async with portal.anonymous(Cookie=f"dialtone_session={earlier}") as attacker:
        assert (await attacker.get("/profile")).status_code == 401


async def test_the_second_step_must_follow_in_time(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    async with portal.new_browser() as client:
        await portal.submit_password(client)
        monkeypatch.setattr("api.sign_in.operations.STEP_SECONDS", -1)
        answer = await client.post("/sign-in/code", data={"code": portal.code()})
    assert answer.headers["location"].startswith("/sign-in")
    assert await portal.rows(PortalSessionRow) == []


async def test_a_password_change_invalidates_the_first_step(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.submit_password(client)
        await _change(portal, password_at=portal.clock() + timedelta(seconds=1))
        assert (await client.get("/sign-in/code")).headers["location"].startswith("/sign-in")


async def test_a_person_without_an_authenticator_sets_one_up_first(portal: Portal) -> None:
    await _change(portal, factor=None)
    async with portal.new_browser() as client:
        assert (await portal.submit_password(client)).headers["location"] == "/sign-in/enroll"
        page = await client.get("/sign-in/enroll")
        secret = page.text.split("secret=")[1].split("&")[0]
        assert (await client.get("/profile")).status_code == 303
        assert (await client.post("/sign-in/enroll", data={"code": "000000"})).status_code == 401
        done = await client.post("/sign-in/enroll", data={"code": pyotp.TOTP(secret).at(portal.clock())})
        assert heading(done) == "Save your recovery codes"
        assert (await client.get("/profile")).status_code == 200
    assert await portal.audit_actions() == ["factor_enrolled", "signed_in"]


@pytest.mark.fault("49")
async def test_each_browser_is_offered_an_authenticator_of_its_own(portal: Portal) -> None:
    """Who passes the first step in another browser, before or after, never sees it."""
    await _change(portal, factor=None)
    async with portal.new_browser() as thief, portal.new_browser() as jordan:
        seen = await _offered(portal, thief)
        offered = await _offered(portal, jordan)
        assert seen != offered
        old = pyotp.TOTP(seen).at(portal.clock())
        assert (await jordan.post("/sign-in/enroll", data={"code": old})).status_code == 401
        assert seen in (await thief.get("/sign-in/enroll")).text


@pytest.mark.fault("49")
async def test_one_of_two_offered_authenticators_is_set_up(portal: Portal) -> None:
    await _change(portal, factor=None)
    async with portal.new_browser() as thief, portal.new_browser() as jordan:
        codes = [pyotp.TOTP(await _offered(portal, one)).at(portal.clock()) for one in (thief, jordan)]
        answers = await asyncio.gather(
            *(
                one.post("/sign-in/enroll", data={"code": code})
                for one, code in zip((thief, jordan), codes, strict=True)
            )
        )
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert len(await portal.rows(PortalSessionRow)) == 1


@pytest.mark.fault("49")
async def test_a_required_new_password_ends_what_the_first_step_began(portal: Portal) -> None:
    await _change(portal, factor=None)
    async with portal.new_browser() as thief:
        secret = await _offered(portal, thief)
        await _change(portal, must_change=True)
        answer = await thief.post("/sign-in/enroll", data={"code": pyotp.TOTP(secret).at(portal.clock())})
    assert answer.headers["location"].startswith("/sign-in")


async def _offered(portal: Portal, client: httpx2.AsyncClient) -> str:
    """The secret that the page shows after the first step."""
    await portal.submit_password(client)
    return (await client.get("/sign-in/enroll")).text.split("secret=")[1].split("&")[0]


async def test_the_first_step_does_not_allow_replacing_the_authenticator(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.submit_password(client)
        answer = await client.post("/sign-in/enroll", data={"code": portal.code()})
    assert answer.headers["location"].startswith("/sign-in")
    assert await portal.rows(PortalSessionRow) == []


async def test_the_enrollment_page_has_no_inline_styles_and_is_not_cached(portal: Portal) -> None:
    await _change(portal, factor=None)
    async with portal.new_browser() as client:
        await portal.submit_password(client)
        page = await client.get("/sign-in/enroll")
    assert "<svg" in page.text
    assert " style=" not in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_a_required_new_password_is_chosen_before_the_session_starts(portal: Portal) -> None:
    await _change(portal, must_change=True)
    async with portal.new_browser() as client:
        assert (await portal.sign_in(client)).headers["location"] == "/sign-in/password"
        assert await portal.rows(PortalSessionRow) == []
        weak = await client.post("/sign-in/password", data={"password": "Jordan.Blake-1", "again": "Jordan.Blake-1"})
        assert weak.status_code == 422
        old = await client.post("/sign-in/password", data={"password": PASSWORD, "again": PASSWORD})
        assert (old.status_code, "your current password." in old.text) == (422, True)
        new = "ocean-ladder-violet-train"
        done = await client.post("/sign-in/password", data={"password": new, "again": new})
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert (await client.get("/profile")).status_code == 200
        await client.post("/sign-out")
        assert (await portal.submit_password(client)).status_code == 401
        assert (await portal.submit_password(client, password=new)).status_code == 303


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb"])
async def test_after_signing_in_only_local_paths_are_redirected_to(portal: Portal, path: str) -> None:
    async with portal.new_browser() as client:
        await portal.submit_password(client, next=path)
        answer = await client.post("/sign-in/code", data={"code": portal.code(), "next": path})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_sign_in_form_of_another_site_is_rejected(portal: Portal) -> None:
    async with portal.anonymous(Origin="http://evil.example") as client:
        assert (await portal.submit_password(client)).status_code == 403
