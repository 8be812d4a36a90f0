from typing import Annotated

from fastapi import APIRouter, Depends

from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from api.next_orders import operations
from api.next_orders.schemas import AgainIn, NextOrder, OrderAgainView
from api.orders.routes import ReadAccess, Ref
from policies.access import Right

router = APIRouter(prefix="/orders/{ref}", tags=["orders"], dependencies=[JsonOnly])
AgainAccess = Annotated[Access, Depends(Needs(Right.ORDER_SUBMIT))]


@router.get("/next-orders", responses=error_responses(401, 404, 503))
async def get_next_orders(ref: Ref, access: ReadAccess, services: ServicesDep) -> list[NextOrder]:
    """What you can order after this order: what takes it back, what comes next, and what you can have instead."""
    return await operations.next_orders(services, access, ref)


@router.post("/again", status_code=201, responses=error_responses(401, 403, 404, 409, 413, 415, 422, 503))
async def order_again(ref: Ref, body: AgainIn, access: AgainAccess, services: ServicesDep) -> OrderAgainView:
    """Save a draft of a new order like this one, which has ended; of one that was completed in part, of the rest."""
    return await operations.order_again(services, access, ref, replace_draft=body.replace_draft)
