"""The parts of a carrier's TMF622 documents that are read; anything unknown is ignored."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from carriers.tmf622.naming import IDENTIFIERS
from models.order import CancelResult

# No other characteristic is kept: an eSIM's activation code opens the line to anyone who has it.
KEPT_CHARACTERISTICS = frozenset(
    {*(one.characteristic for one in IDENTIFIERS), "deliveredAt", "failureCode", "failureReason"}
)


def _kept(characteristics: Any) -> dict[str, str]:
    return {
        each["name"]: str(each["value"])
        for each in characteristics or ()
        if isinstance(each, dict) and each.get("name") in KEPT_CHARACTERISTICS and each.get("value") not in {None, ""}
    }


def _none_as_empty(value: Any) -> Any:
    return value or ()


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _without_substate(state: Any) -> Any:
    """Some carriers add a sub-state (`held.assessingCharge`)."""
    return state.partition(".")[0] if isinstance(state, str) else state


State = Annotated[str | None, BeforeValidator(_without_substate)]


class Document(BaseModel):
    """Base of what carriers send. Validation errors leave out the input, which may hold secrets."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )


class OrderNote(Document):
    text: str = ""
    author: str | None = None
    date: str | None = None


class ProductOrderItem(Document):
    """`characteristics` holds those in KEPT_CHARACTERISTICS, by the carrier's names."""

    id: str
    action: str = "add"
    state: State = None
    product_id: Annotated[str | None, BeforeValidator(_text_or_none)] = Field(
        default=None, validation_alias=AliasPath("product", "id")
    )
    characteristics: Annotated[Mapping[str, str], BeforeValidator(_kept)] = Field(
        default_factory=dict, validation_alias=AliasPath("product", "productCharacteristic")
    )


class ProductOrder(Document):
    """`external_id` is our reference."""

    id: str
    external_id: str | None = None
    state: State = None
    expected_completion_date: str | None = None
    note: Annotated[tuple[OrderNote, ...], BeforeValidator(_none_as_empty)] = ()
    items: Annotated[tuple[ProductOrderItem, ...], BeforeValidator(_none_as_empty)] = Field(
        default=(), validation_alias="productOrderItem"
    )

    def state_of(self, item: ProductOrderItem) -> str:
        """The item's state, or the order's if the carrier sends none for the item."""
        return item.state or self.state or ""


class CancelProductOrder(Document):
    """The carrier's task that cancels an order."""

    id: str
    state: str | None = None
    effective_cancellation_date: str | None = None

    @property
    def answer(self) -> CancelResult:
        if self.state in {None, "acknowledged", "inProgress"}:
            return CancelResult.ASSESSING
        if self.state == "done" and self.effective_cancellation_date:
            return CancelResult.CANCELED
        return CancelResult.DECLINED


class HubEvent(Document):
    """An event about a product order; `field_path` names missing information."""

    event_id: str | None = None
    event_type: str
    event_time: str | None = None
    correlation_id: str | None = None
    field_path: str | None = None
    order: ProductOrder | None = Field(default=None, validation_alias=AliasPath("event", "productOrder"))
