from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints

from api.http.schemas import OneLine, RequestModel, ResponseModel

Text = Annotated[str, StringConstraints(min_length=1, max_length=100), OneLine]
Sku = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class KitIn(RequestModel):
    """What people with a job title usually get together."""

    name: Text
    roles: list[Text] = Field(
        default_factory=list, max_length=40, description="Job titles that it is for. Default: all."
    )
    device: Sku = Field(examples=["IPHONE-17-256"])
    plan: Sku = Field(examples=["NW-UNLIMITED"])
    features: list[Sku] = Field(default_factory=list, max_length=20)
    accessories: list[Sku] = Field(default_factory=list, max_length=20)
    active: StrictBool = Field(default=True, description="Whether it can be chosen for an order.")


class KitView(ResponseModel):
    id: str
    name: str
    roles: list[str]
    device: str
    plan: str
    features: list[str]
    accessories: list[str]
    active: bool
