import hashlib
import hmac
import json
import re
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select
from standardwebhooks import Webhook

from api.app import create_app
from carriers.registry import build
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierEventRow, CarrierOrderRow
from models.db.encryption import KeyPurpose
from models.db.orders import order_values
from models.db.session import Database, utc_now
from models.order import OrderRef
from models.settings import CarrierSettings, WebhookSecret
from tests.api.api_client import ApiTenant, RecordingDispatcher, code
from tests.api.conftest import KEYRING, services

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL_SECRET = "hush-hush-hush-hush-hush-hush-hush"
NORTHWIND = CarrierSettings(
    code="northwind",
    name="Northwind",
    url="http://127.0.0.1:1",
    token=SecretStr("t"),
    webhook_secret=WebhookSecret(KEY),
)


@pytest.fixture
async def office(company: Database) -> ApiTenant:
    """The application with a carrier that verifies signatures."""
    dispatcher = RecordingDispatcher()
    carriers = build([NORTHWIND])
    return ApiTenant(create_app(await services(company, dispatcher, carriers=carriers)), company, dispatcher)


async def event_of(office: ApiTenant, order: dict[str, Any]) -> bytes:
    """The body of a carrier's event about an order that was placed with it."""
    async with office.database.transaction() as session:
        known = await order_values.load(session, OrderRef(tenant="acme", id=order["id"]))
        row = await carrier_orders.prepare(session, known, 1)
    item = {"id": known.items[0].id, "action": "add", "state": "held"}
    body = {"id": "NW-1", "externalId": row.client_ref, "state": "held", "productOrderItem": [item]}
    event = {"eventId": "E1", "eventType": "ProductOrderStateChangeEvent", "event": {"productOrder": body}}
    return json.dumps(event).encode()


def signed(body: bytes, event_id: str = "evt-1", key: str = KEY) -> dict[str, str]:
    at = utc_now()
    signature = Webhook(key).sign(event_id, at, body.decode())
    times = str(int(at.timestamp()))
    return {"webhook-id": event_id, "webhook-timestamp": times, "webhook-signature": signature}


async def _send(office: ApiTenant, body: bytes, headers: dict[str, str], carrier: str = "northwind") -> Any:
    async with office.anonymous() as client:
        return await client.post(f"/carriers/{carrier}/events", content=body, headers=headers)


async def test_an_event_is_stored_encrypted_and_delivered_to_its_order(office: ApiTenant) -> None:
    order = await office.order()
    body = await event_of(office, order)
    answer = await _send(office, body, signed(body))
    assert (answer.status_code, answer.json()) == (200, {"status": "received"})
    signal = await office.message(office.dispatcher.delivered[-1])
    assert (signal.kind, signal.name, signal.order_id) == ("signal", "carrier_update", order["id"])
    async with office.database.transaction() as session:
        stored = await session.get_one(CarrierEventRow, ("northwind", "evt-1"))
    assert body not in stored.body
    assert KEYRING.open(stored.body, KeyPurpose.CARRIER_EVENTS, bound_to="northwind:evt-1") == body


