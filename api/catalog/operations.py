from api.catalog.schemas import CatalogEntry, CatalogQuery
from api.deps import Access, Services
from api.http.known_codes import check_known
from models.db.catalog import products
from models.db.people import directory
from models.product import Product
from policies.access import Right


async def list_entries(services: Services, access: Access, query: CatalogQuery) -> list[CatalogEntry]:
    """Raises NotFound if the caller can't order for the beneficiary."""
    check_known("carrier", [query.carrier], services.carrier_names)
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
