from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from api.deps import ServicesDep
from api.next_orders import operations
from api.next_orders.routes import AgainAccess
from api.orders.routes import Ref

router = APIRouter(prefix="/orders/{ref}", include_in_schema=False)


@router.post("/again")
async def order_again(
    ref: Ref, access: AgainAccess, services: ServicesDep, *, replace_draft: Annotated[bool, Form()] = False
) -> Response:
    """Save the draft and continue with its form."""
    again = await operations.order_again(services, access, ref, replace_draft=replace_draft)
    return RedirectResponse(again.continue_at, status_code=303)
