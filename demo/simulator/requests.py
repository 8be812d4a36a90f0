"""The checked parts of TMF622 requests; everything else is stored as sent."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    field_validator,
    model_validator,
)

from demo.simulator.errors import InvalidRequestError

Text = Annotated[str, StringConstraints(min_length=1)]
_NOT_ON_CREATE = frozenset({"id", "href", "orderDate", "completionDate", "expectedCompletionDate", "state"})


class InputModel(BaseModel):
    """Unknown members are allowed; `read_only` ones are set by the carrier alone."""

    model_config = ConfigDict(extra="allow", frozen=True)
    read_only: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def reject_read_only(cls, body: Any) -> Any:
        if isinstance(body, dict) and (unwanted := sorted(cls.read_only & body.keys())):
            raise InvalidRequestError(f"only the carrier sets {', '.join(unwanted)}")
        return body


class ReferenceInput(InputModel):
    id: Text


class PartyInput(ReferenceInput):
    referred_type: Text = Field(alias="@referredType")


class DeliveryPlace(InputModel):
    role: Text


class CharacteristicInput(InputModel):
    name: Text
    value: Any


class ProductInput(InputModel):
    productCharacteristic: tuple[CharacteristicInput, ...] = ()  # noqa: N815 - the standard's name
    place: tuple[DeliveryPlace, ...] = ()


class AmendedItemInput(InputModel):
    """Only the characteristics of an item can be amended."""

    id: Text
    product: ProductInput = ProductInput()


class ItemInput(AmendedItemInput):
    action: Literal["add", "modify", "delete", "noChange"]


class NoteInput(InputModel):
    text: Text


class OrderAttributes(InputModel):
    externalId: Text | None = None  # noqa: N815 - the standard's name
    category: str | None = None
    description: str | None = None
    notificationContact: str | None = None  # noqa: N815 - the standard's name
    priority: str | None = None
    requestedCompletionDate: AwareDatetime | None = None  # noqa: N815 - the standard's name
    requestedStartDate: AwareDatetime | None = None  # noqa: N815 - the standard's name
    billingAccount: ReferenceInput | None = None  # noqa: N815 - the standard's name
    note: tuple[NoteInput, ...] = ()


class ProductOrderCreate(OrderAttributes):
    """The body of POST /productOrder."""

    read_only = _NOT_ON_CREATE

    relatedParty: tuple[PartyInput, ...] = ()  # noqa: N815 - the standard's name
    productOrderItem: Annotated[tuple[ItemInput, ...], Field(min_length=1)]  # noqa: N815 - the standard's name

    @field_validator("productOrderItem")
    @classmethod
    def check_unique_ids(cls, items: tuple[ItemInput, ...]) -> tuple[ItemInput, ...]:
        if len({item.id for item in items}) < len(items):
            raise ValueError("item ids must be unique")
        return items


class ProductOrderUpdate(OrderAttributes):
    """The body of PATCH /productOrder/{id}; null removes an attribute."""

    read_only = (_NOT_ON_CREATE | {"cancellationDate", "cancellationReason"}) - {"state"}

    relatedParty: tuple[PartyInput, ...] | None = None  # noqa: N815 - the standard's name
    productOrderItem: tuple[AmendedItemInput, ...] = ()  # noqa: N815 - the standard's name


class CancelProductOrderCreate(InputModel):
    """The body of POST /cancelProductOrder."""

    read_only = frozenset({"id", "href", "state", "effectiveCancellationDate"})

    productOrder: ReferenceInput  # noqa: N815 - the standard's name


class EventSubscriptionInput(InputModel):
    """The body of POST /hub; `query` can limit the event types, `eventType=A,B`."""

    callback: HttpUrl
    query: str | None = None
