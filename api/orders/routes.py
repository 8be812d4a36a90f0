"""Orders: place them, find them, follow them."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Query, Response

from api.deps import Access, Needs, ServicesDep
from api.http.headers import PRIVATE, REPLAYED, IdempotencyKey, IfNoneMatch, JsonOnly
from api.http.paging import Page
from api.http.problems import documented
from api.orders import presenter
from api.orders.listing import OrderQuery, OrderSummary, TimelineEntry, list_orders, timeline
from api.orders.placing import dry_run as confirm_order
from api.orders.placing import place
from api.orders.quote import Confirmation
from api.orders.request_schemas import OrderIn
from api.orders.schemas import OrderView
from policies.access import Right

router = APIRouter(prefix="/orders", tags=["orders"], dependencies=[JsonOnly])

# No entry of a history has a higher number.
HIGHEST = 2**31 - 1
Ref = Annotated[str, Path(max_length=40, description="The order's number (D7K-4F2) or id.")]


@router.post(
    "",
    status_code=201,
    responses={
        200: {"model": Confirmation, "description": "A dry run, or the order an earlier request with this key placed"},
        **documented(401, 409, 413, 415, 422, 503),
    },
)
async def place_order(
    body: OrderIn,
    *,
    access: Annotated[Access, Depends(Needs(Right.ORDER_SUBMIT))],
    services: ServicesDep,
    background: BackgroundTasks,
    response: Response,
    key: IdempotencyKey = None,
    dry_run: Annotated[bool, Query(description="Only price and explain the order; nothing is written.")] = False,
) -> OrderView | Confirmation:
    """Place an order, or with `dry_run=true` see its price, who approves it and what happens next."""
    if dry_run:
        response.status_code = 200
        return await confirm_order(services, access, body)
    placed = await place(services, access, body, key)
    background.add_task(services.dispatcher.deliver, placed.sheet.found.row.id)
    response.headers["Location"] = f"/api/v1/orders/{placed.sheet.found.row.number}"
    response.headers["ETag"] = presenter.etag(placed.sheet)
    if placed.replayed:
        response.status_code = 200
        response.headers[REPLAYED] = "true"
    return presenter.show(placed.sheet, access, services)


@router.get("", responses=documented(401, 422, 503))
async def get_orders(
    query: Annotated[OrderQuery, Query()],
    access: Annotated[Access, Depends(Needs(Right.ORDER_READ))],
    services: ServicesDep,
) -> Page[OrderSummary]:
    """Orders you may see, newest first: your own, your team's, your accounts', and those you decide or watch."""
    return await list_orders(services, access, query)


@router.get(
    "/{ref}", response_model=OrderView, responses={304: {"description": "Unchanged"}, **documented(401, 404, 422, 503)}
)
async def get_order(
    ref: Ref,
    *,
    access: Annotated[Access, Depends(Needs(Right.ORDER_READ))],
    services: ServicesDep,
    response: Response,
    unless: IfNoneMatch = None,
    seq: Annotated[int, Query(ge=0, le=HIGHEST, description="Wait up to a second until the order is this far.")] = 0,
) -> OrderView | Response:
    """One order: what was ordered, where it stands, what happens next and what you may do."""
    sheet = await presenter.read_at(services, access, ref, seq)
    headers = {"ETag": presenter.etag(sheet), **PRIVATE}
    if unless == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return presenter.show(sheet, access, services)


@router.get("/{ref}/timeline", responses=documented(401, 404, 422, 503))
async def get_timeline(
    ref: Ref,
    access: Annotated[Access, Depends(Needs(Right.ORDER_READ))],
    services: ServicesDep,
    after: Annotated[int, Query(ge=0, le=HIGHEST, description="Only what came after this entry.")] = 0,
) -> list[TimelineEntry]:
    """What has happened to the order, oldest first."""
    return await timeline(services, access, ref, after)
