"""Getting back in: by a mailed link, by a recovery code, by support."""

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
    async with house.visitor() as client:
        return (await client.post("/forgot", data={"user_name": name})).text


async def test_the_page_says_the_same_for_a_name_there_is_and_for_one_there_is_not(house: House) -> None:
    assert await _forgot(house) == await _forgot(house, "nobody@acme.example.com")
    assert [row.address for row in await house.letters()] == [JORDAN.email]


async def test_a_service_account_and_somebody_who_left_get_no_link(house: House) -> None:
    async with house.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == JORDAN.id).values(active=False))
    await _forgot(house)
    await _forgot(house, SAMPLE_PEOPLE["service"].email)
    assert await house.letters() == []


async def test_a_link_is_mailed_at_most_every_two_minutes(house: House) -> None:
    for _ in range(2):
        await _forgot(house)
    house.clock.pass_(minutes=3)
    await _forgot(house)
    assert len(await house.letters()) == 2


async def test_an_address_that_asks_for_many_links_is_held_up(house: House) -> None:
    async with house.visitor() as client:
        asked = [await client.post("/forgot", data={"user_name": f"user{number}@x.com"}) for number in range(6)]
    assert [answer.status_code for answer in asked] == [200] * 5 + [429]


async def test_looking_at_a_link_uses_nothing_up_and_it_works_once(house: House) -> None:
    await _forgot(house)
    path = await house.reset_path()
    async with house.visitor() as client:
        for _ in range(3):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/reset")
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert heading(await client.get("/reset")) == "Choose a new password"
        assert heading(await client.post("/reset", data=FORM)) == "Your password is changed"
        assert (await client.get(path)).status_code == 410
    async with house.visitor() as client:
        assert (await house.password(client)).status_code == 401
        assert (await house.password(client, password=NEW)).status_code == 303


async def test_of_two_tabs_with_one_link_one_sets_the_password(house: House) -> None:
    await _forgot(house)
    path = await house.reset_path()
    async with house.visitor() as one, house.visitor() as other:
        for tab in (one, other):
            await tab.get(path)
        answers = await asyncio.gather(one.post("/reset", data=FORM), other.post("/reset", data=FORM))
    assert sorted(answer.status_code for answer in answers) == [200, 410]


async def test_a_weak_password_leaves_the_link_good(house: House) -> None:
    await _forgot(house)
    async with house.visitor() as client:
        await client.get(await house.reset_path())
        assert (await client.post("/reset", data={"password": "short", "again": "short"})).status_code == 422
        assert (await client.post("/reset", data={"password": NEW, "again": "other"})).status_code == 422
        assert (await client.post("/reset", data=FORM)).status_code == 200


@pytest.mark.parametrize("how", ["later", "renewed", "forged"])
async def test_a_link_ends(house: House, how: str) -> None:
    await _forgot(house)
    path = await house.reset_path()
    if how == "later":
        house.clock.pass_(minutes=61)
    elif how == "renewed":
        house.clock.pass_(minutes=3)
        await _forgot(house)
    else:
        path = path[:-4] + "AAAA"
    async with house.visitor() as client:
        answer = await client.get(path)
    assert (answer.status_code, heading(answer)) == (410, "This link does not work any more")


async def test_a_link_for_approving_is_worthless_for_a_password_and_the_other_way_round(house: House) -> None:
    await _forgot(house)
    path = await house.reset_path()
    async with house.visitor() as client:
        assert (await client.get(path.replace("/reset/", "/approve/"))).status_code == 404


async def test_a_new_password_ends_every_session_and_is_told_by_mail(house: House) -> None:
    async with house.visitor() as client:
        await house.sign_in(client)
        await _forgot(house)
        async with house.visitor() as other:
            await other.get(await house.reset_path())
            await other.post("/reset", data=FORM)
        assert (await client.get("/profile")).status_code == 303
    told = (await house.letters())[-1]
    assert (told.event, told.data["what"]) == ("access_changed", "Your password was changed")
    assert await house.deeds() == ["signed_in", "reset_asked_for", "password_changed"]


