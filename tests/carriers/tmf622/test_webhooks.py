"""Webhooks with a valid signature are read, and all others rejected."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from models.errors import InvalidRequest, SignatureInvalid
from models.lifecycle import ItemState
from models.order import CarrierUpdate, Channel, ItemUpdate
from models.question import MASK
from tests.carriers.carrier_client import adapter
from tests.carriers.secret_question import add_secret_question, add_sent_secret
from tests.demo.simulator.simulator_client import SECRET
from tests.fixtures.throw_away import AddModule

CARRIER = adapter("http://carrier")
ORDER = {
    "id": "C1",
    "externalId": "01J:1",
    "state": "held",
    "productOrderItem": [{"id": "1", "action": "add", "state": "held"}],
}


def event(kind: str = "ProductOrderStateChangeEvent", order: Any = ORDER, **more: Any) -> dict[str, Any]:
    return {"eventId": "E1", "eventType": kind, "event": {"productOrder": order}, **more}


def signed(body: bytes, *, at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    signed_at = at or datetime.now(UTC)
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(signed_at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", signed_at, body.decode()),
    }


def read(document: Any) -> CarrierUpdate | None:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return CARRIER.read_webhook(signed(body), body)


def test_an_event_becomes_an_update() -> None:
    assert read(event()) == CarrierUpdate(
        event_id="msg_1",
        carrier="northwind",
        client_ref="01J:1",
        items=(ItemUpdate(item_id="1", state=ItemState.BACKORDERED),),
        channel=Channel.WEBHOOK,
        carrier_ref="C1",
    )


def test_the_correlation_id_replaces_a_missing_reference() -> None:
    update = read(event(order={**ORDER, "externalId": None}, correlationId="01J:2"))
    assert update is not None
    assert update.client_ref == "01J:2"


def test_what_is_stored_of_a_webhook_has_no_secret_that_the_carrier_repeats(add_module: AddModule) -> None:
    add_sent_secret(add_module)
    known = [{"name": "portPin", "value": "4829"}, {"name": "MDN", "value": "+13125550142"}]
    items = [{"id": "1", "state": "held", "product": {"productCharacteristic": known}}]
    body = json.dumps(event(order={**ORDER, "productOrderItem": items}), indent=1).encode()
    kept = CARRIER.mask_secret_characteristics(body)
    assert json.loads(kept) == json.loads(body.replace(b"4829", MASK.encode()))
    assert CARRIER.mask_secret_characteristics(kept) == kept


def test_a_secret_that_no_action_sends_is_masked_too(add_module: AddModule) -> None:
    add_secret_question(add_module)
    body = json.dumps({"name": "pin", "value": "4829"}).encode()
    assert json.loads(CARRIER.mask_secret_characteristics(body)) == {"name": "pin", "value": MASK}


def test_a_webhook_without_secrets_is_stored_as_it_came() -> None:
    body = json.dumps(event(), indent=1).encode()
    assert CARRIER.mask_secret_characteristics(body) == body


def test_unknown_fields_are_ignored() -> None:
    assert read(event(order={**ORDER, "shinyNewThing": {"a": [1]}}, jeopardy="high")) is not None


@pytest.mark.parametrize(
    "document",
    [
        event("ProductOrderCreateEvent"),
        event("ProductOrderMilestoneEvent"),
        event("CancelProductOrderStateChangeEvent"),
        event(order=None),
        event(order={**ORDER, "productOrderItem": []}),
        event(order={**ORDER, "externalId": None, "id": None}),
        {"eventType": "ProductOrderStateChangeEvent"},
    ],
)
def test_an_event_without_items_is_no_update(document: dict[str, Any]) -> None:
    assert read(document) is None


def test_an_order_that_the_carrier_has_made_itself_has_its_own_reference() -> None:
    found = read(event(order={**ORDER, "externalId": None}))
    assert found is not None
    assert (found.client_ref, found.carrier_ref) == (ORDER["id"], ORDER["id"])


def test_the_field_path_names_the_missing_information() -> None:
    path = "productOrderItem[0].product.productCharacteristic[name=IMEI]"
    pending = {**ORDER, "state": "pending", "productOrderItem": [{"id": "1", "state": "pending"}]}
    update = read(event("ProductOrderInformationRequiredEvent", pending, fieldPath=path))
    assert update is not None
    assert update.items[0].needs == ("imei",)


@pytest.mark.parametrize("path", ["productOrderItem[9].x[name=IMEI]", "$.relatedParty", ""])
def test_a_field_path_of_something_else_is_ignored(path: str) -> None:
    pending = {**ORDER, "productOrderItem": [{"id": "1", "state": "pending"}]}
    update = read(event("ProductOrderInformationRequiredEvent", pending, fieldPath=path))
    assert update is not None
    assert update.items[0].needs == ()


@pytest.mark.parametrize(
    "change",
    [
        {"Webhook-Signature": "v1,AAAA"},
        {"Webhook-Signature": "nonsense"},
        {"Webhook-Signature": "v1,ü"},
        {"Webhook-Signature": ""},
        {"Webhook-Id": "msg_2"},
        {"Webhook-Timestamp": "yesterday"},
    ],
)
def test_a_forged_signature_is_rejected(change: dict[str, str]) -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(body) | change, body)


def test_an_unsigned_event_is_rejected() -> None:
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook({}, b"{}")


def test_a_changed_body_is_rejected() -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(body), body.replace(b"held", b"done"))


def test_a_binary_body_is_rejected() -> None:
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(b"{}"), b"\xff\xfe")


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_an_event_signed_at_another_time_is_rejected(age: timedelta) -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(body, at=datetime.now(UTC) - age), body)


def test_an_event_signed_with_another_secret_is_rejected() -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(body, secret="whsec_c2VjcmV0"), body)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"{}", b'{"eventType": {}}', b'{"eventType": null}'])
def test_a_signed_body_that_is_not_an_event_is_invalid(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read(body)


def test_a_signed_event_about_something_else_is_invalid() -> None:
    with pytest.raises(InvalidRequest):
        read(event(order="C1"))


def test_an_item_without_an_id_is_no_update() -> None:
    assert read(event(order={**ORDER, "productOrderItem": [{"state": "held"}]})) is None
