"""Bearer tokens, one-time sign-in links and sessions."""

from datetime import timedelta

import pytest
from sqlmodel import col, update
from structlog.testing import capture_logs

from api.app import create_app
from api.auth import tokens
from models.db.people.tables import PersonRow
from models.db.session import Database, utc_now
from models.db.sign_in.tables import TokenRow
from tests.api.api_client import ApiTenant, RecordingDispatcher, code
from tests.api.conftest import services

FORM = {"Origin": "http://dialtone.test", "Sec-Fetch-Site": "same-origin"}


async def _answers(office: ApiTenant, *credentials: str | None) -> set[str]:
    answers = set()
    for credential in credentials:
        async with office.anonymous(**({"Authorization": credential} if credential is not None else {})) as client:
            answer = await client.get("/api/v1/orders")
        assert answer.headers["www-authenticate"] == 'Bearer realm="dialtone"'
        answers.add(f"{code(answer)} {answer.json()['detail']}")
    return answers


async def test_every_invalid_credential_gets_the_same_answer(office: ApiTenant) -> None:
    token = await office.token("Jordan")
    invalid = (None, "", "Bearer", "Bearer dt_unknown", f"Basic {token}", f"Bearer {token}x")
    assert len(await _answers(office, *invalid)) == 1


@pytest.mark.parametrize("how", ["expired", "revoked", "person inactive"])
async def test_a_token_stops_working(office: ApiTenant, how: str) -> None:
    token, person = await office.token("Jordan"), await office.row("Jordan")
    async with office.database.transaction() as session:
        if how == "expired":
            await session.exec(update(TokenRow).values(expires_at=utc_now() - timedelta(seconds=1)))
        elif how == "revoked":
            await session.exec(update(TokenRow).values(revoked_at=utc_now()))
        else:
            await session.exec(update(PersonRow).where(col(PersonRow.id) == person.id).values(active=False))
    assert len(await _answers(office, f"Bearer {token}", None)) == 1


async def test_only_the_hash_of_a_token_is_stored_and_no_log_shows_it(office: ApiTenant) -> None:
    token = await office.token("Jordan")
    with capture_logs() as logs:
        async with office.anonymous(Authorization=f"Bearer {token}") as client:
            await client.get(f"/api/v1/orders?cursor={token}")
    async with office.database.transaction() as session:
        assert await session.get(TokenRow, tokens.digest(token)) is not None
    assert token not in str(logs)
    assert logs[0]["endpoint"] == "get_orders"


async def _sign_in_link(office: ApiTenant, name: str) -> str:
    person = await office.row(name)
    async with office.database.transaction() as session:
        return f"/sign-in/{await tokens.create_sign_in_link(session, person.tenant, person.id, at=utc_now())}"


async def test_a_sign_in_link_works_once_and_can_be_opened_several_times_before(office: ApiTenant) -> None:
    link = await _sign_in_link(office, "Priya")
    async with office.anonymous() as client:
        for _ in range(3):
            assert "Sign in as Priya Raman" in (await client.get(link)).text
        first = await client.post(link, headers=FORM)
        assert code(await client.post(link, headers=FORM)) == (410, "LINK_NOT_VALID")
        assert (await client.get("/admin/orders")).status_code == 200
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_signing_out_ends_the_session(office: ApiTenant) -> None:
    async with office.anonymous() as client:
        await client.post(await _sign_in_link(office, "Priya"), headers=FORM)
        stolen = client.cookies["dialtone_session"]
        await client.post("/sign-out", headers=FORM)
    async with office.anonymous(Cookie=f"dialtone_session={stolen}") as client:
        assert (await client.get("/admin/orders")).status_code == 401


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}])
async def test_a_request_from_another_site_is_rejected(office: ApiTenant, headers: dict[str, str]) -> None:
    async with office.anonymous() as client:
        await client.post(await _sign_in_link(office, "Jordan"), headers=FORM)
        answer = await client.post("/api/v1/orders", json={}, headers=headers)
    assert code(answer) == (403, "CROSS_ORIGIN")


async def test_sign_in_links_do_not_work_in_production(company: Database) -> None:
    dispatcher = RecordingDispatcher()
    office = ApiTenant(create_app(await services(company, dispatcher, development=False)), company, dispatcher)
    link = await _sign_in_link(office, "Priya")
    async with office.anonymous() as client:
        assert code(await client.get(link)) == (404, "NOT_FOUND")
        assert code(await client.post(link, headers=FORM)) == (404, "NOT_FOUND")
