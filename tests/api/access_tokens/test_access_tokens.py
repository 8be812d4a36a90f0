"""Tokens for programs: shown once, narrowed by scopes, seen in use, and taken back."""

from typing import Any

import httpx2
import pytest

from api.auth import tokens
from demo.company import SAMPLE_PEOPLE
from models.db.sign_in.tables import TokenRow
from policies.scopes import Scope
from tests.api.api_client import PHONE, code
from tests.api.signed_out_browser import House

SERVICE = SAMPLE_PEOPLE["service"]


async def _made(house: House, name: str = "Priya", **body: Any) -> httpx2.Response:
    async with await house.browser(name) as client:
        return await client.post("/api/v1/tokens", json={"name": "Report", **body})


def _bearer(house: House, token: str) -> httpx2.AsyncClient:
    return house.anonymous(Authorization=f"Bearer {token}")


async def test_a_token_is_shown_once_and_only_its_hash_is_kept(house: House) -> None:
    token = (await _made(house)).json()["token"]
    (row,) = await house.rows(TokenRow)
    assert (row.digest, row.prefix) == (tokens.digest(token), token[:8])
    assert token not in str(row.model_dump())
    async with await house.browser("Priya") as client:
        (listed,) = (await client.get("/api/v1/tokens")).json()
    assert token not in str(listed)
    assert (listed["name"], listed["prefix"], listed["own"]) == ("Report", token[:8], True)


@pytest.mark.parametrize(
    ("scopes", "opened"),
    [
        ([], {"read"}),
        (["order"], {"read", "order"}),
        (["admin"], {"read", "audit"}),
        (["order", "admin"], {"read", "order", "audit"}),
    ],
)
async def test_scopes_narrow_what_the_person_may(house: House, scopes: list[str], opened: set[str]) -> None:
    token = (await _made(house, scopes=scopes)).json()["token"]
    async with _bearer(house, token) as client:
        answers = {
            "read": await client.get("/api/v1/orders"),
            "order": await client.post("/api/v1/orders?dry_run=true", json=PHONE),
            "audit": await client.get("/api/v1/audit"),
        }
    assert {name for name, answer in answers.items() if answer.is_success} == opened
    assert all(code(answer) == (403, "NOT_AUTHORIZED") for answer in answers.values() if not answer.is_success)


async def test_scopes_give_nobody_what_they_may_not(house: House) -> None:
    token = (await _made(house, "Jordan", scopes=["admin"])).json()["token"]
    async with _bearer(house, token) as client:
        assert code(await client.get("/api/v1/audit")) == (403, "NOT_AUTHORIZED")


async def test_a_token_makes_lists_and_revokes_no_tokens(house: House) -> None:
    token = (await _made(house, scopes=[*Scope])).json()["token"]
    async with _bearer(house, token) as client:
        for answer in (
            await client.get("/api/v1/tokens"),
            await client.post("/api/v1/tokens", json={"name": "Another"}),
            await client.delete("/api/v1/tokens/any"),
            await client.get("/profile"),
        ):
            assert code(answer) == (403, "NOT_AUTHORIZED")


async def test_a_token_tells_when_it_was_last_used_within_the_hour(house: House) -> None:
    token = (await _made(house)).json()["token"]
    async with _bearer(house, token) as client:
        seen = []
        for _ in range(2):
            await client.get("/api/v1/orders")
            seen.append((await house.rows(TokenRow))[0].last_used_at)
        house.clock.pass_(minutes=61)
        await client.get("/api/v1/orders")
    assert seen[0] == seen[1] < (await house.rows(TokenRow))[0].last_used_at


async def test_a_revoked_token_and_one_whose_days_are_over_open_nothing(house: House) -> None:
    short = (await _made(house, days=1)).json()["token"]
    long = (await _made(house, days=30)).json()["token"]
    house.clock.pass_(days=2)
    async with _bearer(house, short) as client:
        assert (await client.get("/api/v1/orders")).status_code == 401
    row = next(row for row in await house.rows(TokenRow) if row.digest == tokens.digest(long))
    house.clock.pass_(days=-2)
    async with await house.browser("Priya") as client:
        assert (await client.delete(f"/api/v1/tokens/{row.id}")).status_code == 204
    async with _bearer(house, long) as client:
        assert (await client.get("/api/v1/orders")).status_code == 401
    assert (await house.deeds())[-1] == "token_revoked"


async def test_nobody_touches_the_tokens_of_somebody_else(house: House) -> None:
    await _made(house, "Jordan")
    (row,) = await house.rows(TokenRow)
    async with await house.browser("Priya") as admin:
        assert (await admin.get("/api/v1/tokens")).json() == []
        assert code(await admin.delete(f"/api/v1/tokens/{row.id}")) == (404, "NOT_FOUND")


async def test_an_administrator_gives_service_accounts_their_tokens(house: House) -> None:
    token = (await _made(house, scopes=["order"], service_id=SERVICE.id)).json()["token"]
    async with _bearer(house, token) as client:
        jordan = SAMPLE_PEOPLE["employee"].id
        answer = await client.post("/api/v1/orders?dry_run=true", json=PHONE | {"beneficiary_id": jordan})
        assert answer.status_code == 200, answer.text
    async with await house.browser("Priya") as client:
        (listed,) = (await client.get("/api/v1/tokens")).json()
    assert (listed["whose"], listed["own"]) == (SERVICE.name, False)


@pytest.mark.parametrize(("who", "whose"), [("Jordan", "service"), ("Priya", "employee"), ("Ulla", "service")])
async def test_others_get_none_for_them_and_nobody_for_people(house: House, who: str, whose: str) -> None:
    tenant = "globex" if who == "Ulla" else "acme"
    async with await house.browser(who, tenant) as client:
        answer = await client.post("/api/v1/tokens", json={"name": "X", "service_id": SAMPLE_PEOPLE[whose].id})
    assert code(answer) == (404, "NOT_FOUND")


async def test_the_page_makes_a_token_and_shows_it_once(house: House) -> None:
    async with await house.browser("Jordan") as client:
        client.headers["Accept"] = "text/html"
        made = await client.post("/profile/tokens/new", data={"name": "Report", "scopes": ["order"], "days": "30"})
        token = made.text.split('class="token">')[1].split("<")[0]
        assert token not in (profile := (await client.get("/profile")).text)
        assert token[:8] in profile
        (row,) = await house.rows(TokenRow)
        assert row.scopes == ["order", "read"]
        await client.post(f"/profile/tokens/{row.id}/revoke")
    async with _bearer(house, token) as program:
        assert (await program.get("/api/v1/orders")).status_code == 401
