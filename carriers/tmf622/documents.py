"""What a carrier tells about an order, read leniently: what is not known here is passed over."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from models.order import CancelAnswer

# Nothing else is even kept: an eSIM's activation code, which opens the line to whoever has it, is not read.
READ = frozenset(
    {
        "MDN",
        "IMEI",
        "IMEI2",
        "ICCID",
        "EID",
        "trackingNumber",
        "shippingCarrier",
        "deliveredAt",
        "failureCode",
        "failureReason",
    }
)


def _read(entries: Any) -> dict[str, str]:
    return {
        entry["name"]: str(entry["value"])
        for entry in entries or ()
        if isinstance(entry, dict) and entry.get("name") in READ and entry.get("value") not in {None, ""}
    }


def _listed(value: Any) -> Any:
    return value or ()


def _main(state: Any) -> Any:
    """A state without the sub-state some carriers add (`held.assessingCharge`): it says nothing more to us."""
    return state.partition(".")[0] if isinstance(state, str) else state


State = Annotated[str | None, BeforeValidator(_main)]


class Document(BaseModel):
    """A part of what a carrier says. Errors do not repeat it: it may hold secrets."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )


class Note(Document):
    """A remark on an order; `author` tells ours from the carrier's."""

    text: str = ""
    author: str | None = None
    date: str | None = None


class OrderItem(Document):
    """One item; `known` holds those of its characteristics that matter to us, by the carrier's names."""

    id: str
    action: str = "add"
    state: State = None
    known: Annotated[Mapping[str, str], BeforeValidator(_read)] = Field(
        default_factory=dict, validation_alias=AliasPath("product", "productCharacteristic")
    )


class ProductOrder(Document):
    """An order at the carrier; its `external_id` is our reference."""

    id: str
    external_id: str | None = None
    state: State = None
    expected_completion_date: str | None = None
    note: Annotated[tuple[Note, ...], BeforeValidator(_listed)] = ()
    items: Annotated[tuple[OrderItem, ...], BeforeValidator(_listed)] = Field(
        default=(), validation_alias="productOrderItem"
    )

    def state_of(self, item: OrderItem) -> str:
        """The item's own state, or, where the carrier does not tell it, the order's."""
        return item.state or self.state or ""


class CancelTask(Document):
    """The carrier's task of cancelling an order."""

    id: str
    state: str | None = None
    effective_cancellation_date: str | None = None

    @property
    def answer(self) -> CancelAnswer:
        """What came of it so far."""
        if self.state in {None, "acknowledged", "inProgress"}:
            return CancelAnswer.ASSESSING
        if self.state == "done" and self.effective_cancellation_date:
            return CancelAnswer.CANCELED
        return CancelAnswer.DECLINED


class Announcement(Document):
    """The envelope of an event; `field_path` names what an order lacks."""

    event_type: str
    correlation_id: str | None = None
    field_path: str | None = None
    order: ProductOrder | None = Field(default=None, validation_alias=AliasPath("event", "productOrder"))
