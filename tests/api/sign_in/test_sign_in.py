"""Signing in: the password, the second step, and the limits of attempts."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
from sqlmodel import update

from demo.company import PASSWORD, SAMPLE_PEOPLE
from models.db.people.tables import PersonRow
from models.db.sign_in.tables import AttemptLimitRow, LoginRow, PortalSessionRow
from tests.api.signed_out_browser import House, heading

JORDAN = SAMPLE_PEOPLE["employee"]


async def _change(house: House, **values: object) -> None:
    async with house.database.transaction() as session:
        await session.exec(update(LoginRow).values(**values))


async def test_a_password_and_a_code_start_a_session(house: House) -> None:
    async with house.new_browser() as client:
        first = await house.submit_password(client, next="/profile")
        assert first.headers["location"] == "/sign-in/code?next=/profile"
        second = await client.post("/sign-in/code", data={"code": house.code(), "next": "/profile"})
        assert (second.status_code, second.headers["location"]) == (303, "/profile")
        assert JORDAN.email in (await client.get("/profile")).text
    assert await house.audit_actions() == ["signed_in"]


async def test_a_password_alone_starts_no_session(house: House) -> None:
    async with house.new_browser() as client:
        await house.submit_password(client)
        for path in ("/", "/profile", "/sign-in/password"):
            assert (await client.get(path)).headers["location"].startswith("/sign-in")
    assert await house.rows(PortalSessionRow) == []


async def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(house: House) -> None:
    async with house.new_browser() as client:
        answer = await house.sign_in(client)
    (cookie,) = (one for one in answer.headers.get_list("set-cookie") if one.startswith("dialtone_session="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


async def test_a_code_works_once(house: House) -> None:
    code = house.code()
    async with house.new_browser() as client, house.new_browser() as other:
        await house.submit_password(client)
        await house.submit_password(other)
        assert (await client.post("/sign-in/code", data={"code": code})).status_code == 303
        assert (await other.post("/sign-in/code", data={"code": code})).status_code == 401


async def test_concurrent_uses_of_a_code_start_one_session(house: House) -> None:
    code = house.code()
    async with house.new_browser() as one, house.new_browser() as other:
        await house.submit_password(one)
        await house.submit_password(other)
        answers = await asyncio.gather(
            *(browser.post("/sign-in/code", data={"code": code}) for browser in (one, other))
        )
    assert sorted(answer.status_code for answer in answers) == [303, 401]


@pytest.mark.parametrize(("offset", "status"), [(-60, 401), (-30, 303), (30, 303), (60, 401)])
async def test_a_code_is_accepted_half_a_minute_early_or_late(house: House, offset: int, status: int) -> None:
    code = house.code()
    house.clock.advance(seconds=offset)
    async with house.new_browser() as client:
        await house.submit_password(client)
        assert (await client.post("/sign-in/code", data={"code": code})).status_code == status


@pytest.mark.parametrize(
    ("user_name", "password"),
    [(JORDAN.email, "wrong"), ("nobody@acme.example.com", PASSWORD), (SAMPLE_PEOPLE["service"].email, PASSWORD)],
)
async def test_the_error_is_the_same_whatever_is_wrong(house: House, user_name: str, password: str) -> None:
    async with house.new_browser() as client:
        answer = await client.post("/sign-in", data={"user_name": user_name, "password": password})
    assert answer.status_code == 401
    assert "Incorrect email or password." in answer.text
    assert "set-cookie" not in answer.headers


async def test_an_unknown_username_takes_as_many_hashes_as_a_known_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes: list[str | None] = []
    passwords = house.app.state.services.passwords
    verify = passwords.verify

    async def record(password: str, stored: str | None) -> object:
        hashes.append(stored)
        return await verify(password, stored)

    monkeypatch.setattr(passwords, "verify", record)
    async with house.new_browser() as client:
        for name in (JORDAN.email, "nobody@acme.example.com"):
            await client.post("/sign-in", data={"user_name": name, "password": "wrong"})
    assert len(hashes) == 2
    assert hashes[1] is None


async def test_an_inactive_person_cannot_sign_in(house: House) -> None:
    async with house.new_browser() as client:
        async with house.database.transaction() as session:
            await session.exec(update(PersonRow).values(active=False))
        assert (await house.submit_password(client)).status_code == 401


@pytest.mark.parametrize("name", [JORDAN.email, "nobody@acme.example.com"])
async def test_wrong_passwords_lock_a_username_longer_each_time_whether_or_not_it_exists(
    house: House, name: str
) -> None:
    waits = []
    async with house.new_browser() as client:
        for _ in range(8):
            answer = await client.post("/sign-in", data={"user_name": name, "password": "wrong"})
            if answer.status_code == 429:
                waits.append(int(answer.headers["retry-after"]))
                house.clock.advance(seconds=waits[-1] + 1)
    assert waits == [30, 60]
    assert await house.audit_actions() == (["locked_out"] if name == JORDAN.email else [])


async def test_a_locked_username_rejects_the_right_password_too(house: House) -> None:
    async with house.new_browser() as client:
        for _ in range(5):
            await house.submit_password(client, password="wrong")
        assert (await house.submit_password(client)).status_code == 429
        house.clock.advance(minutes=1)
        assert (await house.submit_password(client)).status_code == 303


async def test_concurrent_guesses_are_limited_like_sequential_ones(house: House) -> None:
    async with house.new_browser() as client:
        answers = await asyncio.gather(*(house.submit_password(client, password=f"guess {one}") for one in range(20)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_a_client_that_tries_many_usernames_is_locked(house: House) -> None:
    async with house.new_browser() as client:
        for number in range(30):
            await client.post("/sign-in", data={"user_name": f"user{number}@x.com", "password": "wrong"})
        assert (await house.submit_password(client)).status_code == 429


async def test_wrong_codes_lock_the_second_step_and_a_password_does_not_unlock_it(house: House) -> None:
    async with house.new_browser() as client:
        await house.submit_password(client)
        for _ in range(5):
            assert (await client.post("/sign-in/code", data={"code": "000000"})).status_code == 401
        await house.submit_password(client)
        assert (await client.post("/sign-in/code", data={"code": house.code()})).status_code == 429


async def test_signing_in_resets_the_failed_attempts(house: House) -> None:
    async with house.new_browser() as client:
        await house.submit_password(client, password="wrong")
        await house.sign_in(client)
    assert {row.tries for row in await house.rows(AttemptLimitRow)} == {
        1
    }  # the failed attempt of the network still counts


async def test_signing_in_replaces_an_earlier_session(house: House) -> None:
    async with house.new_browser() as client:
        await house.sign_in(client)
        earlier = client.cookies["dialtone_session"]
        await house.sign_in(client)
        assert client.cookies["dialtone_session"] != earlier
    async with house.anonymous(Cookie=f"dialtone_session={earlier}") as attacker:
        assert (await attacker.get("/profile")).status_code == 401


async def test_the_second_step_must_follow_in_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with house.new_browser() as client:
        await house.submit_password(client)
        monkeypatch.setattr("api.sign_in.operations.STEP_SECONDS", -1)
        answer = await client.post("/sign-in/code", data={"code": house.code()})
    assert answer.headers["location"].startswith("/sign-in")
    assert await house.rows(PortalSessionRow) == []


async def test_a_password_change_invalidates_the_first_step(house: House) -> None:
    async with house.new_browser() as client:
        await house.submit_password(client)
        await _change(house, password_at=house.clock() + timedelta(seconds=1))
        assert (await client.get("/sign-in/code")).headers["location"].startswith("/sign-in")


async def test_a_person_without_an_authenticator_sets_one_up_first(house: House) -> None:
    await _change(house, factor=None)
    async with house.new_browser() as client:
        assert (await house.submit_password(client)).headers["location"] == "/sign-in/enroll"
        page = await client.get("/sign-in/enroll")
        secret = page.text.split("secret=")[1].split("&")[0]
        assert (await client.get("/profile")).status_code == 303
        assert (await client.post("/sign-in/enroll", data={"code": "000000"})).status_code == 401
        done = await client.post("/sign-in/enroll", data={"code": pyotp.TOTP(secret).at(house.clock())})
        assert heading(done) == "Save your recovery codes"
        assert (await client.get("/profile")).status_code == 200
    assert await house.audit_actions() == ["factor_enrolled", "signed_in"]


async def test_the_first_step_does_not_allow_replacing_the_authenticator(house: House) -> None:
    async with house.new_browser() as client:
        await house.submit_password(client)
        answer = await client.post("/sign-in/enroll", data={"code": house.code()})
    assert answer.headers["location"].startswith("/sign-in")
    assert await house.rows(PortalSessionRow) == []


async def test_the_enrollment_page_has_no_inline_styles_and_is_not_cached(house: House) -> None:
    await _change(house, factor=None)
    async with house.new_browser() as client:
        await house.submit_password(client)
        page = await client.get("/sign-in/enroll")
    assert "<svg" in page.text
    assert " style=" not in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_a_required_new_password_is_chosen_before_the_session_starts(house: House) -> None:
    await _change(house, must_change=True)
    async with house.new_browser() as client:
        assert (await house.sign_in(client)).headers["location"] == "/sign-in/password"
        assert await house.rows(PortalSessionRow) == []
        weak = await client.post("/sign-in/password", data={"password": "Jordan.Blake-1", "again": "Jordan.Blake-1"})
        assert weak.status_code == 422
        old = await client.post("/sign-in/password", data={"password": PASSWORD, "again": PASSWORD})
        assert (old.status_code, "your current password." in old.text) == (422, True)
        new = "ocean-ladder-violet-train"
        done = await client.post("/sign-in/password", data={"password": new, "again": new})
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert (await client.get("/profile")).status_code == 200
        await client.post("/sign-out")
        assert (await house.submit_password(client)).status_code == 401
        assert (await house.submit_password(client, password=new)).status_code == 303


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb"])
async def test_after_signing_in_only_local_paths_are_redirected_to(house: House, path: str) -> None:
    async with house.new_browser() as client:
        await house.submit_password(client, next=path)
        answer = await client.post("/sign-in/code", data={"code": house.code(), "next": path})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_sign_in_form_of_another_site_is_rejected(house: House) -> None:
    async with house.anonymous(Origin="http://evil.example") as client:
        assert (await house.submit_password(client)).status_code == 403
