from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.catalog.operations import list_entries
from api.catalog.schemas import CatalogEntry, CatalogQuery
from api.deps import Access, Needs, ServicesDep
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/catalog", tags=["catalog"])


@router.get("", responses=error_responses(401, 422, 503))
async def get_catalog(
    query: Annotated[CatalogQuery, Query()],
    access: Annotated[Access, Depends(Needs(Right.CATALOG_READ))],
    services: ServicesDep,
) -> list[CatalogEntry]:
    """What you, or a person you can order for, can choose from, at contract prices."""
    return await list_entries(services, access, query)
