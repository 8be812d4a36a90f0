"""What an order at the carrier means for ours: the state of each item, and what became known of it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from carriers.tmf622.documents import OrderItem, ProductOrder
from models.asks import parse_mdn
from models.lifecycle import ItemState
from models.order import Identifiers, ItemUpdate

US = "Dialtone"
LONGEST_DETAIL = 500

STATES: Mapping[str, ItemState] = MappingProxyType(
    {
        "acknowledged": ItemState.PLACED,
        "inProgress": ItemState.IN_FULFILLMENT,
        "held": ItemState.BACKORDERED,
        "pending": ItemState.INFO_REQUIRED,
        "assessingCancellation": ItemState.CANCELING,
        "pendingCancellation": ItemState.CANCELING,
        "completed": ItemState.DONE,
        "rejected": ItemState.REFUSED,
        "failed": ItemState.REFUSED,
        "cancelled": ItemState.CANCELED,
    }
)
_CODED = re.compile(r"(?P<code>[A-Z][A-Z0-9_]*): (?P<reason>.+)", re.DOTALL)


def items_of(order: ProductOrder, needs: Mapping[str, str]) -> tuple[ItemUpdate, ...]:
    """News of every item whose state is known here; `needs` names what an item lacks, by item id."""
    told = ((item, _state(order, item)) for item in order.items)
    return tuple(_news(order, item, state, needs.get(item.id)) for item, state in told if state is not None)


def _state(order: ProductOrder, item: OrderItem) -> ItemState | None:
    state = STATES.get(order.state_of(item))
    if state is None or state.final:
        return state
    if STATES.get(order.state or "") is ItemState.CANCELING:
        return ItemState.CANCELING
    if state is ItemState.IN_FULFILLMENT and "deliveredAt" in item.known:
        return ItemState.AWAITING_ACTIVATION
    if state is ItemState.IN_FULFILLMENT and "trackingNumber" in item.known:
        return ItemState.SHIPPED
    return state


def _news(order: ProductOrder, item: OrderItem, state: ItemState, need: str | None) -> ItemUpdate:
    code, detail = _reason(order, item, state)
    return ItemUpdate(
        item_id=item.id,
        state=state,
        identifiers=_identifiers(item.known),
        expected_at=None if state.final else _moment(order.expected_completion_date),
        code=code,
        detail=detail,
        needs=(need,) if need and state is ItemState.INFO_REQUIRED else (),
    )


def _identifiers(known: Mapping[str, str]) -> Identifiers:
    return Identifiers(
        mdn=_mdn(known.get("MDN")),
        imei=known.get("IMEI"),
        imei2=known.get("IMEI2"),
        iccid=_iccid(known.get("ICCID")),
        eid=known.get("EID"),
        tracking_number=known.get("trackingNumber"),
        shipping_carrier=known.get("shippingCarrier"),
    )


def _mdn(number: str | None) -> str | None:
    """The number as E.164; a word that is no telephone number is not taken for one."""
    try:
        return number and parse_mdn(number)
    except ValueError:
        return None


def _iccid(number: str | None) -> str | None:
    """Carriers pad a number of odd length with an F, as it is stored on the card."""
    return number and number.rstrip("Ff")


def _reason(order: ProductOrder, item: OrderItem, state: ItemState) -> tuple[str | None, str | None]:
    """Why an item stands where it stands, as code and sentence."""
    if state is ItemState.REFUSED and "failureCode" in item.known:
        return item.known["failureCode"], item.known.get("failureReason", "")[:LONGEST_DETAIL]
    if state in {ItemState.REFUSED, ItemState.BACKORDERED, ItemState.INFO_REQUIRED}:
        return _last_remark(order)
    return None, None


def _last_remark(order: ProductOrder) -> tuple[str | None, str | None]:
    """The carrier's last note, `CODE: reason` or only words."""
    texts = [note.text for note in order.note if note.author != US]
    if not texts:
        return None, None
    coded = _CODED.fullmatch(texts[-1])
    return (coded["code"], coded["reason"][:LONGEST_DETAIL]) if coded else (None, texts[-1][:LONGEST_DETAIL])


def _moment(text: str | None) -> datetime | None:
    """A time, UTC unless it says otherwise; None where the carrier writes something else."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
