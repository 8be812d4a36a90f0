"""TMF622 v4 event envelopes, and which of them the carrier delivers."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from ulid import ULID

from demo.simulator.behaviors import Behavior
from demo.simulator.clock import now
from demo.simulator.items import Document
from demo.simulator.states import Phase

# With `unorderedEvents`, the events of these phases arrive after those of the next phase.
WITHHELD_PHASES = frozenset({Phase.BEGIN, Phase.SHIP})

ATTRIBUTE_CHANGE = "ProductOrderAttributeValueChangeEvent"
STATE_CHANGE = "ProductOrderStateChangeEvent"
INFORMATION_REQUIRED = "ProductOrderInformationRequiredEvent"
CANCEL_STATE_CHANGE = "CancelProductOrderStateChangeEvent"


def envelope(kind: str, order: Document, *, domain: str, item: str | None = None, **more: Any) -> Document:
    """An event with a copy of the order; `more` overrides or adds members."""
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
    events: Sequence[Document], withheld: list[Document], behavior: Behavior, *, withhold: bool
) -> list[Document]:
    """The events to deliver now; `withheld` keeps those to deliver later."""
    if behavior.lost_events or not events:
        return []
    if behavior.unordered_events and withhold and not withheld:
        withheld.extend(events)
        return []
    delivered = [*events, *withheld]
    withheld.clear()
    return [event for event in delivered for _ in range(2 if behavior.duplicate_events else 1)]
