"""TMF622 request bodies: orders, amendments and cancellations."""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any

from carriers.base import NO_SECRETS, CarrierOrder, CarrierOrderItem, Secrets
from carriers.tmf622.action import CarrierAction, characteristic_of, find_action, secret_names
from carriers.tmf622.mapping import NOTE_AUTHOR
from models.errors import CarrierDeclined
from models.registry import UnknownWordError

Json = dict[str, Any]

# From 0, the highest, to 4.
_PRIORITIES = MappingProxyType({"emergency": "0", "normal": "2", "bulk": "4"})
_EXPEDITED_PRIORITY = "1"
_ADDRESS_FIELDS = MappingProxyType(
    {
        "name": "name",
        "line1": "streetName",
        "city": "city",
        "state": "stateOrProvince",
        "postal_code": "postcode",
        "country": "country",
    }
)


def order_body(order: CarrierOrder) -> Json:
    """Raises CarrierDeclined for an action the carrier does not support, or if no billing account is known."""
    return {
        "externalId": order.client_ref,
        "description": f"Order {order.number}",
        "priority": _priority(order),
        **_charged_to(order),
        "productOrderItem": quoted_items(order),
        **({"note": [_note(order.instructions)]} if order.instructions else {}),
    }


def quoted_items(order: CarrierOrder) -> list[Json]:
    """The items about which the carrier is asked before they are ordered, as they would be ordered."""
    return [_item(item, order.ship_to) for item in order.items]


def amendment_body(
    order: Json, answers: Mapping[str, Mapping[str, Any]], *, secrets: Secrets = NO_SECRETS, note: str = ""
) -> Json:
    """Set the answers to some items (by item id and question code) in the carrier's order, and add a note.

    A merge patch (RFC 7396) replaces lists, so all items and notes are sent as the carrier has them, also what can't be
    read of them, but for states, which are the carrier's, and for secrets, of which it may have returned a mask.
    """
    items = [
        _amended(item, _named(answers.get(item_id, {})), _named(secrets.get(item_id, {})))
        for item in _elements(order.get("productOrderItem"))
        for item_id in [_text(item, "id")]
    ]
    return {"productOrderItem": items, **({"note": [*_elements(order.get("note")), _note(note)]} if note else {})}


def cancellation_body(carrier_ref: str, reason: str) -> Json:
    return {"productOrder": {"id": carrier_ref}} | ({"cancellationReason": reason} if reason else {})


def _amended(item: Any, answers: Mapping[str, Any], secrets: Mapping[str, Any]) -> Any:
    """The item with these characteristics. A secret that is not known is left out: its mask must not replace it."""
    if not isinstance(item, dict):
        return item
    unchanged = {name: value for name, value in item.items() if name != "state"}
    product = _document(item.get("product"))
    known = product.get("productCharacteristic")
    if not answers and not isinstance(known, list):
        return unchanged
    kept = [one for one in _elements(known) if _text(one, "name") not in answers]
    entries = [*chain.from_iterable(_unmasked(one, secrets) for one in kept), *_characteristics(answers)]
    return {**unchanged, "product": {**product, "productCharacteristic": entries}}


def _unmasked(characteristic: Any, secrets: Mapping[str, Any]) -> tuple[Any, ...]:
    name = _text(characteristic, "name")
    if name not in secret_names():
        return (characteristic,)
    return ({**characteristic, "value": secrets[name]},) if name in secrets else ()


def _document(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(document: Any, name: str) -> str:
    """A text of a document, "" if there is none."""
    value = _document(document).get(name)
    return value if isinstance(value, str) else ""


def _named(answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Answers by the carrier's names."""
    return {characteristic_of(code): answer for code, answer in answers.items()}


def _charged_to(order: CarrierOrder) -> Json:
    account = order.billing_account
    if account is None:
        if any(item.billing_account is None for item in order.items):
            facts = {"code": "CARRIER_ACCOUNT_MISSING"}
            detail = "The account that pays for the order has no billing account with the carrier."
            raise CarrierDeclined(detail, facts=facts)
        return {}
    customer = {"id": account.foundation or account.number, "name": account.name, "role": "Customer"}
    return {
        "billingAccount": {"id": account.number},
        "relatedParty": [{**customer, "@referredType": "Organization"}],
    }


def _item(item: CarrierOrderItem, ship_to: Mapping[str, str] | None) -> Json:
    """A new product is named by its offering, an existing one by its id; the carrier assigned both."""
    action = _action(item.action)
    product = _product(action.characteristics(item))
    new, product_id = action.verb == "add", item.subject.carrier_product_id
    if action.ships and ship_to:
        product["place"] = [{"role": "shipTo", **_address(ship_to)}]
    if product_id and not new:
        product["id"] = product_id
    if product_id and action.relies_on_line:
        product["productRelationship"] = [{"relationshipType": "reliesOn", "product": {"id": product_id}}]
    return {
        "id": item.item_id,
        "action": action.verb,
        "quantity": 1,
        **({"productOffering": {"id": item.offering}} if item.offering and new else {}),
        **({"billingAccount": {"id": item.billing_account}} if item.billing_account else {}),
        "product": product,
    }


def _action(code: str) -> CarrierAction:
    try:
        return find_action(code)
    except UnknownWordError as error:
        facts = {"code": "UNSUPPORTED_ACTION"}
        raise CarrierDeclined(f"The carrier does not support {code!r}.", facts=facts) from error


def _product(values: Mapping[str, Any]) -> Json:
    return {"productCharacteristic": _characteristics(values)}


def _characteristics(values: Mapping[str, Any]) -> list[Json]:
    return [{"name": name, "value": _value(value)} for name, value in values.items()]


def _value(answer: Any) -> Any:
    return _address(answer) if isinstance(answer, Mapping) else answer


def _address(address: Mapping[str, str]) -> Json:
    fields = {theirs: address[ours] for ours, theirs in _ADDRESS_FIELDS.items() if address.get(ours)}
    unit = {"geographicSubAddress": [{"name": address["line2"]}]} if address.get("line2") else {}
    return {"@type": "GeographicAddress", **fields, **unit}


def _note(text: str) -> Json:
    return {"author": NOTE_AUTHOR, "text": text}


def _priority(order: CarrierOrder) -> str:
    priority = _PRIORITIES[order.urgency]
    return min(priority, _EXPEDITED_PRIORITY) if order.expedite else priority
