"""Password reset links, recovery codes, and changing one's own password and authenticator."""

import asyncio

import pyotp
import pytest
from sqlmodel import col, update

from api.auth import own_credentials
from api.auth.client_info import ClientInfo
from api.password_reset import operations
from demo.company import PASSWORD, SAMPLE_PEOPLE
from models.db.people.tables import PersonRow
from models.db.sign_in import logins
from models.db.sign_in.tables import LoginRow, PasswordResetRow, PortalSessionRow, TokenRow
from tests.api.signed_out_browser import Portal, heading

JORDAN = SAMPLE_PEOPLE["employee"]
NEW = "ocean-ladder-violet-train"
FORM = {"password": NEW, "again": NEW}


async def _forgot(portal: Portal, name: str = JORDAN.email) -> str:
    async with portal.new_browser() as client:
        return (await client.post("/forgot", data={"user_name": name})).text


async def test_the_page_is_the_same_for_a_known_and_an_unknown_username(portal: Portal) -> None:
    assert await _forgot(portal) == await _forgot(portal, "nobody@acme.example.com")
    assert [row.address for row in await portal.account_emails()] == [JORDAN.email]


async def test_service_accounts_and_inactive_people_get_no_link(portal: Portal) -> None:
    async with portal.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(active=False))
    await _forgot(portal)
    await _forgot(portal, SAMPLE_PEOPLE["service"].email)
    assert await portal.account_emails() == []


async def test_a_link_is_sent_at_most_every_two_minutes(portal: Portal) -> None:
    for _ in range(2):
        await _forgot(portal)
    portal.clock.advance(minutes=3)
    await _forgot(portal)
    assert len(await portal.account_emails()) == 2


async def test_a_client_that_requests_many_links_is_limited(portal: Portal) -> None:
    async with portal.new_browser() as client:
        asked = [await client.post("/forgot", data={"user_name": f"user{number}@x.com"}) for number in range(6)]
    assert [answer.status_code for answer in asked] == [200] * 5 + [429]


async def test_a_link_can_be_opened_several_times_and_used_once(portal: Portal) -> None:
    await _forgot(portal)
    path = await portal.reset_path()
    async with portal.new_browser() as client:
        for _ in range(3):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/reset")
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert heading(await client.get("/reset")) == "Choose a new password"
        assert heading(await client.post("/reset", data=FORM)) == "Password changed"
        assert (await client.get(path)).status_code == 410
    async with portal.new_browser() as client:
        assert (await portal.submit_password(client)).status_code == 401
        assert (await portal.submit_password(client, password=NEW)).status_code == 303


async def test_concurrent_uses_of_a_link_set_one_password(portal: Portal) -> None:
    await _forgot(portal)
    path = await portal.reset_path()
    async with portal.new_browser() as one, portal.new_browser() as other:
        for tab in (one, other):
            await tab.get(path)
        answers = await asyncio.gather(one.post("/reset", data=FORM), other.post("/reset", data=FORM))
    assert sorted(answer.status_code for answer in answers) == [200, 410]


async def test_a_weak_password_does_not_use_the_link(portal: Portal) -> None:
    await _forgot(portal)
    async with portal.new_browser() as client:
        await client.get(await portal.reset_path())
        assert (await client.post("/reset", data={"password": "short", "again": "short"})).status_code == 422
        assert (await client.post("/reset", data={"password": NEW, "again": "other"})).status_code == 422
        assert (await client.post("/reset", data=FORM)).status_code == 200


@pytest.mark.fault("48")
async def test_tries_to_choose_a_password_are_counted(portal: Portal) -> None:
    await _forgot(portal)
    weak = {"password": "password1234", "again": "password1234"}
    async with portal.new_browser() as client:
        await client.get(await portal.reset_path())
        tried = [(await client.post("/reset", data=weak)).status_code for _ in range(11)]
        assert tried == [422] * 10 + [429]
        assert (await client.post("/reset", data=FORM)).status_code == 429
        portal.clock.advance(seconds=61)
        assert (await client.post("/reset", data=FORM)).status_code == 200


@pytest.mark.parametrize("how", ["expired", "replaced", "forged"])
async def test_a_link_stops_working(portal: Portal, how: str) -> None:
    await _forgot(portal)
    path = await portal.reset_path()
    if how == "expired":
        portal.clock.advance(minutes=61)
    elif how == "replaced":
        portal.clock.advance(minutes=3)
        await _forgot(portal)
    else:
        path = path[:-4] + "AAAA"
    async with portal.new_browser() as client:
        answer = await client.get(path)
    assert (answer.status_code, heading(answer)) == (410, "This link no longer works")


