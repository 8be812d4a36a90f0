"""The codec server is for admins who use the Temporal UI, in a browser where they confirmed who they are."""

from typing import Any

import pytest
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from api.app import SiteAddress
from api.codec.routes import MAX_WORKFLOWS
from models.db.audit import audit_log
from models.errors import DatabaseUnavailable
from outbox.payload_codec import MAX_PLAIN_BYTES, EncryptionCodec
from tests.api.api_client import ApiTenant, code
from tests.api.conftest import KEYRING, TEMPORAL_UI
from tests.api.signed_out_browser import Portal
from tests.fixtures.conflicts import Conflicts

PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"Jordan"')
ORDER = "order:acme:01K8"


async def _encrypted(workflow_id: str = ORDER, *, plain: Payload = PLAIN, copies: int = 1) -> dict[str, Any]:
    (payload,) = await EncryptionCodec(KEYRING, workflow_id).encode([plain])
    document: dict[str, Any] = json_format.MessageToDict(Payloads(payloads=[payload] * copies))
    return document


@pytest.mark.parametrize("workflow_id", [ORDER, "timer:acme:01K8"])
async def test_an_admin_decrypts_payloads(office: ApiTenant, workflow_id: str) -> None:
    async with await office.browser("Priya") as client:
        encrypted = await _encrypted(workflow_id)
        answer = await client.post("/codec/decode", json=encrypted, headers={"Origin": TEMPORAL_UI})
    assert json_format.ParseDict(answer.json(), Payloads()).payloads[0] == PLAIN
    assert answer.headers["access-control-allow-origin"] == TEMPORAL_UI
    assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.fault("47")
@pytest.mark.parametrize("workflow_id", ["order:globex:01K8", "order:acme", "acme", "sample:acme:01K8", ""])
async def test_an_admin_decrypts_no_payload_of_another_tenant(office: ApiTenant, workflow_id: str) -> None:
    encrypted = await _encrypted(workflow_id)
    async with await office.browser("Priya") as client:
        assert code(await client.post("/codec/decode", json=encrypted)) == (422, "INVALID_REQUEST")
        payload = json_format.ParseDict(encrypted, Payloads()).payloads[0]
        payload.metadata["workflow"] = ORDER.encode()
        renamed = json_format.MessageToDict(Payloads(payloads=[payload]))
        assert code(await client.post("/codec/decode", json=renamed)) == (422, "INVALID_REQUEST")


@pytest.mark.fault("50")
async def test_nobody_encrypts_payloads(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        answer = await client.post("/codec/encode", json=json_format.MessageToDict(Payloads(payloads=[PLAIN])))
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["Jordan", "Dana", "Grace", "Theo", "Wendy", "Carl"])
async def test_other_roles_may_not_decrypt_payloads(office: ApiTenant, name: str) -> None:
    async with await office.browser(name) as client:
        assert code(await client.post("/codec/decode", json=await _encrypted())) == (403, "NOT_AUTHORIZED")


@pytest.mark.fault("47")
async def test_no_token_decrypts_payloads(office: ApiTenant) -> None:
    """Not even one of an admin with all scopes, of which one stands in for the second factor."""
    async with await office.client("Priya") as client:
        assert code(await client.post("/codec/decode", json=await _encrypted())) == (403, "NOT_AUTHORIZED")
    assert await _readings(office) == []


@pytest.mark.fault("47")
async def test_decrypting_takes_a_recent_second_factor(portal: Portal) -> None:
    """As the operations manual says: sign in, confirm it's you at /step-up, and the Temporal UI can decrypt a while."""
    ui = {"Origin": TEMPORAL_UI, "Sec-Fetch-Site": "same-site", "X-Namespace": "default"}
    async with portal.new_browser() as client:
        await portal.sign_in(client, "admin")
        portal.clock.advance(minutes=6)
        too_late = await client.post("/codec/decode", json=await _encrypted(), headers=ui)
        assert code(too_late) == (403, "STEP_UP_REQUIRED")
        assert too_late.headers["access-control-allow-origin"] == TEMPORAL_UI  # the UI can show why
        assert (await client.post("/step-up", data={"code": portal.code("admin")})).status_code == 303
        assert (await client.post("/codec/decode", json=await _encrypted(), headers=ui)).status_code == 200
    (reading,) = await _readings(portal)
    assert reading["at"] == portal.clock().isoformat().replace("+00:00", "Z")


