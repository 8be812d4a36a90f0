from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from api.deps import Access, Services
from api.http.schemas import RequestModel, ResponseModel
from models.db.catalog import products
from models.db.people import directory
from models.facts import Product, ProductKind
from policies.access import Right

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


async def list_entries(services: Services, access: Access, query: CatalogQuery) -> list[CatalogEntry]:
    """Raises NotFound if the caller may not order for the beneficiary."""
    async with services.database.transaction() as session:
        person = access.person
        if query.beneficiary is not None:
            person, relations = await directory.find_person(session, access.person, query.beneficiary)
            access.check(relations, Right.PERSON_READ)
        found = await products.visible_to(session, person, kind=query.kind, carrier=query.carrier)
    return [_entry(product) for product in found]


def _entry(product: Product) -> CatalogEntry:
    attributes = {name: value for name, value in product.attributes.items() if name != "tac"}
    return CatalogEntry.model_validate({**vars(product), "fits": sorted(product.fits), "attributes": attributes})
