"""Password reset links, recovery codes, and changing one's own password and authenticator."""

import asyncio

import pyotp
import pytest
from sqlmodel import col, update

from api.auth import own_credentials
from api.auth.client_info import ClientInfo
from api.password_reset import operations
from demo.company import SAMPLE_PEOPLE
from models.db.people.tables import PersonRow
from models.db.sign_in import logins
from models.db.sign_in.tables import PasswordResetRow, PortalSessionRow
from tests.api.signed_out_browser import House, heading

JORDAN = SAMPLE_PEOPLE["employee"]
NEW = "ocean-ladder-violet-train"
FORM = {"password": NEW, "again": NEW}


async def _forgot(house: House, name: str = JORDAN.email) -> str:
    async with house.new_browser() as client:
        return (await client.post("/forgot", data={"user_name": name})).text


async def test_the_page_is_the_same_for_a_known_and_an_unknown_username(house: House) -> None:
    assert await _forgot(house) == await _forgot(house, "nobody@acme.example.com")
    assert [row.address for row in await house.account_emails()] == [JORDAN.email]


async def test_service_accounts_and_inactive_people_get_no_link(house: House) -> None:
    async with house.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(active=False))
    await _forgot(house)
    await _forgot(house, SAMPLE_PEOPLE["service"].email)
    assert await house.account_emails() == []


async def test_a_link_is_sent_at_most_every_two_minutes(house: House) -> None:
    for _ in range(2):
        await _forgot(house)
    house.clock.advance(minutes=3)
    await _forgot(house)
    assert len(await house.account_emails()) == 2


async def test_a_client_that_requests_many_links_is_limited(house: House) -> None:
    async with house.new_browser() as client:
        asked = [await client.post("/forgot", data={"user_name": f"user{number}@x.com"}) for number in range(6)]
    assert [answer.status_code for answer in asked] == [200] * 5 + [429]


async def test_a_link_can_be_opened_several_times_and_used_once(house: House) -> None:
    await _forgot(house)
    path = await house.reset_path()
    async with house.new_browser() as client:
        for _ in range(3):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/reset")
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert heading(await client.get("/reset")) == "Choose a new password"
        assert heading(await client.post("/reset", data=FORM)) == "Password changed"
        assert (await client.get(path)).status_code == 410
    async with house.new_browser() as client:
        assert (await house.submit_password(client)).status_code == 401
        assert (await house.submit_password(client, password=NEW)).status_code == 303


async def test_concurrent_uses_of_a_link_set_one_password(house: House) -> None:
    await _forgot(house)
    path = await house.reset_path()
    async with house.new_browser() as one, house.new_browser() as other:
        for tab in (one, other):
            await tab.get(path)
        answers = await asyncio.gather(one.post("/reset", data=FORM), other.post("/reset", data=FORM))
    assert sorted(answer.status_code for answer in answers) == [200, 410]


async def test_a_weak_password_does_not_use_the_link(house: House) -> None:
    await _forgot(house)
    async with house.new_browser() as client:
        await client.get(await house.reset_path())
        assert (await client.post("/reset", data={"password": "short", "again": "short"})).status_code == 422
        assert (await client.post("/reset", data={"password": NEW, "again": "other"})).status_code == 422
        assert (await client.post("/reset", data=FORM)).status_code == 200


@pytest.mark.parametrize("how", ["expired", "replaced", "forged"])
async def test_a_link_stops_working(house: House, how: str) -> None:
    await _forgot(house)
    path = await house.reset_path()
    if how == "expired":
        house.clock.advance(minutes=61)
    elif how == "replaced":
        house.clock.advance(minutes=3)
        await _forgot(house)
    else:
        path = path[:-4] + "AAAA"
    async with house.new_browser() as client:
        answer = await client.get(path)
    assert (answer.status_code, heading(answer)) == (410, "This link no longer works")


async def test_a_reset_link_is_not_an_approval_link(house: House) -> None:
    await _forgot(house)
    path = await house.reset_path()
    async with house.new_browser() as client:
        assert (await client.get(path.replace("/reset/", "/approve/"))).status_code == 404


async def test_a_new_password_ends_all_sessions_and_sends_an_email(house: House) -> None:
    async with house.new_browser() as client:
        await house.sign_in(client)
        await _forgot(house)
        async with house.new_browser() as other:
            await other.get(await house.reset_path())
            await other.post("/reset", data=FORM)
        assert (await client.get("/profile")).status_code == 303
    email = (await house.account_emails())[-1]
    assert (email.event, email.data["what"]) == ("access_changed", "Your password was changed")
    assert await house.audit_actions() == ["signed_in", "reset_asked_for", "password_changed"]


