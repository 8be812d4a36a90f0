"""An order's history while it happens."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse

from api.auth.credentials import credential
from api.deps import Access, Needs, ServicesDep
from api.http.problems import documented
from api.orders import event_stream
from api.orders.routes import HIGHEST, Ref
from models.order import OrderRef
from policies.access import Right

router = APIRouter(prefix="/orders/{ref}", tags=["orders"])

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The entries, each with its `id`", "content": {"text/event-stream": {}}},
    204: {"description": "The order has ended, and all of it was told"},
    **documented(401, 404, 422, 429, 503),
}


# FastAPI would take a route of the class EventSourceResponse for a generator, which cannot answer 204 or 429.
@router.get("/events", response_class=Response, responses=RESPONSES)
async def follow_order(
    ref: Ref,
    request: Request,
    *,
    access: Annotated[Access, Depends(Needs(Right.ORDER_READ))],
    services: ServicesDep,
    after: Annotated[
        int, Query(ge=0, le=HIGHEST, description="Only what came after this event; `Last-Event-ID` outranks it.")
    ] = 0,
    last: Annotated[
        int | None, Header(alias="Last-Event-ID", ge=0, le=HIGHEST, description="Id of the last event received.")
    ] = None,
) -> Response:
    """Timeline entries as server-sent events, the past ones first; `end` follows the order's last entry.

    Resume with `Last-Event-ID`. Entries can come twice and out of their order: know them by `seq`.
    """
    found = await event_stream.begin(services, access, ref)
    resumed = after if last is None else last
    if event_stream.told(found, resumed):
        return Response(status_code=204)
    order = OrderRef(tenant=found.row.tenant, id=found.row.id)
    reader = event_stream.Reader(
        access=access,
        shown=credential(request, services.public_url),
        ref=order,
        after=resumed,
        stopping=request.app.state.stopping,
    )
    return EventSourceResponse(event_stream.follow(services, reader), headers={"X-Accel-Buffering": "no"})
