"""The ways in which a carrier shows that an event is its own, other than Standard Webhooks."""

import base64
import hashlib
import hmac
import json
from typing import Any

import httpx2
import pytest

from carriers.tmf622 import Tmf622Carrier
from models.errors import SignatureInvalid
from tests.carriers.carrier_client import adapter
from tests.carriers.tmf622.test_webhooks import event

pytestmark = pytest.mark.fault("11")
KEY = "hush-hush-hush-hush-hush-hush-hush"
BODY = json.dumps(event()).encode()


def carrier(method: str, **changes: Any) -> Tmf622Carrier:
    secret = None if method == "none" else KEY
    return adapter("http://carrier", webhook_auth=method, webhook_secret=secret, **changes)


def signature(body: bytes = BODY, *, algorithm: str = "sha256", key: str = KEY) -> "hmac.HMAC":
    return hmac.new(key.encode(), body, algorithm)


@pytest.mark.parametrize(("changes", "header", "value"), [
    ({}, "X-Hub-Signature-256", f"sha256={signature().hexdigest()}"),
    ({}, "x-hub-signature-256", signature().hexdigest()),
    ({"webhook_header": "X-Sign"}, "X-Sign", base64.b64encode(signature().digest()).decode()),
    ({"webhook_algorithm": "sha512"}, "X-Hub-Signature-256", signature(algorithm="sha512").hexdigest()),
])  # fmt: skip
def test_an_event_with_the_hmac_of_its_body_is_read(changes: dict[str, Any], header: str, value: str) -> None:
    update = carrier("hmac", **changes).read_webhook({header: value}, BODY)
    assert update is not None
    assert (update.event_id, update.client_ref) == ("E1", "01J:1")


@pytest.mark.parametrize("headers", [
    {},
    {"X-Hub-Signature-256": ""},
    {"X-Hub-Signature-256": "sha256="},
    {"X-Hub-Signature-256": "ü"},
    {"X-Hub-Signature-256": signature(key="other").hexdigest()},
    {"X-Hub-Signature-256": signature(b"{}").hexdigest()},
    {"X-Hub-Signature-256": signature(algorithm="sha512").hexdigest()},
    {"X-Signature": signature().hexdigest()},
])  # fmt: skip
def test_an_event_with_another_hmac_is_rejected(headers: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        carrier("hmac").read_webhook(headers, BODY)


def test_an_event_at_the_secret_address_is_read() -> None:
    assert carrier("url").read_webhook({}, BODY, KEY) is not None


@pytest.mark.parametrize("secret", ["", "hush", f"{KEY}x", "ü"])
def test_an_event_at_another_address_is_rejected(secret: str) -> None:
    with pytest.raises(SignatureInvalid):
        carrier("url").read_webhook({}, BODY, secret)


@pytest.mark.parametrize(("method", "ending"), [("url", f"/events/{KEY}"), ("hmac", "/events"), ("none", "/events")])
async def test_the_secret_address_is_subscribed(method: str, ending: str) -> None:
    sent: list[str] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        sent.append(json.loads(request.content)["callback"])
        return httpx2.Response(201, json={})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
    await carrier(method, http=http).ensure_listening("http://dialtone/carriers/northwind/events")
    assert sent == [f"http://dialtone/carriers/northwind{ending}"]


def test_an_event_without_an_id_is_known_by_its_content() -> None:
    document = event()
    del document["eventId"]
    body = json.dumps(document).encode()
    update = carrier("url").read_webhook({}, body, KEY)
    assert update is not None
    assert update.event_id == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize(("method", "believed"), [("hmac", True), ("url", True), ("none", False)])
def test_an_event_that_nobody_signed_is_not_believed(method: str, *, believed: bool) -> None:
    assert carrier(method).believes_webhooks is believed
