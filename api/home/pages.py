from fastapi import APIRouter, Request, Response

from api.deps import ServicesDep
from api.home import operations
from api.http.layout import render_page
from api.orders.routes import ReadAccess

router = APIRouter(include_in_schema=False)


@router.get("/")
async def show_home(request: Request, access: ReadAccess, services: ServicesDep) -> Response:
    return await render_page(
        request, services, access, "home/home.html", {"home": await operations.home(services, access)}
    )
