"""The parts of a carrier's TMF622 documents that are read; anything unknown is ignored.

Each leaf is read on its own: one that can't be read is passed over and counted, and all others count.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

import structlog
from pydantic import (
    AfterValidator,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.alias_generators import to_camel

from carriers.tmf622.naming import IDENTIFIERS
from models.dates import in_utc
from models.order import CancelResult
from runtime.metrics import UNREADABLE

log = structlog.get_logger()

# Of each there can be several values, one per parcel.
PARCEL_CHARACTERISTICS = frozenset({"trackingNumber", "shippingCarrier", "deliveredAt"})
# About a device that goes back, or a parcel that is looked for.
RETURN_CHARACTERISTICS = frozenset({"labelUrl", "receivedAt", "condition", "refund", "chargeback", "traceResult"})
# The last day of service of a line that ends.
FINAL_ON = "finalOn"
# What has become of a change of features.
APPLIED_FEATURES, REFUSED_FEATURES, LOST_FEATURES = "appliedFeatureSkus", "refusedFeatureSkus", "lostFeatureSkus"
FEATURE_CHARACTERISTICS = frozenset({APPLIED_FEATURES, REFUSED_FEATURES, LOST_FEATURES})
# What a line has.
LINE_STATUS, PLAN = "lineStatus", "planSku"
LINE_CHARACTERISTICS = frozenset({LINE_STATUS, PLAN})
# No other characteristic is kept: an eSIM's activation code opens the line to anyone who has it.
KEPT_CHARACTERISTICS = frozenset(
    {
        *(one.characteristic for one in IDENTIFIERS),
        *PARCEL_CHARACTERISTICS,
        *RETURN_CHARACTERISTICS,
        *FEATURE_CHARACTERISTICS,
        *LINE_CHARACTERISTICS,
        *(FINAL_ON, "failureCode", "failureReason"),
    }
)
MAX_TEXT_LENGTH = 2000
MAX_VALUE_LENGTH = 255


def is_storable(text: str) -> bool:
    """Whether the text can be stored: it has neither NUL nor half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _storable(text: str | None) -> str | None:
    if text is not None and not is_storable(text):
        raise ValueError("text can't be stored")
    return text