async def test_a_link_starts_no_session(house: House) -> None:
    await _forgot(house)
    async with house.new_browser() as client:
        await client.get(await house.reset_path())
        await client.post("/reset", data=FORM)
        assert (await client.get("/profile")).status_code == 303
    assert await house.rows(PortalSessionRow) == []


async def test_no_part_of_a_link_is_stored(house: House) -> None:
    await _forgot(house)
    signature = (await house.reset_path()).rsplit(".", 1)[1]
    stored = [row.model_dump() for row in [*await house.account_emails(), *await house.rows(PasswordResetRow)]]
    assert signature not in str(stored)


async def _renew_codes(house: House) -> tuple[str, ...]:
    async with house.database.transaction() as session:
        known = await logins.of_person(session, JORDAN.tenant, JORDAN.id)
        assert known is not None
        return await own_credentials.renew_codes(session, known)


async def test_a_recovery_code_replaces_the_authenticator_once(house: House) -> None:
    code, *_ = await _renew_codes(house)
    async with house.new_browser() as client:
        await house.submit_password(client)
        typed = f" {code.lower()} "
        assert (await client.post("/sign-in/recovery", data={"code": typed})).headers["location"] == "/"
        await house.submit_password(client)
        again = await client.post("/sign-in/recovery", data={"code": code})
    assert again.status_code == 401
    assert (await house.account_emails())[-1].data["what"] == "A recovery code was used to sign in; 9 are left"


async def test_attempts_with_recovery_codes_are_limited(house: House) -> None:
    code, *_ = await _renew_codes(house)
    async with house.new_browser() as client:
        await house.submit_password(client)
        for _ in range(5):
            await client.post("/sign-in/recovery", data={"code": "AAAA-AAAA-AAAA-AAAA"})
        assert (await client.post("/sign-in/recovery", data={"code": code})).status_code == 429


async def test_new_recovery_codes_replace_the_old_ones(house: House) -> None:
    old, *_ = await _renew_codes(house)
    async with house.new_browser() as client:
        await house.sign_in(client)
        assert heading(await client.post("/profile/recovery-codes")) == "Save your recovery codes"
        await client.post("/sign-out")
        await house.submit_password(client)
        assert (await client.post("/sign-in/recovery", data={"code": old})).status_code == 401


async def test_the_response_does_not_wait_for_the_email(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the response time would tell whether the username exists."""
    requested: list[str] = []

    async def record(_services: object, _client: ClientInfo, name: str) -> None:
        requested.append(name)

    monkeypatch.setattr(operations, "send_link", record)
    async with house.statements() as statements:
        await _forgot(house)
    assert requested == [JORDAN.email]
    assert not any("login" in text for text in statements)


async def test_changing_the_password_requires_the_current_one(house: House) -> None:
    async with house.new_browser() as client, house.new_browser() as elsewhere:
        await house.sign_in(elsewhere)
        await house.sign_in(client)
        wrong = await client.post("/profile/password", data={"old": "wrong", **FORM})
        assert wrong.status_code == 401
        done = await client.post("/profile/password", data={"old": "seven-green-dialtones", **FORM})
        assert done.headers["location"] == "/profile?done=password"
        assert (await client.get("/profile")).status_code == 200
        assert (await elsewhere.get("/profile")).status_code == 303


async def test_a_new_authenticator_works_once_its_first_code_is_confirmed(house: House) -> None:
    async with house.new_browser() as client:
        await house.sign_in(client)
        await client.post("/profile/factor")
        page = await client.get("/profile/factor")
        secret = page.text.split("secret=")[1].split("&")[0]
        assert (await client.post("/profile/factor/confirm", data={"code": house.code()})).status_code == 401
        house.clock.advance(seconds=30)
        done = await client.post("/profile/factor/confirm", data={"code": _code_of(secret, house)})
        assert heading(done) == "Save your recovery codes"
        await client.post("/sign-out")
        house.clock.advance(seconds=60)
        await house.submit_password(client)
        assert (await client.post("/sign-in/code", data={"code": house.code()})).status_code == 401
        assert (await client.post("/sign-in/code", data={"code": _code_of(secret, house)})).status_code == 303


def _code_of(secret: str, house: House) -> str:
    return pyotp.TOTP(secret).at(house.clock())
