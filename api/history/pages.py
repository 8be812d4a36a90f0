from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.deps import ServicesDep
from api.history.operations import order_history
from api.history.routes import HistoryAccess
from api.http.layout import render_page
from api.orders.routes import Ref

router = APIRouter(include_in_schema=False)
SourceTab = Literal["all", "order", "operator", "email", "message", "temporal"]


@router.get("/admin/orders/{ref}")
async def show_history(
    ref: Ref,
    request: Request,
    *,
    access: HistoryAccess,
    services: ServicesDep,
    source: Annotated[SourceTab, Query()] = "all",
    live: Annotated[bool, Query()] = False,
    done: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The history of an order; with `live` the page reloads every few seconds."""
    history = await order_history(services, access, ref)
    items = [item for item in history.items if source in {"all", item.source}]
    context = {"history": history, "items": items, "source": source, "live": live, "done": done, "rejected": None}
    return await render_page(request, services, access, "history/order_history.html", context)
