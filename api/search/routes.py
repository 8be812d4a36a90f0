"""One search over everything one may see."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import Access, Needs, ServicesDep
from api.http.problems import documented
from api.search import operations
from policies.access import Right

router = APIRouter(prefix="/search", tags=["search"])
Text = Annotated[str, Query(min_length=2, max_length=100, description="A number of anything, or words of a name.")]


@router.get("", responses=documented(401, 422, 503))
async def get_search(
    q: Text, access: Annotated[Access, Depends(Needs(Right.SEARCH))], services: ServicesDep
) -> operations.SearchResults:
    """Orders, lines, devices, accounts and people by order number, telephone number, IMEI, ICCID, FA number or name."""
    return await operations.search(services, access, q)
