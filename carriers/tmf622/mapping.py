"""Maps a carrier's product order to updates of our items."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from carriers.tmf622.action import name_of
from carriers.tmf622.documents import ProductOrder, ProductOrderItem
from carriers.tmf622.naming import from_carrier_name, read_identifiers
from models.lifecycle import ItemState
from models.order import ItemUpdate

# The author of our notes on a carrier's order.
NOTE_AUTHOR = "Dialtone"
MAX_DETAIL_LENGTH = 500

STATES: Mapping[str, ItemState] = MappingProxyType(
    {
        "acknowledged": ItemState.PLACED,
        "inProgress": ItemState.IN_FULFILLMENT,
        "held": ItemState.BACKORDERED,
        "pending": ItemState.INFO_REQUIRED,
        "assessingCancellation": ItemState.CANCELING,
        "pendingCancellation": ItemState.CANCELING,
        "completed": ItemState.DONE,
        "rejected": ItemState.DECLINED,
        "failed": ItemState.DECLINED,
        "cancelled": ItemState.CANCELED,
    }
)
_ITEM_FIELD = re.compile(r"productOrderItem\[(?P<index>\d+)\].*\[name=(?P<name>\w+)\]")
_CODE_AND_REASON = re.compile(r"(?P<code>[A-Z][A-Z0-9_]*): (?P<reason>.+)", re.DOTALL)


def item_updates(order: ProductOrder, missing_field: str | None = None) -> tuple[ItemUpdate, ...]:
    """An update for each item whose state we know; `missing_field` is the path of the information that is missing."""
    missing = _missing(order, missing_field or "")
    states = ((item, item.id, _state(order, item)) for item in order.items)
    known = [(item, item_id, state) for item, item_id, state in states if item_id and state is not None]
    return tuple(_update(order, item, item_id, state, missing.get(item_id)) for item, item_id, state in known)


def _missing(order: ProductOrder, field: str) -> Mapping[str | None, str]:
    """Our name of the missing information, by item id."""
    found = _ITEM_FIELD.match(field)
    if found is None or int(found["index"]) >= len(order.items):
        return {}
    return {order.items[int(found["index"])].id: name_of(found["name"])}


def _state(order: ProductOrder, item: ProductOrderItem) -> ItemState | None:
    state = STATES.get(order.state_of(item))
    if state is None or state.final:
        return state
    if STATES.get(order.state or "") is ItemState.CANCELING:
        return ItemState.CANCELING
    if state is ItemState.IN_FULFILLMENT and "deliveredAt" in item.characteristics:
        return ItemState.AWAITING_ACTIVATION
    if state is ItemState.IN_FULFILLMENT and "trackingNumber" in item.characteristics:
        return ItemState.SHIPPED
    return state


def _update(
    order: ProductOrder, item: ProductOrderItem, item_id: str, state: ItemState, missing: str | None
) -> ItemUpdate:
    code, detail = _reason(order, item, state)
    identifiers, as_told = read_identifiers(item.characteristics)
    not_told = {from_carrier_name(name): "" for name in item.unreadable}
    return ItemUpdate(
        item_id=item_id,
        state=state,
        identifiers=replace(identifiers, carrier_product_id=item.product_id or None),
        unreadable=tuple(sorted((not_told | as_told).items())),
        expected_at=None if state.final else read_datetime(order.expected_completion_date),
        code=code,
        detail=detail,
        needs=(missing,) if missing and state is ItemState.INFO_REQUIRED else (),
    )


def _reason(order: ProductOrder, item: ProductOrderItem, state: ItemState) -> tuple[str | None, str | None]:
    """The code and text that explain an item's state."""
    if state is ItemState.DECLINED and "failureCode" in item.characteristics:
        reason = item.characteristics.get("failureReason", "")
        return item.characteristics["failureCode"], reason[:MAX_DETAIL_LENGTH]
    if state in {ItemState.DECLINED, ItemState.BACKORDERED, ItemState.INFO_REQUIRED}:
        return _last_carrier_note(order)
    return None, None


def _last_carrier_note(order: ProductOrder) -> tuple[str | None, str | None]:
    """`CODE: reason` as code and text; any other note is text alone."""
    texts = [note.text for note in order.note if note.text and note.author != NOTE_AUTHOR]
    if not texts:
        return None, None
    coded = _CODE_AND_REASON.fullmatch(texts[-1])
    code, text = (coded["code"], coded["reason"]) if coded else (None, texts[-1])
    return code, text[:MAX_DETAIL_LENGTH]


def read_datetime(text: str | None) -> datetime | None:
    """UTC unless the text has an offset; None if it is not a date."""
    try:
        parsed = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
