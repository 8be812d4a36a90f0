from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from api.http.schemas import RequestModel, ResponseModel
from models.facts import ProductKind

Id = Annotated[str, Field(max_length=64)]


class CatalogQuery(RequestModel):
    beneficiary: Id | None = Field(default=None, description="The person to order for. Default: you.")
    kind: ProductKind | None = None
    carrier: Id | None = None


class CatalogEntry(ResponseModel):
    """A product at the account's contract price. If `fits` is empty, it is compatible with all products."""

    sku: str
    kind: str
    name: str
    carrier: str | None
    one_time: Decimal
    monthly: Decimal
    currency: str
    in_policy: bool
    fits: list[str]
    attributes: Mapping[str, Any]
