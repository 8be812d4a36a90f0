from typing import Annotated

from fastapi import APIRouter, Depends

from api.company import operations
from api.company.schemas import CompanyIn, CompanyView
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/company", tags=["operations"], dependencies=[JsonOnly])
CompanyReadAccess = Annotated[Access, Depends(Needs(Right.COMPANY_READ))]
CompanyChangeAccess = Annotated[Access, Depends(Needs(Right.COMPANY_CHANGE))]


@router.get("", responses=error_responses(401, 403, 503))
async def get_company(access: CompanyReadAccess, services: ServicesDep) -> CompanyView:
    """Your company with its office hours and contacts, and the carriers it has billing accounts at."""
    return await operations.read(services, access)


@router.post("", responses=error_responses(401, 403, 413, 415, 422, 503))
async def change_company(body: CompanyIn, access: CompanyChangeAccess, services: ServicesDep) -> CompanyView:
    """Change your company's name, office hours or contacts. It takes effect at once."""
    return await operations.change(services, access, body)