@pytest.mark.fault("47")
@pytest.mark.parametrize(
    ("workflow_ids", "recorded"),
    [
        ([ORDER], [ORDER]),
        ([ORDER, ORDER], [ORDER]),
        (["timer:acme:01K8", ORDER, "task:acme:01K8"], [ORDER, "task:acme:01K8", "timer:acme:01K8"]),
    ],
    ids=["one", "one twice", "several"],
)
async def test_who_reads_which_payloads_is_in_the_audit_log(
    office: ApiTenant, workflow_ids: list[str], recorded: list[str]
) -> None:
    bodies = [await _encrypted(workflow_id) for workflow_id in workflow_ids]
    body = {"payloads": [payload for one in bodies for payload in one["payloads"]]}
    async with await office.browser("Priya") as client:
        assert (await client.post("/codec/decode", json=body)).status_code == 200
    (reading,) = await _readings(office)
    priya = await office.row("Priya")
    assert (reading["actor_id"], reading["actor_name"], reading["channel"]) == (priya.id, priya.name, "portal")
    assert reading["detail"] == {"workflows": recorded}


@pytest.mark.fault("47")
@pytest.mark.parametrize(("count", "status"), [(MAX_WORKFLOWS, 200), (MAX_WORKFLOWS + 1, 422)])
async def test_a_reading_names_each_workflow_and_only_so_many(office: ApiTenant, count: int, status: int) -> None:
    ids = [f"order:acme:{number:03}" for number in range(count)]
    body = {"payloads": [payload for one in ids for payload in (await _encrypted(one))["payloads"]]}
    async with await office.browser("Priya") as client:
        assert (await client.post("/codec/decode", json=body)).status_code == status
    assert [reading["detail"]["workflows"] for reading in await _readings(office)] == [ids] * (status == 200)


@pytest.mark.fault("47")
@pytest.mark.parametrize("body", [{}, {"payloads": []}])
async def test_a_request_without_payloads_is_no_reading(office: ApiTenant, body: dict[str, Any]) -> None:
    async with await office.browser("Priya") as client:
        assert (await client.post("/codec/decode", json=body)).json() == {}
    assert await _readings(office) == []


@pytest.mark.fault("47")
async def test_payloads_are_not_sent_unless_the_reading_is_recorded(
    office: ApiTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailable

    async with await office.browser("Priya") as client:
        monkeypatch.setattr(audit_log, "record", fail)
        answer = await client.post("/codec/decode", json=await _encrypted())
    assert answer.status_code == 503
    assert "payloads" not in answer.json()


@pytest.mark.fault("21")
@pytest.mark.usefixtures("many_tries")
async def test_a_reading_is_recorded_once_with_conflicts(office: ApiTenant) -> None:
    conflicts = Conflicts(office.database.engine)
    await conflicts.install()
    async with await office.browser("Priya") as client:
        await conflicts.begin()
        assert (await client.post("/codec/decode", json=await _encrypted())).status_code == 200
    assert "audit_event" in await conflicts.met()
    await conflicts.end()
    assert len(await _readings(office)) == 1


async def test_what_cannot_be_read_is_no_reading(office: ApiTenant) -> None:
    body = {"payloads": (await _encrypted())["payloads"] + (await _encrypted("order:globex:01K8"))["payloads"]}
    async with await office.browser("Priya") as client:
        assert code(await client.post("/codec/decode", json=body)) == (422, "INVALID_REQUEST")
    assert await _readings(office) == []


async def _readings(office: ApiTenant) -> list[dict[str, Any]]:
    """The audit log's entries about payloads, as an auditor sees them."""
    async with await office.client("Iris") as auditor:
        answer = await auditor.get("/api/v1/audit", params={"action": "payloads_read"})
    entries: list[dict[str, Any]] = answer.json()["items"]
    return entries


@pytest.mark.fault("47")
@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "null"])
async def test_pages_of_other_origins_cannot_call_the_codec(office: ApiTenant, origin: str) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-site"}
    async with await office.browser("Priya") as client:
        answer = await client.post("/codec/decode", json=await _encrypted(), headers=headers)
    assert code(answer) == (403, "CROSS_ORIGIN")
    assert "access-control-allow-origin" not in answer.headers
    assert await _readings(office) == []


async def test_the_temporal_ui_can_call_nothing_but_the_codec(office: ApiTenant) -> None:
    headers = {"Origin": TEMPORAL_UI, "Sec-Fetch-Site": "same-site"}
    async with await office.browser("Priya") as client:
        read = await client.get("/api/v1/orders", headers=headers)
        written = await client.post("/api/v1/orders", json={}, headers=headers)
    assert "access-control-allow-origin" not in read.headers
    assert code(written) == (403, "CROSS_ORIGIN")


@pytest.mark.parametrize("url", [TEMPORAL_UI, f"{TEMPORAL_UI}/", f"{TEMPORAL_UI}/temporal/"])
def test_the_origin_of_the_temporal_ui_is_without_its_path(url: str) -> None:
    assert SiteAddress.of("http://dialtone.test", url).temporal_ui == TEMPORAL_UI


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
    async with await office.browser("Priya") as client:
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
    async with await office.browser("Priya") as client:
        assert (await client.post("/codec/decode", json=full)).status_code == 200
        for body in longer:
            assert code(await client.post("/codec/decode", json=body)) == (422, "INVALID_REQUEST")
