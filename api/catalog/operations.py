from api.catalog.schemas import CatalogEntry, CatalogQuery
from api.deps import Access, Services
from api.list_filters import check_known, unknown
from models.db.catalog import products
from models.db.people import directory
from models.db.session import Session
from models.errors import NotFound
from models.facts import Person
from models.product import Product
from policies.access import Right


async def list_entries(services: Services, access: Access, query: CatalogQuery) -> list[CatalogEntry]:
    check_known("carrier", [query.carrier], services.carrier_names)
    async with services.database.read() as session:
        person = await _beneficiary(session, access, query.beneficiary) if query.beneficiary else access.person
        found = await products.visible_to(session, person, kind=query.kind, carrier=query.carrier)
    return [_entry(product) for product in found]


async def _beneficiary(session: Session, access: Access, person_id: str) -> Person:
    """The person, if the caller can order for them."""
    try:
        person, relations = await directory.find_person(session, access.person, person_id)
        access.check(relations, Right.PERSON_READ)
    except NotFound:
        raise unknown("beneficiary", person_id) from None
    return person


def _entry(product: Product) -> CatalogEntry:
    attributes = {name: value for name, value in product.attributes.items() if name != "tac"}
    return CatalogEntry.model_validate({**vars(product), "fits": sorted(product.fits), "attributes": attributes})
