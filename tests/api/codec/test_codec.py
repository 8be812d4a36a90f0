"""The codec server is for admins who use the Temporal UI."""

from typing import Any

import pytest
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from outbox.payload_codec import EncryptionCodec
from tests.api.api_client import ApiTenant, code
from tests.api.conftest import KEYRING, TEMPORAL_UI

PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"Jordan"')


async def _encrypted() -> dict[str, Any]:
    document: dict[str, Any] = json_format.MessageToDict(
        Payloads(payloads=await EncryptionCodec(KEYRING).encode([PLAIN]))
    )
    return document


async def test_an_admin_decrypts_payloads(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        answer = await client.post("/codec/decode", json=await _encrypted(), headers={"Origin": TEMPORAL_UI})
    assert json_format.ParseDict(answer.json(), Payloads()).payloads[0] == PLAIN
    assert answer.headers["access-control-allow-origin"] == TEMPORAL_UI
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_what_is_encoded_can_be_decoded(office: ApiTenant) -> None:
    plain = json_format.MessageToDict(Payloads(payloads=[PLAIN]))
    async with await office.client("Priya") as client:
        encrypted = await client.post("/codec/encode", json=plain)
        assert (await client.post("/codec/decode", json=encrypted.json())).json() == plain
    assert "Jordan" not in encrypted.text


@pytest.mark.parametrize("name", ["Jordan", "Dana", "Grace", "Theo", "Wendy", "Carl"])
async def test_other_roles_may_not_decrypt_payloads(office: ApiTenant, name: str) -> None:
    async with await office.client(name) as client:
        assert code(await client.post("/codec/decode", json=await _encrypted())) == (403, "NOT_AUTHORIZED")


async def test_pages_of_other_origins_cannot_read_the_response(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        answer = await client.post("/codec/decode", json=await _encrypted(), headers={"Origin": "http://evil.example"})
        elsewhere = await client.get("/api/v1/orders", headers={"Origin": TEMPORAL_UI})
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-origin" not in elsewhere.headers


async def test_a_preflight_request_of_the_temporal_ui_is_allowed(office: ApiTenant) -> None:
    headers = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-namespace,content-type"}
    async with office.anonymous(Origin=TEMPORAL_UI, **headers) as client:
        answer = await client.options("/codec/decode")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == TEMPORAL_UI


@pytest.mark.parametrize("body", ["nonsense", '{"payloads": [{"metadata": {"encoding": "YmluYXJ5L2VuY3J5cHRlZA=="}}]}'])
async def test_an_unreadable_payload_is_rejected(office: ApiTenant, body: str) -> None:
    async with await office.client("Priya") as client:
        assert code(await client.post("/codec/decode", content=body)) == (422, "INVALID_REQUEST")