async def test_a_repeated_event_gets_the_same_answer_and_is_delivered_once(office: ApiTenant) -> None:
    body = await event_of(office, await office.order())
    answers = [await _send(office, body, signed(body)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(office.dispatcher.delivered) == 2  # the order's start, and the event


async def test_an_event_with_an_invalid_signature_is_rejected(office: ApiTenant) -> None:
    body = await event_of(office, await office.order())
    other = "whsec_" + "QUFB" * 8
    for headers in ({}, signed(body, key=other), signed(b"{}"), {**signed(body), "webhook-signature": "v1,x"}):
        assert code(await _send(office, body, headers)) == (401, "SIGNATURE_INVALID")
    assert len(office.dispatcher.delivered) == 1


async def office_with(company: Database, **changes: Any) -> ApiTenant:
    dispatcher = RecordingDispatcher()
    carriers = build([CarrierSettings(**NORTHWIND.model_dump() | changes)])
    return ApiTenant(create_app(await services(company, dispatcher, carriers=carriers)), company, dispatcher)


@pytest.mark.fault("11")
async def test_an_unsigned_event_has_its_order_polled_and_is_not_believed(company: Database) -> None:
    office = await office_with(company, webhook_auth="none", webhook_secret=None)
    body = await event_of(office, await office.order())
    assert (await _send(office, body, {})).status_code == 200
    async with office.database.transaction() as session:
        assert (await session.exec(select(CarrierOrderRow.poll_at))).one() is not None
        assert (await session.exec(select(CarrierOrderRow.carrier_ref))).one() is None
        assert (await session.exec(select(CarrierEventRow))).all() == []
    assert len(office.dispatcher.delivered) == 1  # the order's start


@pytest.mark.fault("11")
@pytest.mark.parametrize(("path", "status"), [(f"events/{URL_SECRET}", 200), ("events/other", 401), ("events", 401)])
async def test_an_event_is_taken_at_the_secret_address_only(company: Database, path: str, status: int) -> None:
    office = await office_with(company, webhook_auth="url", webhook_secret=WebhookSecret(URL_SECRET))
    body = await event_of(office, await office.order())
    async with office.anonymous() as client:
        answer = await client.post(f"/carriers/northwind/{path}", content=body)
    assert (answer.status_code, len(office.dispatcher.delivered)) == (status, 2 if status == 200 else 1)


async def test_an_unknown_carrier_is_not_found(office: ApiTenant) -> None:
    assert code(await _send(office, b"{}", signed(b"{}"), "nobody")) == (404, "NOT_FOUND")


async def test_an_event_that_is_too_long_is_rejected(office: ApiTenant) -> None:
    body = b" " * 300_000
    assert code(await _send(office, body, signed(body))) == (413, "CONTENT_TOO_LARGE")


_DEEP = ("[" * 100_000, "[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900, '{"event":' * 20_000)
_TEXTS = (r"\ud800", r"\udfff\ud800", r"a\u0000b")


@pytest.mark.fault("52")
@pytest.mark.parametrize("deep", _DEEP, ids=len)
async def test_a_deep_event_is_rejected(office: ApiTenant, deep: str) -> None:
    order = await office.order()
    event = (await event_of(office, order)).decode()
    for body in (deep, event.replace('"NW-1"', deep), event.replace('"held"', deep, 1), event.replace('"E1"', deep)):
        answer = await _send(office, body.encode(), signed(body.encode()))
        assert answer.status_code == 422, answer.text


@pytest.mark.fault("52")
@pytest.mark.parametrize("text", _TEXTS)
async def test_an_event_with_text_that_cannot_be_stored_is_never_a_bug(office: ApiTenant, text: str) -> None:
    event = (await event_of(office, await office.order())).decode()
    for value in re.finditer(r'(?<=: ")[^"]+', event):
        body = f"{event[: value.start()]}{text}{event[value.end() :]}".encode()
        answer = await _send(office, body, signed(body, f"evt-{value.start()}"))
        assert answer.status_code in {200, 422}, answer.text


_DATES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "9999-12-31")


@pytest.mark.fault("52")
@pytest.mark.parametrize("date", _DATES)
async def test_a_date_that_cannot_be_stored_is_left_out(office: ApiTenant, date: str) -> None:
    """The event counts, and pages in every time zone show the order."""
    order = await office.order()
    event = json.loads(await event_of(office, order))
    event["eventTime"] = event["event"]["productOrder"]["expectedCompletionDate"] = date
    body = json.dumps(event).encode()
    assert (await _send(office, body, signed(body))).status_code == 200
    signal = await office.message(office.dispatcher.delivered[-1])
    assert (signal.name, signal.payload["at"], signal.payload["items"][0]["expected_at"]) == (
        "carrier_update",
        None,
        None,
    )


def _incompressible(length: int) -> str:
    return "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(length // 64 + 1))[:length]


@pytest.mark.fault("52")
@pytest.mark.parametrize("length", [255, 256, 2000, 3000])
async def test_an_event_has_an_id_of_any_length(office: ApiTenant, length: int) -> None:
    """In the header, or in the body where the signature has none; a repeated event is still known."""
    long = _incompressible(length)
    body = await event_of(office, await office.order())
    for _ in range(2):
        assert (await _send(office, body, signed(body, long))).status_code == 200
    assert len(office.dispatcher.delivered) == 2  # the order's start, and the event
    async with office.database.transaction() as session:
        (stored,) = (await session.exec(select(CarrierEventRow.event_id))).all()
    assert stored == long if length <= 255 else len(stored) == 64


@pytest.mark.fault("52")
@pytest.mark.parametrize("auth", ["hmac", "url"])
@pytest.mark.parametrize("length", [256, 2000, 3000])
async def test_the_body_has_an_id_of_any_length(company: Database, auth: str, length: int) -> None:
    office = await office_with(company, webhook_auth=auth, webhook_secret=WebhookSecret(URL_SECRET))
    body = (await event_of(office, await office.order())).replace(b'"E1"', f'"{_incompressible(length)}"'.encode())
    signature = hmac.digest(URL_SECRET.encode(), body, "sha256").hex()
    path = f"northwind/events/{URL_SECRET}" if auth == "url" else "northwind/events"
    async with office.anonymous() as client:
        answer = await client.post(f"/carriers/{path}", content=body, headers={NORTHWIND.webhook_header: signature})
    assert answer.status_code == 200, answer.text
