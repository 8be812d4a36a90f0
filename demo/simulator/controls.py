"""Control of the simulator itself, which is not part of TMF622: pace, rules, orders, health."""

import secrets
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import TypeAdapter

from demo.simulator.behaviors import BehaviorRule
from demo.simulator.errors import UnauthorizedError
from demo.simulator.items import Document, characteristics
from demo.simulator.routes import CurrentCarrier, bearer_token
from demo.simulator.settings import Pace
from demo.simulator.sold_products import SoldProduct
from demo.simulator.stored_order import StoredOrder

_RULES = TypeAdapter(tuple[BehaviorRule, ...])
_PRODUCTS = TypeAdapter(list[SoldProduct])
_SHOWN = ("MDN", "IMEI", "ICCID", "EID", "trackingNumber", "deliveredAt", "activatedAt", "failureCode")
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>{name}</title><style>body{{font:15px system-ui;margin:2rem}}table{{border-collapse:collapse}}
td,th{{border-bottom:1px solid #ccc;padding:.4rem .8rem;text-align:left;vertical-align:top}}</style></head>
<body><h1>{name}</h1><table><thead><tr><th>Ordered</th><th>External ID</th><th>State</th><th>Next</th>
<th>Items</th></tr></thead><tbody>{rows}</tbody></table></body></html>"""

router = APIRouter()


def _authenticate(token: Annotated[str, Depends(bearer_token)], carrier: CurrentCarrier) -> None:
    """Accept the configured token, also where the API itself takes only issued ones."""
    if not secrets.compare_digest(token.encode(), carrier.settings.api_token.get_secret_value().encode()):
        raise UnauthorizedError


guarded = APIRouter(prefix="/simulator", dependencies=[Depends(_authenticate)])


@guarded.get("/pace")
async def show_pace(carrier: CurrentCarrier) -> Response:
    return JSONResponse(carrier.pace.model_dump(mode="json"))


@guarded.post("/pace")
async def set_pace(carrier: CurrentCarrier, body: Annotated[dict[str, Any], Body()]) -> Response:
    """Current waits are shortened to the new pace."""
    carrier.set_pace(Pace.model_validate(body))
    return JSONResponse(carrier.pace.model_dump(mode="json"))


@guarded.get("/behaviors")
async def show_behaviors(carrier: CurrentCarrier) -> Response:
    return JSONResponse(_RULES.dump_python(carrier.rules, mode="json", by_alias=True, exclude_defaults=True))


@guarded.post("/behaviors")
async def set_behaviors(carrier: CurrentCarrier, body: Annotated[list[dict[str, Any]], Body()]) -> Response:
    """Replace all rules; orders placed before keep their behavior."""
    carrier.rules = _RULES.validate_python(body)
    return await show_behaviors(carrier)


@guarded.get("/products")
async def show_products(carrier: CurrentCarrier) -> Response:
    return JSONResponse(_PRODUCTS.dump_python(carrier.products.all(), mode="json"))


@guarded.post("/products")
async def add_products(carrier: CurrentCarrier, body: Annotated[list[dict[str, Any]], Body()]) -> Response:
    """Products that the carrier has; those with a known id are left as they are."""
    carrier.products.seed(_PRODUCTS.validate_python(body))
    return await show_products(carrier)


@router.get("/simulator/orders")
async def show_orders(request: Request, carrier: CurrentCarrier) -> Response:
    """All orders, newest first: a page for browsers, else JSON. Activation codes are left out."""
    orders = [_summary(stored) for stored in reversed(carrier.orders.values())]
    if "text/html" not in request.headers.get("Accept", ""):
        return JSONResponse(orders)
    return HTMLResponse(_PAGE.format(name=escape(carrier.settings.personality.name), rows="".join(map(_row, orders))))


@router.get("/healthz")
async def health(carrier: CurrentCarrier) -> Response:
    return JSONResponse({"status": "ok", "carrier": carrier.settings.personality.name})


def _summary(stored: StoredOrder) -> Document:
    return {
        "id": stored.id,
        "externalId": stored.order.get("externalId", ""),
        "orderDate": stored.order["orderDate"],
        "state": stored.state,
        "next": stored.phase,
        "items": [_item(item) for item in stored.order["productOrderItem"]],
    }


def _item(item: Document) -> Document:
    known = characteristics(item)
    shown = {name: known[name] for name in _SHOWN if name in known}
    return {"id": item["id"], "action": item["action"], "state": item["state"], **shown}


def _row(order: Document) -> str:
    items = "<br>".join(escape(" · ".join(str(value) for value in item.values())) for item in order["items"])
    cells = [order["orderDate"], order["externalId"], order["state"], order["next"] or "-"]
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}<td>{items}</td></tr>"
