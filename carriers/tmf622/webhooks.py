"""Reads a carrier's webhooks, once their signature is verified."""

import re
from collections.abc import Mapping

from pydantic import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from carriers.tmf622.documents import HubEvent, ProductOrder
from carriers.tmf622.mapping import item_updates
from carriers.tmf622.naming import from_carrier_name
from models.errors import InvalidRequest, SignatureInvalid
from models.order import CarrierUpdate

# Creation is our own doing, and a cancellation shows in the order's state.
EVENT_TYPES = (
    "ProductOrderStateChangeEvent",
    "ProductOrderAttributeValueChangeEvent",
    "ProductOrderInformationRequiredEvent",
)
_MISSING_FIELD = re.compile(r"productOrderItem\[(?P<index>\d+)\].*\[name=(?P<name>\w+)\]")


def read(webhook: Webhook, carrier: str, headers: Mapping[str, str], body: bytes) -> CarrierUpdate | None:
    """The update in a webhook; None if it has none. Raises SignatureInvalid, InvalidRequest."""
    event = _verified(webhook, headers, body)
    order = event.order
    client_ref = (order and order.external_id) or event.correlation_id
    if event.event_type not in EVENT_TYPES or order is None or client_ref is None:
        return None
    items = item_updates(order, _missing(event.field_path, order))
    event_id = {name.lower(): value for name, value in headers.items()}["webhook-id"]
    return CarrierUpdate(event_id=event_id, carrier=carrier, client_ref=client_ref, items=items) if items else None


def _verified(webhook: Webhook, headers: Mapping[str, str], body: bytes) -> HubEvent:
    """The event, if it was signed within the last five minutes."""
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        # A malformed header is a ValueError.
        raise SignatureInvalid("The signature isn't valid.") from error
    try:
        return HubEvent.model_validate_json(body)
    except ValidationError as error:
        raise InvalidRequest("The body isn't a TMF622 event.") from error


def _missing(field_path: str | None, order: ProductOrder) -> Mapping[str, str]:
    """Our name of the missing information, by item id."""
    missing = _MISSING_FIELD.match(field_path or "")
    if missing is None or int(missing["index"]) >= len(order.items):
        return {}
    return {order.items[int(missing["index"])].id: from_carrier_name(missing["name"])}
