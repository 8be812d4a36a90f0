"""Maps a carrier's product order to updates of our items."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from carriers.tmf622.action import name_of
from carriers.tmf622.documents import (
    APPLIED_FEATURES,
    FINAL_ON,
    LINE_STATUS,
    LOST_FEATURES,
    PLAN,
    REFUSED_FEATURES,
    ProductOrder,
    ProductOrderItem,
    count_unreadable,
    read_date,
    read_datetime,
)
from carriers.tmf622.naming import from_carrier_name, read_identifiers
from carriers.tmf622.parcels import Delivery, read_delivery
from carriers.tmf622.refusals import correctable
from carriers.tmf622.return_reports import read_return
from models.lifecycle import ItemState
from models.order import ItemUpdate

# The author of our notes on a carrier's order.
NOTE_AUTHOR = "Dialtone"
MAX_DETAIL_LENGTH = 500
_TRACKING_NUMBER = "tracking_number"

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
# What a line is, by the characteristic of it or by the standard's status of its product.
_LINE_STATUSES: Mapping[str | None, str] = MappingProxyType(
    {
        **{status: status for status in ("active", "suspended", "disconnected")},
        **dict.fromkeys(("terminated", "aborted"), "disconnected"),
    }
)
_ITEM_FIELD = re.compile(r"productOrderItem\[(?P<index>\d+)\].*\[name=(?P<name>\w+)\]")
_CODE_AND_REASON = re.compile(r"(?P<code>[A-Z][A-Z0-9_]*): (?P<reason>.+)", re.DOTALL)


def item_updates(order: ProductOrder, missing_field: str | None = None) -> tuple[ItemUpdate, ...]:
    """An update for each item with an id; `missing_field` is the path of the information that is missing.

    A state that isn't known is counted as unreadable; all else that is said of the item counts.
    """
    missing = _missing(order, missing_field or "")
    deliveries = ((item, item.id, read_delivery(item.parcels)) for item in order.items)
    states = ((item, item_id, delivery, _state(order, item, delivery)) for item, item_id, delivery in deliveries)
    return tuple(
        _update(order, item, item_id, state, delivery, missing.get(item_id))
        for item, item_id, delivery, state in states
        if item_id
    )


def _missing(order: ProductOrder, field: str) -> Mapping[str | None, str]:
    """Our name of the missing information, by item id."""
    found = _ITEM_FIELD.match(field)
    if found is None or int(found["index"]) >= len(order.items):
        return {}
    return {order.items[int(found["index"])].id: name_of(found["name"])}


def _refused(item: ProductOrderItem) -> tuple[tuple[str, str], ...]:
    return item.features.get(REFUSED_FEATURES, ())


def _applied(item: ProductOrderItem) -> tuple[str, ...] | None:
    applied = item.features.get(APPLIED_FEATURES)
    return None if applied is None else tuple(sku for sku, _ in applied)


def _nothing_applied(item: ProductOrderItem) -> bool:
    """Whether the carrier has refused all features of the item."""
    return bool(_refused(item)) and _applied(item) == ()


def _state(order: ProductOrder, item: ProductOrderItem, delivery: Delivery) -> ItemState | None:
    reported = order.state_of(item)
    state = ItemState.DECLINED if _nothing_applied(item) and reported == "completed" else STATES.get(reported)
    if reported and state is None:
        count_unreadable("state")
    if state is None or state.final:
        return state
    if STATES.get(order.state or "") is ItemState.CANCELING:
        return ItemState.CANCELING
    if state is ItemState.IN_FULFILLMENT and delivery.is_complete:
        return ItemState.AWAITING_ACTIVATION
    if state is ItemState.IN_FULFILLMENT and delivery.parcels:
        return ItemState.SHIPPED
    return state


def _update(  # noqa: PLR0917 - an update is made of all of these
    order: ProductOrder,
    item: ProductOrderItem,
    item_id: str,
    state: ItemState | None,
    delivery: Delivery,
    missing: str | None,
) -> ItemUpdate:
    code, detail = _reason(order, item, state)
    identifiers, unreadable = read_identifiers(item.characteristics)
    without_text = {from_carrier_name(name): "" for name in item.unreadable}
    return_state, return_details = read_return(item.characteristics, is_under_way=bool(delivery.parcels))
    tracking_numbers = {(_TRACKING_NUMBER, number) for number in delivery.unreadable}
    return ItemUpdate(
        item_id=item_id,
        state=state,
        identifiers=replace(identifiers, carrier_product_id=item.product_id or None),
        parcels=delivery.parcels,
        delivered=delivery.delivered,
        delivered_at=delivery.delivered_at,
        unreadable=tuple(sorted((without_text | unreadable).items() | tracking_numbers)),
        expected_at=None if state is not None and state.final else read_datetime(order.expected_completion_date),
        final_on=read_date(item.characteristics.get(FINAL_ON)),
        code=code,
        detail=detail,
        needs=_needs(state, code, missing),
        return_state=return_state,
        return_details=return_details,
        refused_features=(*_refused(item), *item.features.get(LOST_FEATURES, ())),
        applied_features=_applied(item),
        in_part=bool(_refused(item)),
        line_status=_line_status(item),
        plan=item.line.get(PLAN),
    )


def _line_status(item: ProductOrderItem) -> str | None:
    if item.action == "delete":
        return "disconnected"
    return _LINE_STATUSES.get(item.line.get(LINE_STATUS) or item.product_status)


def _needs(state: ItemState | None, code: str | None, missing: str | None) -> tuple[str, ...]:
    if state is ItemState.DECLINED:
        return correctable(code)
    return (missing,) if missing and state is ItemState.INFO_REQUIRED else ()


def _reason(order: ProductOrder, item: ProductOrderItem, state: ItemState | None) -> tuple[str | None, str | None]:
    """The code and text that explain an item's state."""
    if state is ItemState.DECLINED and _nothing_applied(item):
        reasons = dict.fromkeys(f"{sku}: {reason}" if reason else sku for sku, reason in _refused(item))
        return "FEATURES_REFUSED", "; ".join(reasons)[:MAX_DETAIL_LENGTH]
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