async def test_a_reset_link_is_not_an_approval_link(portal: Portal) -> None:
    await _forgot(portal)
    path = await portal.reset_path()
    async with portal.new_browser() as client:
        assert (await client.get(path.replace("/reset/", "/approve/"))).status_code == 404


async def test_a_new_password_ends_all_sessions_and_sends_an_email(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        await _forgot(portal)
        async with portal.new_browser() as other:
            await other.get(await portal.reset_path())
            await other.post("/reset", data=FORM)
        assert (await client.get("/profile")).status_code == 303
    email = (await portal.account_emails())[-1]
    assert (email.event, email.data["what"]) == ("access_changed", "Your password was changed")
    assert await portal.audit_actions() == ["signed_in", "reset_requested", "password_changed"]


@pytest.mark.fault("49")
async def test_a_new_password_ends_what_the_old_one_could_have_prepared(portal: Portal) -> None:
    async with await portal.client("Jordan") as program:
        await _forgot(portal)
        async with portal.new_browser() as other:
            await other.get(await portal.reset_path())
            await other.post("/reset", data=FORM)
        assert (await program.get("/api/v1/orders")).status_code == 401
    changed = (await portal.account_emails())[-1].data["what"]
    assert changed == "Your password was changed and your API tokens were revoked"


@pytest.mark.fault("49")
@pytest.mark.parametrize(("keep", "status"), [("false", 401), ("true", 200)])
async def test_who_changes_the_password_says_whether_tokens_stay(portal: Portal, keep: str, status: int) -> None:
    async with await portal.client("Jordan") as program, portal.new_browser() as client:
        await portal.sign_in(client)
        assert "Your API tokens" in (await client.get("/profile/password")).text
        form = {"old": "seven-green-dialtones", "keep_tokens": keep, **FORM}
        assert (await client.post("/profile/password", data=form)).status_code == 303
        assert (await program.get("/api/v1/orders")).status_code == status


@pytest.mark.fault("49")
async def test_every_change_of_a_credential_is_emailed(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        await client.post("/profile/recovery-codes")
        await client.post("/profile/tokens/new", data={"name": "Report"})
        (token,) = await portal.rows(TokenRow)
        await client.post(f"/profile/tokens/{token.id}/revoke")
    assert [(row.recipient_id, row.data["what"]) for row in await portal.account_emails()] == [
        (JORDAN.id, "Your recovery codes were replaced"),
        (JORDAN.id, "An API token was created"),
        (JORDAN.id, "An API token was revoked"),
    ]


@pytest.mark.fault("49")
@pytest.mark.parametrize("door", ["profile", "sign-in", "reset"])
async def test_a_new_password_ends_the_links_for_another_one(portal: Portal, door: str) -> None:
    async with portal.new_browser() as jordan, portal.new_browser() as thief:
        if door == "profile":
            await portal.sign_in(jordan)
        await _forgot(portal)
        await thief.get(await portal.reset_path())
        if door == "profile":
            form = {"old": PASSWORD, **FORM}
            changed = await jordan.post("/profile/password", data=form)
        elif door == "sign-in":
            async with portal.database.transaction() as session:
                await session.exec(update(LoginRow).values(must_change=True))
            await portal.sign_in(jordan)
            changed = await jordan.post("/sign-in/password", data=FORM)
        else:
            await jordan.get(await portal.reset_path())
            changed = await jordan.post("/reset", data=FORM)
        assert changed.status_code in {200, 303}
        other = {"password": "copper-meadow-lantern-sky", "again": "copper-meadow-lantern-sky"}
        assert (await thief.post("/reset", data=other)).status_code == 410
        assert (await thief.get(await portal.reset_path())).status_code == 410


async def test_a_link_starts_no_session(portal: Portal) -> None:
    await _forgot(portal)
    async with portal.new_browser() as client:
        await client.get(await portal.reset_path())
        await client.post("/reset", data=FORM)
        assert (await client.get("/profile")).status_code == 303
    assert await portal.rows(PortalSessionRow) == []


async def test_no_part_of_a_link_is_stored(portal: Portal) -> None:
    await _forgot(portal)
    signature = (await portal.reset_path()).rsplit(".", 1)[1]
    stored = [row.model_dump() for row in [*await portal.account_emails(), *await portal.rows(PasswordResetRow)]]
    assert signature not in str(stored)


async def _renew_codes(portal: Portal) -> tuple[str, ...]:
    async with portal.database.transaction() as session:
        known = await logins.of_person(session, JORDAN.tenant, JORDAN.id)
        assert known is not None
        return await own_credentials.renew_codes(session, known)


async def test_a_recovery_code_replaces_the_authenticator_once(portal: Portal) -> None:
    code, *_ = await _renew_codes(portal)
    async with portal.new_browser() as client:
        await portal.submit_password(client)
        typed = f" {code.lower()} "
        assert (await client.post("/sign-in/recovery", data={"code": typed})).headers["location"] == "/"
        await portal.submit_password(client)
        again = await client.post("/sign-in/recovery", data={"code": code})
    assert again.status_code == 401
    assert (await portal.account_emails())[-1].data["what"] == "A recovery code was used to sign in – 9 left"


async def test_attempts_with_recovery_codes_are_limited(portal: Portal) -> None:
    code, *_ = await _renew_codes(portal)
    async with portal.new_browser() as client:
        await portal.submit_password(client)
        for _ in range(5):
            await client.post("/sign-in/recovery", data={"code": "AAAA-AAAA-AAAA-AAAA"})
        assert (await client.post("/sign-in/recovery", data={"code": code})).status_code == 429


async def test_new_recovery_codes_replace_the_old_ones(portal: Portal) -> None:
    old, *_ = await _renew_codes(portal)
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        assert heading(await client.post("/profile/recovery-codes")) == "Save your recovery codes"
        await client.post("/sign-out")
        await portal.submit_password(client)
        assert (await client.post("/sign-in/recovery", data={"code": old})).status_code == 401


async def test_the_response_does_not_wait_for_the_email(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the response time would tell whether the username exists."""
    requested: list[str] = []

    async def record(_services: object, _client: ClientInfo, name: str) -> None:
        requested.append(name)

    monkeypatch.setattr(operations, "send_link", record)
    async with portal.statements() as statements:
        await _forgot(portal)
    assert requested == [JORDAN.email]
    assert not any("login" in text for text in statements)


async def test_changing_the_password_requires_the_current_one(portal: Portal) -> None:
    async with portal.new_browser() as client, portal.new_browser() as elsewhere:
        await portal.sign_in(elsewhere)
        await portal.sign_in(client)
        wrong = await client.post("/profile/password", data={"old": "wrong", **FORM})
        assert wrong.status_code == 401
        done = await client.post("/profile/password", data={"old": "seven-green-dialtones", **FORM})
        assert done.headers["location"] == "/profile?done=password"
        assert (await client.get("/profile")).status_code == 200
        assert (await elsewhere.get("/profile")).status_code == 303


async def test_a_new_authenticator_works_once_its_first_code_is_confirmed(portal: Portal) -> None:
    async with portal.new_browser() as client:
        await portal.sign_in(client)
        await client.post("/profile/factor")
        page = await client.get("/profile/factor")
        secret = page.text.split("secret=")[1].split("&")[0]
        assert (await client.post("/profile/factor/confirm", data={"code": portal.code()})).status_code == 401
        portal.clock.advance(seconds=30)
        done = await client.post("/profile/factor/confirm", data={"code": _code_of(secret, portal)})
        assert heading(done) == "Save your recovery codes"
        await client.post("/sign-out")
        portal.clock.advance(seconds=60)
        await portal.submit_password(client)
        assert (await client.post("/sign-in/code", data={"code": portal.code()})).status_code == 401
        assert (await client.post("/sign-in/code", data={"code": _code_of(secret, portal)})).status_code == 303


@pytest.mark.fault("49")
async def test_an_authenticator_is_offered_to_one_session_only(portal: Portal) -> None:
    async with portal.new_browser() as thief, portal.new_browser() as jordan:
        for browser in (thief, jordan):
            await portal.sign_in(browser)
            await browser.post("/profile/factor")
        shown = [
            (await browser.get("/profile/factor")).text.split("secret=")[1].split("&")[0] for browser in (thief, jordan)
        ]
        assert shown[0] != shown[1]
        thief.cookies.delete("dialtone_factor")
        assert (await thief.get("/profile/factor")).headers["location"] == "/profile"
        thief.cookies.set("dialtone_factor", jordan.cookies["dialtone_factor"])
        assert (await thief.get("/profile/factor")).headers["location"] == "/profile"


def _code_of(secret: str, portal: Portal) -> str:
    return pyotp.TOTP(secret).at(portal.clock())