def _passed_over(value: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    try:
        return read(value)
    except ValidationError:
        count_unreadable(info.field_name or "")
        return None


def count_unreadable(leaf: str) -> None:
    log.warning("carrier_value_unreadable", leaf=leaf)
    UNREADABLE.labels(leaf).inc()


def _without_substate(state: Any) -> Any:
    """Some carriers add a sub-state (`held.assessingCharge`)."""
    return state.partition(".")[0] if isinstance(state, str) else state


Text = Annotated[str | None, Field(max_length=MAX_TEXT_LENGTH), AfterValidator(_storable), WrapValidator(_passed_over)]
State = Annotated[Text, BeforeValidator(_without_substate)]


def _documents(value: Any) -> tuple[Any, ...]:
    """The elements of a list that are documents."""
    elements = value if isinstance(value, list | tuple) else ()
    if value is not None and not isinstance(value, list | tuple):
        count_unreadable("list")
    found = tuple(element for element in elements if isinstance(element, dict | BaseModel))
    for _ in range(len(elements) - len(found)):
        count_unreadable("element")
    return found


def _characteristics(value: Any) -> Iterator[tuple[str, Any]]:
    """The kept characteristics that have a value, whether it can be read or not."""
    for one in _documents(value):
        name, reported = one.get("name"), one.get("value")
        if isinstance(name, str) and name in KEPT_CHARACTERISTICS and reported is not None and reported != "":
            yield name, reported


def _single(value: Any) -> dict[str, Any]:
    apart = PARCEL_CHARACTERISTICS | FEATURE_CHARACTERISTICS | LINE_CHARACTERISTICS
    return {name: reported for name, reported in _characteristics(value) if name not in apart}


def _of_line(value: Any) -> dict[str, str]:
    said = {name: reported for name, reported in _characteristics(value) if name in LINE_CHARACTERISTICS}
    for name in (name for name, reported in said.items() if not _is_readable(reported)):
        count_unreadable(name)
    return {name: str(reported) for name, reported in said.items() if _is_readable(reported)}


def _features(value: Any) -> dict[str, tuple[tuple[str, str], ...]]:
    """The features that each names, as pairs of SKU and reason; "" for one without a reason."""
    found = dict[str, tuple[tuple[str, str], ...]]()
    for name, reported in _characteristics(value):
        if name in FEATURE_CHARACTERISTICS:
            pairs = [_feature(one) for one in _as_list(reported)]
            found[name] = (*found.get(name, ()), *(pair for pair in pairs if pair))
            for _ in range(pairs.count(None)):
                count_unreadable(name)
    return found


def _feature(reported: Any) -> tuple[str, str] | None:
    sku, reason = (reported.get("sku"), reported.get("reason")) if isinstance(reported, dict) else (reported, None)
    return (str(sku), str(reason) if _is_readable(reason) else "") if _is_readable(sku) else None


def _of_parcels(value: Any) -> dict[str, Any]:
    """What each says: one value for all parcels, or a list with one per parcel (a repeated characteristic is one)."""
    found = dict[str, Any]()
    for name, reported in _characteristics(value):
        if name in PARCEL_CHARACTERISTICS:
            found[name] = [*_as_list(found[name]), *_as_list(reported)] if name in found else reported
    return found


def _as_list(reported: Any) -> list[Any]:
    return reported if isinstance(reported, list) else [reported]


def _is_readable(reported: Any) -> bool:
    """Text, or a number that was meant as text."""
    if isinstance(reported, bool) or not isinstance(reported, str | int):
        return False
    return len(text := str(reported)) <= MAX_VALUE_LENGTH and is_storable(text)


def _readable(value: Any) -> dict[str, str]:
    return {name: str(reported) for name, reported in _single(value).items() if _is_readable(reported)}


def _readable_of_parcels(value: Any) -> dict[str, str | tuple[str | None, ...]]:
    return {
        name: tuple(map(_text_of, reported)) if isinstance(reported, list) else str(reported)
        for name, reported in _of_parcels(value).items()
        if isinstance(reported, list) or _is_readable(reported)
    }


def _text_of(reported: Any) -> str | None:
    return str(reported) if _is_readable(reported) else None


def _unreadable(value: Any) -> tuple[str, ...]:
    """The name of each value; null in a list is a value that is not reported yet."""
    of_parcels = ((name, reported) for name, values in _of_parcels(value).items() for reported in _as_list(values))
    all_reported = (*_single(value).items(), *of_parcels)
    found = tuple(name for name, reported in all_reported if reported is not None and not _is_readable(reported))
    for name in found:
        count_unreadable(name)
    return found


class Document(BaseModel):
    """Base of what carriers send. Validation errors leave out the input, which may hold secrets."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )


class OrderNote(Document):
    text: Text = None
    author: Text = None


class ProductOrderItem(Document):
    """An item; by the carrier's names, `characteristics` are those in KEPT_CHARACTERISTICS, but for `unreadable` ones.

    Those of parcels are apart, in `parcels`: each is one value for all of them, or one per parcel (None: not reported).
    So are `features`, by characteristic: what has become of each, and what the `line` has. Without an id that can be
    read it is no item of ours.
    """

    id: Text = None
    action: Text = None
    state: State = None
    product_id: Text = Field(default=None, validation_alias=AliasPath("product", "id"))
    product_status: Text = Field(default=None, validation_alias=AliasPath("product", "status"))
    characteristics: Annotated[Mapping[str, str], BeforeValidator(_readable)] = Field(
        default_factory=dict, validation_alias=AliasPath("product", "productCharacteristic")
    )
    parcels: Annotated[Mapping[str, str | tuple[str | None, ...]], BeforeValidator(_readable_of_parcels)] = Field(
        default_factory=dict, validation_alias=AliasPath("product", "productCharacteristic")
    )
    features: Annotated[Mapping[str, tuple[tuple[str, str], ...]], BeforeValidator(_features)] = Field(
        default_factory=dict, validation_alias=AliasPath("product", "productCharacteristic")
    )
    line: Annotated[Mapping[str, str], BeforeValidator(_of_line)] = Field(
        default_factory=dict, validation_alias=AliasPath("product", "productCharacteristic")
    )
    unreadable: Annotated[tuple[str, ...], BeforeValidator(_unreadable)] = Field(
        default=(), validation_alias=AliasPath("product", "productCharacteristic")
    )


class ProductOrder(Document):
    """`external_id` is our reference."""

    id: Text = None
    external_id: Text = None
    state: State = None
    expected_completion_date: Text = None
    note: Annotated[tuple[OrderNote, ...], BeforeValidator(_documents)] = ()
    items: Annotated[tuple[ProductOrderItem, ...], BeforeValidator(_documents)] = Field(
        default=(), validation_alias="productOrderItem"
    )

    def state_of(self, item: ProductOrderItem) -> str:
        """The item's state, or the order's if the carrier sends none for the item."""
        return item.state or self.state or ""


class CancelProductOrder(Document):
    """The carrier's task that cancels an order."""

    id: Text = None
    state: Text = None
    effective_cancellation_date: Text = None

    @property
    def answer(self) -> CancelResult:
        if self.state in {None, "acknowledged", "inProgress"}:
            return CancelResult.ASSESSING
        if self.state == "done" and self.effective_cancellation_date:
            return CancelResult.CANCELED
        return CancelResult.DECLINED


class HubEvent(Document):
    """An event about a product order; `field_path` names missing information."""

    event_id: Text = None
    event_type: str
    event_time: Text = None
    correlation_id: Text = None
    field_path: Text = None
    order: ProductOrder | None = Field(default=None, validation_alias=AliasPath("event", "productOrder"))


def read_date(text: str | None) -> date | None:
    """The day of a date or of a time, as it is written; None if it is not a date."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def read_datetime(text: str | None) -> datetime | None:
    """In UTC, as which a text without an offset counts; None if it is not a date."""
    try:
        parsed = datetime.fromisoformat(text or "")
        return in_utc(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))
    except ValueError:
        return None
