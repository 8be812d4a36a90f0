"""Reads a carrier's webhooks, once their signature is verified."""

import json
from collections.abc import Mapping

from pydantic import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from carriers.tmf622.documents import HubEvent
from carriers.tmf622.mapping import item_updates
from carriers.tmf622.secret_characteristics import masked
from models.errors import InvalidRequest, SignatureInvalid
from models.order import CarrierUpdate

# Creation is our own doing, and a cancellation shows in the order's state.
EVENT_TYPES = (
    "ProductOrderStateChangeEvent",
    "ProductOrderAttributeValueChangeEvent",
    "ProductOrderInformationRequiredEvent",
)


def read(webhook: Webhook, carrier: str, headers: Mapping[str, str], body: bytes) -> CarrierUpdate | None:
    """The update in a webhook; None if it has none. Raises SignatureInvalid, InvalidRequest."""
    event = _verified(webhook, headers, body)
    order = event.order
    client_ref = (order and order.external_id) or event.correlation_id
    if event.event_type not in EVENT_TYPES or order is None or client_ref is None:
        return None
    items = item_updates(order, missing_field=event.field_path)
    event_id = {name.lower(): value for name, value in headers.items()}["webhook-id"]
    if not items:
        return None
    return CarrierUpdate(event_id=event_id, carrier=carrier, client_ref=client_ref, items=items, carrier_ref=order.id)


def mask_secret_characteristics(body: bytes) -> bytes:
    """The body of a webhook as it came, but for the secrets that it repeats."""
    document = json.loads(body)
    kept = masked(document)
    return body if kept == document else json.dumps(kept, ensure_ascii=False).encode()


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
