from typing import Any

import httpx2
import pytest

from api.auth import tokens
from demo.company import SAMPLE_PEOPLE
from models.db.sign_in.tables import TokenRow
from policies.scopes import TokenScope
from tests.api.api_client import PHONE, PHONE_FOR_OTHER, code
from tests.api.signed_out_browser import Portal

SERVICE = SAMPLE_PEOPLE["service"]


async def _create(portal: Portal, name: str = "Priya", **body: Any) -> httpx2.Response:
    async with await portal.browser(name) as client:
        return await client.post("/api/v1/tokens", json={"name": "Report", **body})


def _bearer(portal: Portal, token: str) -> httpx2.AsyncClient:
    return portal.anonymous(Authorization=f"Bearer {token}")


async def test_a_token_is_shown_once_and_only_its_hash_is_stored(portal: Portal) -> None:
    token = (await _create(portal)).json()["token"]
    (row,) = await portal.rows(TokenRow)
    assert (row.digest, row.prefix) == (tokens.digest(token), token[:8])
    assert token not in str(row.model_dump())
    async with await portal.browser("Priya") as client:
        (listed,) = (await client.get("/api/v1/tokens")).json()
    assert token not in str(listed)
    assert (listed["name"], listed["prefix"], listed["own"]) == ("Report", token[:8], True)


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ([], {"read"}),
        (["order"], {"read", "order"}),
        (["admin"], {"read", "audit"}),
        (["order", "admin"], {"read", "order", "audit"}),
    ],
)
async def test_a_token_allows_only_what_its_scopes_allow(portal: Portal, scopes: list[str], allowed: set[str]) -> None:
    token = (await _create(portal, scopes=scopes)).json()["token"]
    async with _bearer(portal, token) as client:
        answers = {
            "read": await client.get("/api/v1/orders"),
            "order": await client.post("/api/v1/orders?dry_run=true", json=PHONE),
            "audit": await client.get("/api/v1/audit"),
        }
    assert {name for name, answer in answers.items() if answer.is_success} == allowed
    assert all(code(answer) == (403, "NOT_AUTHORIZED") for answer in answers.values() if not answer.is_success)


async def test_scopes_do_not_extend_the_rights_of_the_person(portal: Portal) -> None:
    token = (await _create(portal, "Jordan", scopes=["admin"])).json()["token"]
    async with _bearer(portal, token) as client:
        assert code(await client.get("/api/v1/audit")) == (403, "NOT_AUTHORIZED")


async def test_a_token_cannot_manage_tokens_or_the_profile(portal: Portal) -> None:
    token = (await _create(portal, scopes=[*TokenScope])).json()["token"]
    async with _bearer(portal, token) as client:
        for answer in (
            await client.get("/api/v1/tokens"),
            await client.post("/api/v1/tokens", json={"name": "Another"}),
            await client.delete("/api/v1/tokens/any"),
            await client.get("/profile"),
        ):
            assert code(answer) == (403, "NOT_AUTHORIZED")


async def test_the_last_use_of_a_token_is_updated_at_most_once_an_hour(portal: Portal) -> None:
    token = (await _create(portal)).json()["token"]
    async with _bearer(portal, token) as client:
        seen = []
        for _ in range(2):
            await client.get("/api/v1/orders")
            seen.append((await portal.rows(TokenRow))[0].last_used_at)
        portal.clock.advance(minutes=61)
        await client.get("/api/v1/orders")
    assert seen[0] == seen[1] < (await portal.rows(TokenRow))[0].last_used_at


async def test_an_expired_or_revoked_token_is_rejected(portal: Portal) -> None:
    short = (await _create(portal, days=1)).json()["token"]
    long = (await _create(portal, days=30)).json()["token"]
    portal.clock.advance(days=2)
    async with _bearer(portal, short) as client:
        assert (await client.get("/api/v1/orders")).status_code == 401
    row = next(row for row in await portal.rows(TokenRow) if row.digest == tokens.digest(long))
    portal.clock.advance(days=-2)
    async with await portal.browser("Priya") as client:
        assert (await client.delete(f"/api/v1/tokens/{row.id}")).status_code == 204
    async with _bearer(portal, long) as client:
        assert (await client.get("/api/v1/orders")).status_code == 401
    assert (await portal.audit_actions())[-1] == "token_revoked"


async def test_an_admin_can_neither_see_nor_revoke_the_tokens_of_people(portal: Portal) -> None:
    await _create(portal, "Jordan")
    (row,) = await portal.rows(TokenRow)
    async with await portal.browser("Priya") as admin:
        assert (await admin.get("/api/v1/tokens")).json() == []
        assert code(await admin.delete(f"/api/v1/tokens/{row.id}")) == (404, "NOT_FOUND")


async def test_an_admin_creates_tokens_for_service_accounts(portal: Portal) -> None:
    token = (await _create(portal, scopes=["order"], service_id=SERVICE.id)).json()["token"]
    async with _bearer(portal, token) as client:
        jordan = SAMPLE_PEOPLE["employee"].id
        answer = await client.post("/api/v1/orders?dry_run=true", json=PHONE_FOR_OTHER | {"beneficiary_id": jordan})
        assert answer.status_code == 200, answer.text
    async with await portal.browser("Priya") as client:
        (listed,) = (await client.get("/api/v1/tokens")).json()
    assert (listed["owner"], listed["own"]) == (SERVICE.name, False)


@pytest.mark.parametrize(("caller", "owner"), [("Jordan", "service"), ("Priya", "employee"), ("Ulla", "service")])
async def test_nobody_else_can_create_a_token_for_another_owner(portal: Portal, caller: str, owner: str) -> None:
    tenant = "globex" if caller == "Ulla" else "acme"
    async with await portal.browser(caller, tenant) as client:
        answer = await client.post("/api/v1/tokens", json={"name": "X", "service_id": SAMPLE_PEOPLE[owner].id})
    assert code(answer) == (404, "NOT_FOUND")


async def test_the_page_creates_a_token_and_shows_it_once(portal: Portal) -> None:
    async with await portal.browser("Jordan") as client:
        client.headers["Accept"] = "text/html"
        created = await client.post("/profile/tokens/new", data={"name": "Report", "scopes": ["order"], "days": "30"})
        token = created.text.split('class="token">')[1].split("<")[0]
        assert token not in (profile := (await client.get("/profile")).text)
        assert token[:8] in profile
        (row,) = await portal.rows(TokenRow)
        assert row.scopes == ["order", "read"]
        await client.post(f"/profile/tokens/{row.id}/revoke")
    async with _bearer(portal, token) as program:
        assert (await program.get("/api/v1/orders")).status_code == 401
