"""The home page, and the list of all orders the person has access to."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import Access, Needs, ServicesDep
from api.home import operations
from api.http.layout import render_page
from api.http.paging import next_page_url
from api.orders.order_list import OrderQuery, list_orders
from policies.access import Right

router = APIRouter(include_in_schema=False)
ReadAccess = Annotated[Access, Depends(Needs(Right.ORDER_READ))]


@router.get("/")
async def show_home(request: Request, access: ReadAccess, services: ServicesDep) -> Response:
    home = await operations.home(services, access)
    return await render_page(request, services, access, "home/home.html", {"home": home})


@router.get("/orders")
async def show_orders(
    request: Request, query: Annotated[OrderQuery, Query()], access: ReadAccess, services: ServicesDep
) -> Response:
    listed = await list_orders(services, access, query)
    context = {"orders": listed.items, "next_page": next_page_url(request, listed.next_cursor)}
    return await render_page(request, services, access, "orders/all.html", context)
