"""The start page, and the list of all orders one may see."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import Access, Needs, ServicesDep
from api.home import operations
from api.http.layout import show
from api.http.paging import older
from api.orders.listing import OrderQuery, list_orders
from policies.access import Right

router = APIRouter(include_in_schema=False)
Reading = Annotated[Access, Depends(Needs(Right.ORDER_READ))]


@router.get("/")
async def show_home(request: Request, access: Reading, services: ServicesDep) -> Response:
    """What waits for this person, their orders with what happens next, their lines and devices."""
    told = await operations.home(services, access)
    return await show(request, services, access, "home/home.html", {"home": told})


@router.get("/orders")
async def show_orders(
    request: Request, query: Annotated[OrderQuery, Query()], access: Reading, services: ServicesDep
) -> Response:
    """All orders this person may see, the newest first."""
    listed = await list_orders(services, access, query)
    scene = {"orders": listed.items, "older": older(request, listed.next_cursor)}
    return await show(request, services, access, "orders/all.html", scene)
