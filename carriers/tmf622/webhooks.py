"""Reads a carrier's webhooks, once they are verified."""

import hashlib
import json
from typing import Any

from pydantic import ValidationError

from carriers.tmf622.documents import HubEvent, read_datetime
from carriers.tmf622.mapping import item_updates
from carriers.tmf622.secret_characteristics import masked
from models.errors import InvalidRequest
from models.order import CarrierUpdate

MAX_DEPTH = 64
# Creation is our own doing, and a cancellation shows in the order's state.
EVENT_TYPES = (
    "ProductOrderStateChangeEvent",
    "ProductOrderAttributeValueChangeEvent",
    "ProductOrderInformationRequiredEvent",
)


def read(carrier: str, body: bytes, event_id: str | None) -> CarrierUpdate | None:
    """The update in a webhook that was verified; None if it has none. Raises InvalidRequest.

    Without an `event_id`, the event's own counts, or else its content.
    """
    event = _parsed(body)
    order = event.order
    if event.event_type not in EVENT_TYPES or order is None:
        return None
    # An order that the carrier has made itself need not have a reference of a client.
    client_ref = order.external_id or event.correlation_id or order.id
    if client_ref is None:
        return None
    items = item_updates(order, missing_field=event.field_path)
    if not items:
        return None
    return CarrierUpdate(
        event_id=event_id or event.event_id or hashlib.sha256(body).hexdigest(),
        carrier=carrier,
        client_ref=client_ref,
        items=items,
        carrier_ref=order.id,
        at=read_datetime(event.event_time),
    )


def mask_secret_characteristics(body: bytes) -> bytes:
    """The body of a webhook as it came, but for the secrets that it repeats."""
    document = json.loads(body)
    kept = masked(document)
    return body if kept == document else json.dumps(kept).encode()


def _parsed(body: bytes) -> HubEvent:
    try:
        document = json.loads(body)
        if _is_deeper(document, MAX_DEPTH):
            raise InvalidRequest("The body is nested too deeply.")
        return HubEvent.model_validate(document)
    except (ValidationError, ValueError, RecursionError) as error:
        raise InvalidRequest("The body isn't a TMF622 event.") from error


def _is_deeper(document: Any, depth: int) -> bool:
    """Whether the document has more than so many levels."""
    elements = [document]
    for _ in range(depth):
        inner = (one.values() if isinstance(one, dict) else one for one in elements if isinstance(one, dict | list))
        elements = [element for values in inner for element in values]
    return bool(elements)
