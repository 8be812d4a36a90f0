from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.paging import CursorPage
from api.http.problems import error_responses
from api.sites import operations
from api.sites.schemas import SiteDetails, SiteIn, SiteQuery, SiteView
from policies.access import Right

router = APIRouter(prefix="/sites", tags=["sites"], dependencies=[JsonOnly])
SiteReadAccess = Annotated[Access, Depends(Needs(Right.SITE_READ))]
SiteChangeAccess = Annotated[Access, Depends(Needs(Right.SITE_CHANGE))]
SiteId = Annotated[str, Path(max_length=40)]


@router.get("", responses=error_responses(401, 403, 422, 503))
async def get_sites(
    query: Annotated[SiteQuery, Query()], access: SiteReadAccess, services: ServicesDep
) -> CursorPage[SiteView]:
    """A page of the company's sites, by name, those that are active first."""
    return await operations.list_sites(services, access, query)


@router.get("/{site_id}", responses=error_responses(401, 403, 404, 503))
async def get_site(site_id: SiteId, access: SiteReadAccess, services: ServicesDep) -> SiteDetails:
    return await operations.read(services, access, site_id)


@router.post("", status_code=201, responses=error_responses(401, 403, 413, 415, 422, 503))
async def add_site(body: SiteIn, access: SiteChangeAccess, services: ServicesDep) -> SiteDetails:
    return await operations.add(services, access, body)


@router.put("/{site_id}", responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def change_site(site_id: SiteId, body: SiteIn, access: SiteChangeAccess, services: ServicesDep) -> SiteDetails:
    """Change or deactivate a site: it becomes what the body says."""
    return await operations.change(services, access, site_id, body)


@router.delete("/{site_id}", status_code=204, responses=error_responses(401, 403, 404, 409, 503))
async def delete_site(site_id: SiteId, access: SiteChangeAccess, services: ServicesDep) -> None:
    """Delete a site that no line, device or order names."""
    await operations.delete(services, access, site_id)
