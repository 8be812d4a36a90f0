"""The catalog, at contract prices."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.catalog import operations
from api.deps import Access, Needs, ServicesDep
from api.http.problems import documented
from policies.access import Right

router = APIRouter(prefix="/catalog", tags=["catalog"])


@router.get("", responses=documented(401, 404, 422, 503))
async def get_catalog(
    query: Annotated[operations.CatalogQuery, Query()],
    access: Annotated[Access, Depends(Needs(Right.CATALOG_READ))],
    services: ServicesDep,
) -> list[operations.Entry]:
    """What you, or somebody you may order for, can choose from."""
    return await operations.list_entries(services, access, query)
