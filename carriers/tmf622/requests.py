"""What is sent to a carrier: orders, amendments and cancellations as TMF622 has them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from carriers.base import CarrierOrder, CarrierOrderItem
from carriers.tmf622.documents import OrderItem
from carriers.tmf622.mapping import US
from carriers.tmf622.naming import spoken
from models.errors import CarrierRefused

Json = dict[str, Any]

# What a type asks of the carrier, as the action on the product and what the product is to become.
ACTIONS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "new_line": ("add", {}),
        "suspend": ("modify", {"lineStatus": "suspended"}),
        "resume": ("modify", {"lineStatus": "active"}),
        "change_device": ("modify", {}),
        "change_features": ("modify", {}),
        "change_number": ("modify", {}),
        "change_plan": ("modify", {}),
        "change_sim": ("modify", {}),
        "terminate": ("delete", {}),
    }
)
# 0 is served first, 4 last.
_PRIORITIES = MappingProxyType({"emergency": "0", "normal": "2", "bulk": "4"})
_EXPEDITED = "1"
_STREET_ADDRESS = MappingProxyType(
    {
        "name": "name",
        "line1": "streetName",
        "city": "city",
        "state": "stateOrProvince",
        "postal_code": "postcode",
        "country": "country",
    }
)


def order(work: CarrierOrder) -> Json:
    """The body that places an order."""
    body: Json = {
        "externalId": work.client_ref,
        "description": f"Order {work.number}",
        "priority": _priority(work),
        "billingAccount": {"id": work.account_number},
        "productOrderItem": [_item(item, work.ship_to) for item in work.items],
    }
    return body | ({"note": [_note(work.instructions)]} if work.instructions else {})


def amendment(items: Iterable[OrderItem], values: Mapping[str, Any], *, note: str | None = None) -> Json:
    """The body that sets characteristics (by our names) of these items, with a remark."""
    set_ = _product({spoken(name): value for name, value in values.items()})
    body: Json = {"productOrderItem": [{"id": item.id, "action": item.action, "product": set_} for item in items]}
    return body | ({"note": [_note(note)]} if note else {})


def cancellation(carrier_ref: str, reason: str) -> Json:
    """The body that asks to cancel an order."""
    return {"productOrder": {"id": carrier_ref}} | ({"cancellationReason": reason} if reason else {})


def _item(item: CarrierOrderItem, ship_to: Mapping[str, str] | None) -> Json:
    if item.action not in ACTIONS:
        raise CarrierRefused(f"The carrier's interface has no {item.action!r}.", facts={"code": "UNSUPPORTED_ACTION"})
    action, becomes = ACTIONS[item.action]
    product = _product({**becomes, **{spoken(name): value for name, value in item.wanted.items()}})
    if ship_to:
        product["place"] = [_place(ship_to)]
    return {"id": item.item_id, "action": action, "quantity": 1, "product": product}


def _product(values: Mapping[str, Any]) -> Json:
    return {"productCharacteristic": [{"name": name, "value": value} for name, value in values.items()]}


def _place(address: Mapping[str, str]) -> Json:
    known = {theirs: address[ours] for ours, theirs in _STREET_ADDRESS.items() if address.get(ours)}
    unit = {"geographicSubAddress": [{"name": address["line2"]}]} if address.get("line2") else {}
    return {"role": "shipTo", "@type": "GeographicAddress", **known, **unit}


def _note(text: str) -> Json:
    return {"author": US, "text": text}


def _priority(work: CarrierOrder) -> str:
    usual = _PRIORITIES[work.urgency]
    return min(usual, _EXPEDITED) if work.expedite else usual
