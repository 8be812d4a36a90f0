"""TMF622 v4 event envelopes, and which of them a misbehaving carrier really sends."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from ulid import ULID

from demo.simulator.behaviors import Behavior
from demo.simulator.clock import now
from demo.simulator.items import Document
from demo.simulator.states import Phase

OVERTAKEN = frozenset({Phase.BEGIN, Phase.SHIP})

ATTRIBUTE_CHANGE = "ProductOrderAttributeValueChangeEvent"
STATE_CHANGE = "ProductOrderStateChangeEvent"
INFORMATION_REQUIRED = "ProductOrderInformationRequiredEvent"
CANCEL_STATE_CHANGE = "CancelProductOrderStateChangeEvent"


def envelope(kind: str, order: Document, *, domain: str, item: str | None = None, **more: Any) -> Document:
    """Wrap what happened to the order, or one item, as it stands now; `more` overrides or adds members."""
    return {
        "eventId": str(ULID()),
        "eventTime": now(),
        "eventType": kind,
        "correlationId": order.get("externalId", order["id"]),
        "domain": domain,
        "title": kind.removesuffix("Event"),
        "event": {"productOrder": deepcopy(order), **({"orderItemId": item} if item else {})},
        **more,
    }


def to_deliver(
    events: Sequence[Document],
    withheld: list[Document],
    behavior: Behavior,
    *,
    overtaken: bool,
) -> list[Document]:
    """Choose what is sent now; events that are to arrive late are put into `withheld`."""
    if behavior.lost_events or not events:
        return []
    if behavior.unordered_events and overtaken and not withheld:
        withheld.extend(events)
        return []
    sent = [*events, *withheld]
    withheld.clear()
    return [event for event in sent for _ in range(2 if behavior.duplicate_events else 1)]
