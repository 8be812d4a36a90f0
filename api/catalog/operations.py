"""What a person may choose from, at the contract price of the account that pays."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from api.deps import Access, Services
from api.http.schemas import Body, View
from models.db.catalog import products
from models.db.people import directory
from models.facts import Product, ProductKind
from policies.access import Right

Id = Annotated[str, Field(max_length=64)]


class CatalogQuery(Body):
    """Whose catalog, and which part of it."""

    beneficiary: Id | None = Field(default=None, description="For whom; yourself when left out.")
    kind: ProductKind | None = None
    carrier: Id | None = None


class Entry(View):
    """Something that can be ordered; prices are the account's contract prices. `fits` empty: goes with all."""

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


async def list_entries(services: Services, access: Access, query: CatalogQuery) -> list[Entry]:
    """The catalog of a person. Raises NotFound for somebody one may not order for."""
    async with services.database.transaction() as session:
        whose = access.person
        if query.beneficiary is not None:
            whose, relations = await directory.find_person(session, access.person, query.beneficiary)
            access.check(relations, Right.PERSON_READ)
        offered = await products.visible_to(session, whose, kind=query.kind, carrier=query.carrier)
    return [_entry(product) for product in offered]


def _entry(product: Product) -> Entry:
    shown = {name: value for name, value in product.attributes.items() if name != "tac"}
    return Entry.model_validate({**vars(product), "fits": sorted(product.fits), "attributes": shown})
