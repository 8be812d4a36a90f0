"""What a client may send: the checked parts of TMF622 requests; everything else is kept as it came."""

from typing import Annotated, Any, Literal

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
NOT_ON_CREATE = frozenset({"id", "href", "orderDate", "completionDate", "expectedCompletionDate", "state"})
NOT_ON_UPDATE = (NOT_ON_CREATE | {"cancellationDate", "cancellationReason"}) - {"state"}


class Part(BaseModel):
    """A sub-object whose unknown members are let through."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Reference(Part):
    """Names something that exists elsewhere."""

    id: Text


class Party(Reference):
    """Names somebody, and what kind of somebody."""

    referred_type: Text = Field(alias="@referredType")


class Place(Part):
    """Somewhere, and what it is to the product."""

    role: Text


class Characteristic(Part):
    """A name and a value of any JSON type."""

    name: Text
    value: Any


class Product(Part):
    """What the item is about."""

    productCharacteristic: tuple[Characteristic, ...] = ()  # noqa: N815 - the standard's name
    place: tuple[Place, ...] = ()


class Item(Part):
    """One line of an order."""

    id: Text
    action: Literal["add", "modify", "delete", "noChange"]
    product: Product = Product()


class Note(Part):
    """A remark."""

    text: Text


class Attributes(Part):
    """What a client may say of an order when it places it and later."""

    externalId: Text | None = None  # noqa: N815 - the standard's name
    category: str | None = None
    description: str | None = None
    notificationContact: str | None = None  # noqa: N815 - the standard's name
    priority: str | None = None
    requestedCompletionDate: AwareDatetime | None = None  # noqa: N815 - the standard's name
    requestedStartDate: AwareDatetime | None = None  # noqa: N815 - the standard's name
    billingAccount: Reference | None = None  # noqa: N815 - the standard's name
    note: tuple[Note, ...] = ()


class ProductOrderCreate(Attributes):
    """The body of POST /productOrder."""

    relatedParty: tuple[Party, ...] = ()  # noqa: N815 - the standard's name
    productOrderItem: Annotated[tuple[Item, ...], Field(min_length=1)]  # noqa: N815 - the standard's name

    @model_validator(mode="before")
    @classmethod
    def leaves_the_carriers_own(cls, body: Any) -> Any:
        """Refuse attributes only the carrier sets."""
        return _refuse(body, NOT_ON_CREATE)

    @field_validator("productOrderItem")
    @classmethod
    def are_told_apart(cls, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """Refuse two items with one id."""
        if len({item.id for item in items}) < len(items):
            raise ValueError("item ids must be unique")
        return items


class AmendedItem(Part):
    """An item named by its id; only its characteristics can be amended."""

    id: Text
    product: Product = Product()


class ProductOrderUpdate(Attributes):
    """The body of PATCH /productOrder/{id}; null removes an attribute."""

    relatedParty: tuple[Party, ...] | None = None  # noqa: N815 - the standard's name
    productOrderItem: tuple[AmendedItem, ...] = ()  # noqa: N815 - the standard's name

    @model_validator(mode="before")
    @classmethod
    def leaves_the_carriers_own(cls, body: Any) -> Any:
        """Refuse attributes only the carrier sets."""
        return _refuse(body, NOT_ON_UPDATE)


class CancelProductOrderCreate(Part):
    """The body of POST /cancelProductOrder."""

    productOrder: Reference  # noqa: N815 - the standard's name

    @model_validator(mode="before")
    @classmethod
    def leaves_the_carriers_own(cls, body: Any) -> Any:
        """Refuse attributes only the carrier sets."""
        return _refuse(body, frozenset({"id", "href", "state", "effectiveCancellationDate"}))


class EventSubscriptionInput(Part):
    """The body of POST /hub; `query` may narrow the event types, `eventType=A,B`."""

    callback: HttpUrl
    query: str | None = None


def _refuse(body: Any, names: frozenset[str]) -> Any:
    if isinstance(body, dict) and (unwanted := sorted(names & body.keys())):
        raise InvalidRequestError(f"only the carrier sets {', '.join(unwanted)}")
    return body
