"""Reading a carrier's webhooks: the signature first, then what they say about an order."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from carriers.tmf622.documents import Announcement, ProductOrder
from carriers.tmf622.mapping import items_of
from carriers.tmf622.naming import understood
from models.errors import InvalidRequest, SignatureInvalid
from models.order import CarrierUpdate

# Creation is what we did ourselves, and a cancellation shows in the state of its order.
HEARD = (
    "ProductOrderStateChangeEvent",
    "ProductOrderAttributeValueChangeEvent",
    "ProductOrderInformationRequiredEvent",
)
_LACKING = re.compile(r"productOrderItem\[(?P<index>\d+)\].*\[name=(?P<name>\w+)\]")


def read(webhook: Webhook, carrier: str, headers: Mapping[str, str], body: bytes) -> CarrierUpdate | None:
    """The news of a webhook, None when it has none. Raises SignatureInvalid, InvalidRequest."""
    announcement = _announcement(verified(webhook, headers, body))
    order = announcement.order
    client_ref = (order and order.external_id) or announcement.correlation_id
    if announcement.event_type not in HEARD or order is None or client_ref is None:
        return None
    items = items_of(order, _needs(announcement.field_path, order))
    event_id = {name.lower(): value for name, value in headers.items()}["webhook-id"]
    return CarrierUpdate(event_id=event_id, carrier=carrier, client_ref=client_ref, items=items) if items else None


def verified(webhook: Webhook, headers: Mapping[str, str], body: bytes) -> Any:
    """The JSON of a body that carries a valid signature of the last five minutes."""
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        # A header that is not even of the right form is a ValueError.
        raise SignatureInvalid("The signature does not verify.") from error
    try:
        return json.loads(body)
    except ValueError as error:
        raise InvalidRequest("The body is not JSON.") from error


def _announcement(document: Any) -> Announcement:
    try:
        return Announcement.model_validate(document)
    except ValidationError as error:
        raise InvalidRequest("The body is not an event of TMF622.") from error


def _needs(field_path: str | None, order: ProductOrder) -> Mapping[str, str]:
    """What is lacking, by item id."""
    lacking = _LACKING.match(field_path or "")
    if lacking is None or int(lacking["index"]) >= len(order.items):
        return {}
    return {order.items[int(lacking["index"])].id: understood(lacking["name"])}
