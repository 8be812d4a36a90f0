"""The catalogue, at contract prices."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api import catalogue
from api.deps import Access, Needs, ServicesDep
from api.problems import documented
from policies.access import Right

router = APIRouter(prefix="/catalog", tags=["catalogue"])


@router.get("", responses=documented(401, 404, 422, 503))
async def get_catalog(
    query: Annotated[catalogue.CatalogueQuery, Query()],
    access: Annotated[Access, Depends(Needs(Right.CATALOGUE_READ))],
    services: ServicesDep,
) -> list[catalogue.Entry]:
    """What you, or somebody you may order for, can choose from."""
    return await catalogue.list_entries(services, access, query)
