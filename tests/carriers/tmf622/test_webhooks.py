"""Webhooks are read when their signature verifies, whatever else they hold."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from models.errors import InvalidRequest, SignatureInvalid
from models.lifecycle import ItemState
from models.order import CarrierUpdate, Channel, ItemUpdate
from tests.carriers.carrier_client import adapter
from tests.demo.simulator.simulator_client import SECRET

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
    moment = at or datetime.now(UTC)
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", moment, body.decode()),
    }


def told(document: Any) -> CarrierUpdate | None:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return CARRIER.read_webhook(signed(body), body)


def test_an_event_is_the_carriers_news_of_our_reference() -> None:
    assert told(event()) == CarrierUpdate(
        event_id="msg_1",
        carrier="northwind",
        client_ref="01J:1",
        items=(ItemUpdate(item_id="1", state=ItemState.BACKORDERED),),
        channel=Channel.WEBHOOK,
    )


def test_an_order_without_our_reference_goes_by_the_events_correlation() -> None:
    news = told(event(order={**ORDER, "externalId": None}, correlationId="01J:2"))
    assert news is not None
    assert news.client_ref == "01J:2"


def test_what_is_not_known_is_passed_over() -> None:
    assert told(event(order={**ORDER, "shinyNewThing": {"a": [1]}}, jeopardy="high")) is not None


@pytest.mark.parametrize(
    "document",
    [
        event("ProductOrderCreateEvent"),
        event("ProductOrderMilestoneEvent"),
        event("CancelProductOrderStateChangeEvent"),
        event(order=None),
        event(order={**ORDER, "productOrderItem": []}),
        event(order={**ORDER, "externalId": None}),
        {"eventType": "ProductOrderStateChangeEvent"},
    ],
)
def test_an_event_that_says_nothing_about_items_is_no_news(document: dict[str, Any]) -> None:
    assert told(document) is None


def test_an_item_lacks_what_the_events_path_names() -> None:
    path = "productOrderItem[0].product.productCharacteristic[name=IMEI]"
    pending = {**ORDER, "state": "pending", "productOrderItem": [{"id": "1", "state": "pending"}]}
    news = told(event("ProductOrderInformationRequiredEvent", pending, fieldPath=path))
    assert news is not None
    assert news.items[0].needs == ("imei",)


@pytest.mark.parametrize("path", ["productOrderItem[9].x[name=IMEI]", "$.relatedParty", ""])
def test_a_path_that_names_nothing_of_ours_is_no_hindrance(path: str) -> None:
    pending = {**ORDER, "productOrderItem": [{"id": "1", "state": "pending"}]}
    news = told(event("ProductOrderInformationRequiredEvent", pending, fieldPath=path))
    assert news is not None
    assert news.items[0].needs == ()


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
def test_a_forged_event_is_turned_away(change: dict[str, str]) -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(body) | change, body)


def test_an_event_without_a_signature_is_turned_away() -> None:
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook({}, b"{}")


def test_a_body_that_was_changed_is_turned_away() -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(body), body.replace(b"held", b"done"))


def test_a_body_that_is_no_text_is_turned_away() -> None:
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(b"{}"), b"\xff\xfe")


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_an_event_of_another_time_is_turned_away(age: timedelta) -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(body, at=datetime.now(UTC) - age), body)


def test_an_event_signed_with_another_secret_is_turned_away() -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(SignatureInvalid):
        CARRIER.read_webhook(signed(body, secret="whsec_c2VjcmV0"), body)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"{}", b'{"eventType": {}}', b'{"eventType": null}'])
def test_a_signed_body_that_is_no_event_is_not_of_the_contracts_form(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        told(body)


@pytest.mark.parametrize("order", ["C1", {"id": 7}, {**ORDER, "productOrderItem": [{"state": "held"}]}])
def test_a_signed_event_about_something_else_is_not_of_the_contracts_form(order: Any) -> None:
    with pytest.raises(InvalidRequest):
        told(event(order=order))
