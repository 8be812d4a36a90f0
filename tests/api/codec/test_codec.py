"""The codec server is for admins who use the Temporal UI."""

from typing import Any

import pytest
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from outbox.payload_codec import MAX_PLAIN_BYTES, EncryptionCodec
from tests.api.api_client import ApiTenant, code
from tests.api.conftest import KEYRING, TEMPORAL_UI

PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"Jordan"')
ORDER = "order:acme:01K8"


async def _encrypted(workflow_id: str = ORDER, *, plain: Payload = PLAIN, copies: int = 1) -> dict[str, Any]:
    (payload,) = await EncryptionCodec(KEYRING, workflow_id).encode([plain])
    document: dict[str, Any] = json_format.MessageToDict(Payloads(payloads=[payload] * copies))
    return document


@pytest.mark.parametrize("workflow_id", [ORDER, "timer:acme:01K8"])
async def test_an_admin_decrypts_payloads(office: ApiTenant, workflow_id: str) -> None:
    async with await office.client("Priya") as client:
        encrypted = await _encrypted(workflow_id)
        answer = await client.post("/codec/decode", json=encrypted, headers={"Origin": TEMPORAL_UI})
    assert json_format.ParseDict(answer.json(), Payloads()).payloads[0] == PLAIN
    assert answer.headers["access-control-allow-origin"] == TEMPORAL_UI
    assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.fault("47")
@pytest.mark.parametrize("workflow_id", ["order:globex:01K8", "order:acme", "acme", "sample:acme:01K8", ""])
async def test_an_admin_decrypts_no_payload_of_another_tenant(office: ApiTenant, workflow_id: str) -> None:
    encrypted = await _encrypted(workflow_id)
    async with await office.client("Priya") as client:
        assert code(await client.post("/codec/decode", json=encrypted)) == (422, "INVALID_REQUEST")
        payload = json_format.ParseDict(encrypted, Payloads()).payloads[0]
        payload.metadata["workflow"] = ORDER.encode()
        renamed = json_format.MessageToDict(Payloads(payloads=[payload]))
        assert code(await client.post("/codec/decode", json=renamed)) == (422, "INVALID_REQUEST")


@pytest.mark.fault("50")
async def test_nobody_encrypts_payloads(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        answer = await client.post("/codec/encode", json=json_format.MessageToDict(Payloads(payloads=[PLAIN])))
    assert answer.status_code == 404


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


@pytest.mark.fault("47")
@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"payloads": ' * 100_000,
        b'{"payloads": "\\ud800"}',
        b'{"payloads": [{"metadata": {"encoding": "YmluYXJ5L2VuY3J5cHRlZA=="}}]}',
        b'{"payloads": [{"metadata": {"encoding": "YmluYXJ5L2VuY3J5cHRlZA==", "workflow": "b3JkZXI6YWNtZTox"}}]}',
    ],
)
async def test_an_unreadable_payload_is_rejected(office: ApiTenant, body: bytes) -> None:
    async with await office.client("Priya") as client:
        assert code(await client.post("/codec/decode", content=body)) == (422, "INVALID_REQUEST")


def _of_size(size: int) -> Payload:
    """A payload that has this size in bytes, which compresses well."""
    empty = Payload(metadata={"encoding": b"json/plain"}, data=bytes(size)).ByteSize() - size
    return Payload(metadata={"encoding": b"json/plain"}, data=bytes(size - empty))


@pytest.mark.fault("47")
@pytest.mark.parametrize(
    ("plain", "copies"),
    [
        (_of_size(MAX_PLAIN_BYTES), 1),
        (_of_size(MAX_PLAIN_BYTES - 1), 1),
        (_of_size(MAX_PLAIN_BYTES // 2), 2),
        (_of_size(MAX_PLAIN_BYTES // 4), 4),
    ],
    ids=["all of it", "all but a byte", "halves", "quarters"],
)
async def test_a_response_has_a_limited_length(office: ApiTenant, plain: Payload, copies: int) -> None:
    """Copies that use up the limit exactly, or all but one byte of it, fit; one payload more doesn't, long or short."""
    full, short = await _encrypted(plain=plain, copies=copies), await _encrypted()
    longer = [{"payloads": full["payloads"] + more["payloads"]} for more in (full, short)]
    async with await office.client("Priya") as client:
        assert (await client.post("/codec/decode", json=full)).status_code == 200
        for body in longer:
            assert code(await client.post("/codec/decode", json=body)) == (422, "INVALID_REQUEST")
