from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import Access, Needs, ServicesDep
from api.http import schemas
from api.http.problems import error_responses
from api.search import operations
from api.search.schemas import SearchResults
from policies.access import Right

router = APIRouter(prefix="/search", tags=["search"])
SearchAccess = Annotated[Access, Depends(Needs(Right.SEARCH))]
SearchText = Annotated[
    schemas.SearchText,
    Query(min_length=operations.MIN_LENGTH, description="Any number of an order, a line or a device, or a name."),
]


@router.get("", responses=error_responses(401, 422, 503))
async def get_search(q: SearchText, access: SearchAccess, services: ServicesDep) -> SearchResults:
    """Search orders, lines, devices, accounts and people by any of their numbers or names."""
    return await operations.search(services, access, q)
