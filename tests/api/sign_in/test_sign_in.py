"""Two steps to a session: what each takes, what each gives away (nothing), and how often it may be tried."""

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


async def test_a_password_and_a_code_begin_a_session(house: House) -> None:
    async with house.visitor() as client:
        first = await house.password(client, next="/profile")
        assert first.headers["location"] == "/sign-in/code?next=/profile"
        second = await client.post("/sign-in/code", data={"code": house.code(), "next": "/profile"})
        assert (second.status_code, second.headers["location"]) == (303, "/profile")
        assert JORDAN.email in (await client.get("/profile")).text
    assert await house.deeds() == ["signed_in"]


async def test_the_right_password_alone_opens_nothing(house: House) -> None:
    async with house.visitor() as client:
        await house.password(client)
        for path in ("/", "/profile", "/sign-in/password"):
            assert (await client.get(path)).headers["location"].startswith("/sign-in")
    assert await house.rows(PortalSessionRow) == []


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    async with house.visitor() as client:
        answer = await house.sign_in(client)
    (cookie,) = (one for one in answer.headers.get_list("set-cookie") if one.startswith("dialtone_session="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


async def test_a_code_opens_one_session(house: House) -> None:
    code = house.code()
    async with house.visitor() as client, house.visitor() as thief:
        await house.password(client)
        await house.password(thief)
        assert (await client.post("/sign-in/code", data={"code": code})).status_code == 303
        assert (await thief.post("/sign-in/code", data={"code": code})).status_code == 401


async def test_of_two_who_send_one_code_together_one_gets_in(house: House) -> None:
    code = house.code()
    async with house.visitor() as one, house.visitor() as other:
        await house.password(one)
        await house.password(other)
        answers = await asyncio.gather(*(who.post("/sign-in/code", data={"code": code}) for who in (one, other)))
    assert sorted(answer.status_code for answer in answers) == [303, 401]


@pytest.mark.parametrize(("apart", "status"), [(-60, 401), (-30, 303), (30, 303), (60, 401)])
async def test_clocks_may_be_half_a_minute_apart(house: House, apart: int, status: int) -> None:
    code = house.code()
    house.clock.pass_(seconds=apart)
    async with house.visitor() as client:
        await house.password(client)
        assert (await client.post("/sign-in/code", data={"code": code})).status_code == status


@pytest.mark.parametrize(
    ("user_name", "password"),
    [(JORDAN.email, "wrong"), ("nobody@acme.example.com", PASSWORD), (SAMPLE_PEOPLE["service"].email, PASSWORD)],
)
async def test_whatever_is_wrong_the_answer_is_the_same(house: House, user_name: str, password: str) -> None:
    async with house.visitor() as client:
        answer = await client.post("/sign-in", data={"user_name": user_name, "password": password})
    assert answer.status_code == 401
    assert "User name or password is not right." in answer.text
    assert "set-cookie" not in answer.headers


async def test_an_unknown_name_costs_as_many_hashes_as_a_known_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked_at: list[str | None] = []
    passwords = house.app.state.services.passwords
    verify = passwords.verify

    async def noting(password: str, stored: str | None) -> object:
        checked_at.append(stored)
        return await verify(password, stored)

    monkeypatch.setattr(passwords, "verify", noting)
    async with house.visitor() as client:
        for name in (JORDAN.email, "nobody@acme.example.com"):
            await client.post("/sign-in", data={"user_name": name, "password": "wrong"})
    assert len(checked_at) == 2
    assert checked_at[1] is None


async def test_somebody_who_left_does_not_get_in(house: House) -> None:
    async with house.visitor() as client:
        async with house.database.transaction() as session:
            await session.exec(update(PersonRow).values(active=False))
        assert (await house.password(client)).status_code == 401


@pytest.mark.parametrize("name", [JORDAN.email, "nobody@acme.example.com"])
async def test_wrong_passwords_lock_a_name_for_longer_and_longer_whether_it_exists_or_not(
    house: House, name: str
) -> None:
    waits = []
    async with house.visitor() as client:
        for _ in range(8):
            answer = await client.post("/sign-in", data={"user_name": name, "password": "wrong"})
            if answer.status_code == 429:
                waits.append(int(answer.headers["retry-after"]))
                house.clock.pass_(seconds=waits[-1] + 1)
    assert waits == [30, 60]
    assert await house.deeds() == (["locked_out"] if name == JORDAN.email else [])


async def test_while_a_name_is_locked_the_right_password_is_not_checked_at_either(house: House) -> None:
    async with house.visitor() as client:
        for _ in range(5):
            await house.password(client, password="wrong")
        assert (await house.password(client)).status_code == 429
        house.clock.pass_(minutes=1)
        assert (await house.password(client)).status_code == 303


async def test_a_crowd_of_guesses_gets_no_further_than_one_after_the_other(house: House) -> None:
    async with house.visitor() as client:
        answers = await asyncio.gather(*(house.password(client, password=f"guess {one}") for one in range(20)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_an_address_that_tries_many_names_is_locked_too(house: House) -> None:
    async with house.visitor() as client:
        for number in range(30):
            await client.post("/sign-in", data={"user_name": f"user{number}@x.com", "password": "wrong"})
        assert (await house.password(client)).status_code == 429


async def test_wrong_codes_lock_the_second_step_and_a_password_does_not_open_it_again(house: House) -> None:
    async with house.visitor() as client:
        await house.password(client)
        for _ in range(5):
            assert (await client.post("/sign-in/code", data={"code": "000000"})).status_code == 401
        await house.password(client)
        assert (await client.post("/sign-in/code", data={"code": house.code()})).status_code == 429


async def test_what_was_right_in_the_end_is_not_held_against_anybody(house: House) -> None:
    async with house.visitor() as client:
        await house.password(client, password="wrong")
        await house.sign_in(client)
    assert {row.tries for row in await house.rows(AttemptLimitRow)} == {1}  # the address keeps its wrong one


async def test_signing_in_never_carries_an_older_session_on(house: House) -> None:
    async with house.visitor() as client:
        await house.sign_in(client)
        planted = client.cookies["dialtone_session"]
        await house.sign_in(client)
        assert client.cookies["dialtone_session"] != planted
    async with house.anonymous(Cookie=f"dialtone_session={planted}") as thief:
        assert (await thief.get("/profile")).status_code == 401


async def test_between_the_steps_there_is_little_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with house.visitor() as client:
        await house.password(client)
        monkeypatch.setattr("api.sign_in.operations.STEP_SECONDS", -1)
        answer = await client.post("/sign-in/code", data={"code": house.code()})
    assert answer.headers["location"].startswith("/sign-in")
    assert await house.rows(PortalSessionRow) == []


async def test_a_first_step_ends_with_the_password_it_was_for(house: House) -> None:
    async with house.visitor() as client:
        await house.password(client)
        await _change(house, password_at=house.clock() + timedelta(seconds=1))
        assert (await client.get("/sign-in/code")).headers["location"].startswith("/sign-in")


async def test_whoever_has_no_authenticator_sets_one_up_before_anything_else(house: House) -> None:
    await _change(house, factor=None)
    async with house.visitor() as client:
        assert (await house.password(client)).headers["location"] == "/sign-in/enroll"
        page = await client.get("/sign-in/enroll")
        secret = page.text.split("secret=")[1].split("&")[0]
        assert (await client.get("/profile")).status_code == 303
        assert (await client.post("/sign-in/enroll", data={"code": "000000"})).status_code == 401
        done = await client.post("/sign-in/enroll", data={"code": pyotp.TOTP(secret).at(house.clock())})
        assert heading(done) == "Keep your recovery codes"
        assert (await client.get("/profile")).status_code == 200
    assert await house.deeds() == ["factor_enrolled", "signed_in"]


async def test_a_half_signed_in_browser_cannot_replace_an_authenticator(house: House) -> None:
    async with house.visitor() as client:
        await house.password(client)
        answer = await client.post("/sign-in/enroll", data={"code": house.code()})
    assert answer.headers["location"].startswith("/sign-in")
    assert await house.rows(PortalSessionRow) == []


async def test_the_page_with_the_code_holds_no_inline_style_and_may_not_be_kept(house: House) -> None:
    await _change(house, factor=None)
    async with house.visitor() as client:
        await house.password(client)
        page = await client.get("/sign-in/enroll")
    assert "<svg" in page.text
    assert " style=" not in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_a_new_password_is_asked_for_after_both_steps_and_before_the_session(house: House) -> None:
    await _change(house, must_change=True)
    async with house.visitor() as client:
        assert (await house.sign_in(client)).headers["location"] == "/sign-in/password"
        assert await house.rows(PortalSessionRow) == []
        weak = await client.post("/sign-in/password", data={"password": "Jordan.Blake-1", "again": "Jordan.Blake-1"})
        assert weak.status_code == 422
        old = await client.post("/sign-in/password", data={"password": PASSWORD, "again": PASSWORD})
        assert (old.status_code, "This is the password you have." in old.text) == (422, True)
        new = "ocean-ladder-violet-train"
        done = await client.post("/sign-in/password", data={"password": new, "again": new})
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert (await client.get("/profile")).status_code == 200
        await client.post("/sign-out")
        assert (await house.password(client)).status_code == 401
        assert (await house.password(client, password=new)).status_code == 303


@pytest.mark.parametrize("way", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb"])
async def test_signing_in_leads_nowhere_but_to_us(house: House, way: str) -> None:
    async with house.visitor() as client:
        await house.password(client, next=way)
        answer = await client.post("/sign-in/code", data={"code": house.code(), "next": way})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_form_of_another_site_signs_nobody_in(house: House) -> None:
    async with house.anonymous(Origin="http://evil.example") as client:
        assert (await house.password(client)).status_code == 403