async def test_a_link_gives_a_password_and_no_session(house: House) -> None:
    await _forgot(house)
    async with house.visitor() as client:
        await client.get(await house.reset_path())
        await client.post("/reset", data=FORM)
        assert (await client.get("/profile")).status_code == 303
    assert await house.rows(PortalSessionRow) == []


async def test_no_part_of_a_link_is_stored(house: House) -> None:
    await _forgot(house)
    signature = (await house.reset_path()).rsplit(".", 1)[1]
    everything = [row.model_dump() for row in [*await house.letters(), *await house.rows(PasswordResetRow)]]
    assert signature not in str(everything)


async def _codes(house: House) -> tuple[str, ...]:
    async with house.database.transaction() as session:
        known = await logins.of_person(session, JORDAN.tenant, JORDAN.id)
        assert known is not None
        return await own_credentials.renew_codes(session, known)


async def test_a_recovery_code_stands_in_for_the_authenticator_once(house: House) -> None:
    code, *_ = await _codes(house)
    async with house.visitor() as client:
        await house.password(client)
        typed = f" {code.lower()} "
        assert (await client.post("/sign-in/recovery", data={"code": typed})).headers["location"] == "/"
        await house.password(client)
        again = await client.post("/sign-in/recovery", data={"code": code})
    assert again.status_code == 401
    assert (await house.letters())[-1].data["what"] == "A recovery code was used to sign in; 9 are left"


async def test_recovery_codes_are_guessed_no_faster_than_other_codes(house: House) -> None:
    code, *_ = await _codes(house)
    async with house.visitor() as client:
        await house.password(client)
        for _ in range(5):
            await client.post("/sign-in/recovery", data={"code": "AAAA-AAAA-AAAA-AAAA"})
        assert (await client.post("/sign-in/recovery", data={"code": code})).status_code == 429


async def test_new_recovery_codes_replace_those_of_before(house: House) -> None:
    old, *_ = await _codes(house)
    async with house.visitor() as client:
        await house.sign_in(client)
        assert heading(await client.post("/profile/recovery-codes")) == "Keep your recovery codes"
        await client.post("/sign-out")
        await house.password(client)
        assert (await client.post("/sign-in/recovery", data={"code": old})).status_code == 401


async def test_asking_for_a_link_leaves_the_answer_no_slower(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail is written after the answer, so that its time says nothing."""
    seen: list[str] = []

    async def noting(_services: object, _visitor: ClientInfo, name: str) -> None:
        seen.append(name)

    monkeypatch.setattr(operations, "mail_link", noting)
    async with house.statements() as statements:
        await _forgot(house)
    assert seen == [JORDAN.email]
    assert not any("login" in text for text in statements)


async def test_the_own_password_is_changed_by_whoever_knows_it(house: House) -> None:
    async with house.visitor() as client, house.visitor() as elsewhere:
        await house.sign_in(elsewhere)
        await house.sign_in(client)
        wrong = await client.post("/profile/password", data={"old": "wrong", **FORM})
        assert wrong.status_code == 401
        done = await client.post("/profile/password", data={"old": "seven-green-dialtones", **FORM})
        assert done.headers["location"] == "/profile?done=password"
        assert (await client.get("/profile")).status_code == 200
        assert (await elsewhere.get("/profile")).status_code == 303


async def test_another_authenticator_counts_once_it_has_shown_a_code(house: House) -> None:
    async with house.visitor() as client:
        await house.sign_in(client)
        await client.post("/profile/factor")
        page = await client.get("/profile/factor")
        secret = page.text.split("secret=")[1].split("&")[0]
        assert (await client.post("/profile/factor/confirm", data={"code": house.code()})).status_code == 401
        house.clock.pass_(seconds=30)
        done = await client.post("/profile/factor/confirm", data={"code": _code_of(secret, house)})
        assert heading(done) == "Keep your recovery codes"
        await client.post("/sign-out")
        house.clock.pass_(seconds=60)
        await house.password(client)
        assert (await client.post("/sign-in/code", data={"code": house.code()})).status_code == 401
        assert (await client.post("/sign-in/code", data={"code": _code_of(secret, house)})).status_code == 303


def _code_of(secret: str, house: House) -> str:

    return pyotp.TOTP(secret).at(house.clock())
