"""How the carriers differ: by what opens their API, signatures of events, and idempotency keys."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError

from demo.simulator import tokens
from demo.simulator.app import create_app
from demo.simulator.personality import BLUEPEAK, CLIENT_ID, NORTHWIND, PERSONALITIES, TOKEN_PATH, Personality
from demo.simulator.settings import SimulatorSettings
from tests.demo.simulator.simulator_client import (
    GRANT,
    SECRET,
    TOKEN,
    Client,
    Listeners,
    connect,
    settings,
    suspension,
)

TOKENS = f"http://127.0.0.1{TOKEN_PATH}"
KEY = "Idempotency-Key"


async def place(client: Client, key: str, **members: Any) -> str:
    """The id of an order that is placed with this key."""
    body = {"productOrderItem": [suspension()], **members}
    answer = await client.http.post("/productOrder", json=body, headers={KEY: key})
    assert answer.status_code == 201
    return str(answer.json()["id"])


async def status_with(client: Client, token: str) -> int:
    answer = await client.http.get("/productOrder", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_northwind_takes_an_order_with_the_same_key_once() -> None:
    async with connect(create_app(settings())) as client:
        assert await place(client, "K1") == await place(client, "K1")
        assert len({await place(client, key) for key in ("K2", "K3")}) == 2
        assert len({(await client.place(suspension()))["id"] for _ in range(2)}) == 2


async def test_a_key_counts_for_an_order_that_is_still_being_written_down() -> None:
    async with connect(create_app(settings())) as client:
        late = place(client, "K1", note=[{"text": "simulate: commitAfter=0.1"}])
        first, again = await asyncio.gather(late, place(client, "K1"))
        assert first == again


async def test_a_key_counts_after_a_restart(tmp_path: Path) -> None:
    stored = settings(data_directory=tmp_path)
    async with connect(create_app(stored)) as client:
        placed = await place(client, "K1")
    async with connect(create_app(stored)) as client:
        assert await place(client, "K1") == placed


async def test_bluepeak_knows_no_idempotency_key() -> None:
    async with connect(create_app(settings(personality=BLUEPEAK))) as client:
        assert await place(client, "K1") != await place(client, "K1")


@pytest.mark.fault("11")
@pytest.mark.parametrize("personality", PERSONALITIES.values(), ids=PERSONALITIES)
async def test_events_are_signed_by_northwind_alone(personality: Personality, listeners: Listeners) -> None:
    listener = listeners.new()
    async with connect(create_app(settings(personality=personality))) as client:
        await client.http.post("/hub", json={"callback": listener.url})
        await client.place(suspension())
        await listener.until_state("completed")
    signed = {any(name.startswith("webhook-") for name in headers) for headers, _ in listener.calls}
    assert signed == {personality is NORTHWIND}


@pytest.mark.fault("11")
async def test_bluepeak_accepts_the_tokens_that_it_issues() -> None:
    async with connect(create_app(settings(personality=BLUEPEAK))) as client:
        by_header = await client.http.post(TOKENS, data=GRANT, auth=(CLIENT_ID, TOKEN))
        by_form = await client.http.post(TOKENS, data={**GRANT, "client_id": CLIENT_ID, "client_secret": TOKEN})
        issued = [answer.json()["access_token"] for answer in (by_header, by_form)]
        assert [await status_with(client, token) for token in (*issued, TOKEN, "")] == [200, 200, 401, 401]
        assert by_header.headers["Cache-Control"] == "no-store"


async def test_an_issued_token_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connect(create_app(settings(personality=BLUEPEAK))) as client:
        monkeypatch.setattr(tokens, "TOKEN_SECONDS", 0)
        issued = (await client.http.post(TOKENS, data=GRANT, auth=(CLIENT_ID, TOKEN))).json()
        assert await status_with(client, issued["access_token"]) == 401


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        ({"auth": (CLIENT_ID, "wrong")}, 401, "invalid_client"),
        ({"auth": ("someone", TOKEN)}, 401, "invalid_client"),
        ({"headers": {"Authorization": "Basic ?"}}, 401, "invalid_client"),
        ({"headers": {"Authorization": f"Bearer {TOKEN}"}}, 401, "invalid_client"),
        ({"auth": (CLIENT_ID, TOKEN), "data": {"grant_type": "password"}}, 400, "unsupported_grant_type"),
        ({"auth": (CLIENT_ID, TOKEN), "data": {}}, 400, "unsupported_grant_type"),
    ],
)
async def test_no_token_is_issued_to_anyone_else(request_: dict[str, Any], status: int, error: str) -> None:
    async with connect(create_app(settings(personality=BLUEPEAK))) as client:
        answer = await client.http.post(TOKENS, **{"data": GRANT, **request_})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_northwind_issues_no_tokens() -> None:
    async with connect(create_app(settings())) as client:
        answer = await client.http.post(TOKENS, data=GRANT, auth=(CLIENT_ID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (404, "notFound")


@pytest.mark.parametrize("personality", PERSONALITIES.values(), ids=PERSONALITIES)
async def test_the_configured_token_opens_the_controls_of_every_carrier(personality: Personality) -> None:
    async with connect(create_app(settings(personality=personality))) as client:
        headers = httpx2.Headers({"Authorization": f"Bearer {TOKEN}"})
        answer = await client.http.get("http://127.0.0.1/simulator/pace", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(("personality", "secret"), [(NORTHWIND, None), (BLUEPEAK, SECRET)])
def test_only_a_carrier_that_signs_has_a_webhook_secret(personality: Personality, secret: str | None) -> None:
    with pytest.raises(ValidationError, match=f"{personality.name} needs a webhook secret"):
        SimulatorSettings.model_validate({"personality": personality, "api_token": TOKEN, "webhook_secret": secret})


def test_the_numbers_of_the_carriers_are_distinct() -> None:
    assert len({personality.series for personality in PERSONALITIES.values()}) == len(PERSONALITIES)
