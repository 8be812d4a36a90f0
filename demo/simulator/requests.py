"""The checked parts of TMF622 requests; everything else is stored as sent."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
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
    id: Text | None = None
    productCharacteristic: tuple[CharacteristicInput, ...] = ()  # noqa: N815 - the standard's name
    place: tuple[DeliveryPlace, ...] = ()


class ItemInput(InputModel):
    id: Text
    action: Literal["add", "modify", "delete", "noChange"]
    product: ProductInput = ProductInput()


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


def _check_unique_ids(items: tuple[ItemInput, ...]) -> tuple[ItemInput, ...]:
    if len({item.id for item in items}) < len(items):
        raise ValueError("item ids must be unique")
    return items


Items = Annotated[tuple[ItemInput, ...], Field(min_length=1), AfterValidator(_check_unique_ids)]


class ProductOrderCreate(OrderAttributes):
    """The body of POST /productOrder."""

    read_only = _NOT_ON_CREATE

    relatedParty: tuple[PartyInput, ...] = ()  # noqa: N815 - the standard's name
    productOrderItem: Items  # noqa: N815 - the standard's name


class QuoteCreate(InputModel):
    """The body of POST /companion/v1/quote."""

    quoteItem: Items  # noqa: N815 - named like the standard's


class QualificationCreate(InputModel):
    """The body of POST /productOfferingQualification (TMF679)."""

    read_only = frozenset({"id", "href", "state", "qualificationResult"})

    productOfferingQualificationItem: Items  # noqa: N815 - the standard's name


class ProductOrderUpdate(OrderAttributes):
    """The body of PATCH /productOrder/{id}, a merge patch: null removes an attribute, but not the items."""

    read_only = (_NOT_ON_CREATE | {"cancellationDate", "cancellationReason"}) - {"state"}

    relatedParty: tuple[PartyInput, ...] | None = None  # noqa: N815 - the standard's name
    productOrderItem: Items = ()  # noqa: N815 - the standard's name


class CancelProductOrderCreate(InputModel):
    """The body of POST /cancelProductOrder."""

    read_only = frozenset({"id", "href", "state", "effectiveCancellationDate"})

    productOrder: ReferenceInput  # noqa: N815 - the standard's name
    requestedCancellationDate: AwareDatetime | None = None  # noqa: N815 - the standard's name


class EventSubscriptionInput(InputModel):
    """The body of POST /hub; `query` filters events as it does lists, `eventType=A,B`."""

    callback: HttpUrl
    query: str | None = None
