from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

from api.http.schemas import IdFilter, RequestModel, ResponseModel
from models.product import ProductKind


class CatalogQuery(RequestModel):
    beneficiary: IdFilter | None = Field(default=None, description="The person to order for. Default: you.")
    kind: ProductKind | None = None
    carrier: IdFilter | None = None


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
