"""The form for goods that never arrived."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Response
from fastapi.responses import RedirectResponse

from api.deps import Access, Needs, ServicesDep
from api.orders import presenter
from api.orders.routes import Ref
from api.returns import operations
from api.returns.schemas import NotReceivedIn
from models.lifecycle import Action
from policies.access import Right

router = APIRouter(prefix="/orders/{ref}", include_in_schema=False)


@router.post("/report-not-received")
async def report_not_received(
    ref: Ref,
    services: ServicesDep,
    background: BackgroundTasks,
    access: Annotated[Access, Depends(Needs(Right.ORDER_ACTIVATE))],
    *,
    item: Annotated[int, Form(ge=1)] = 1,
    key: Annotated[str | None, Form(max_length=100)] = None,
) -> Response:
    """Leads to the order that looks for them."""
    opened = await operations.open_return(
        services, access, Action.REPORT_NOT_RECEIVED, ref, NotReceivedIn(item=item), key=key
    )
    background.add_task(opened.deliver, services)
    record = await presenter.read_at(services, access.for_right(Right.ORDER_READ), opened.order_id)
    return RedirectResponse(f"/orders/{record.found.row.number}", status_code=303)
