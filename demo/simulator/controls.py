"""What steers and shows the simulator itself: pace, rules, orders, health; not part of TMF622."""

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import TypeAdapter

from demo.simulator.behaviors import Rule
from demo.simulator.items import Document, characteristics
from demo.simulator.records import Record
from demo.simulator.routes import ACarrier, authenticate
from demo.simulator.settings import Pace

RULES = TypeAdapter(tuple[Rule, ...])
SHOWN = ("MDN", "IMEI", "ICCID", "EID", "trackingNumber", "deliveredAt", "activatedAt", "failureCode")
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>{name}</title><style>body{{font:15px system-ui;margin:2rem}}table{{border-collapse:collapse}}
td,th{{border-bottom:1px solid #ccc;padding:.4rem .8rem;text-align:left;vertical-align:top}}</style></head>
<body><h1>{name}</h1><table><thead><tr><th>Ordered</th><th>External id</th><th>State</th><th>Next</th>
<th>Items</th></tr></thead><tbody>{rows}</tbody></table></body></html>"""

router = APIRouter()
guarded = APIRouter(prefix="/simulator", dependencies=[Depends(authenticate)])


@guarded.get("/pace")
async def show_pace(carrier: ACarrier) -> Response:
    """Show the seconds before each phase."""
    return JSONResponse(carrier.pace.model_dump(mode="json"))


@guarded.post("/pace")
async def set_pace(carrier: ACarrier, body: Annotated[dict[str, Any], Body()]) -> Response:
    """Set the pace; waits under way are shortened to it."""
    carrier.keep_pace(Pace.model_validate(body))
    return JSONResponse(carrier.pace.model_dump(mode="json"))


@guarded.get("/behaviors")
async def show_behaviors(carrier: ACarrier) -> Response:
    """Show the rules in force."""
    return JSONResponse(RULES.dump_python(carrier.rules, mode="json", by_alias=True, exclude_defaults=True))


@guarded.post("/behaviors")
async def set_behaviors(carrier: ACarrier, body: Annotated[list[dict[str, Any]], Body()]) -> Response:
    """Put these rules in place of those in force; orders already placed keep their behavior."""
    carrier.rules = RULES.validate_python(body)
    return await show_behaviors(carrier)


@router.get("/simulator/orders")
async def show_orders(request: Request, carrier: ACarrier) -> Response:
    """Show every order, the newest first: a page for browsers, else JSON. No activation code is among it."""
    orders = [_summary(record) for record in reversed(carrier.records.values())]
    if "text/html" not in request.headers.get("Accept", ""):
        return JSONResponse(orders)
    rows = "".join(map(_row, orders))
    return HTMLResponse(PAGE.format(name=escape(carrier.settings.name), rows=rows))


@router.get("/healthz")
async def health(carrier: ACarrier) -> Response:
    """Tell that the carrier answers."""
    return JSONResponse({"status": "ok", "carrier": carrier.settings.name})


def _summary(record: Record) -> Document:
    return {
        "id": record.id,
        "externalId": record.order.get("externalId", ""),
        "orderDate": record.order["orderDate"],
        "state": record.state,
        "next": record.phase,
        "items": [_item(item) for item in record.order["productOrderItem"]],
    }


def _item(item: Document) -> Document:
    known = characteristics(item)
    told = {name: known[name] for name in SHOWN if name in known}
    return {"id": item["id"], "action": item["action"], "state": item["state"], **told}


def _row(order: Document) -> str:
    items = "<br>".join(escape(" · ".join(str(value) for value in item.values())) for item in order["items"])
    cells = [order["orderDate"], order["externalId"], order["state"], order["next"] or "-"]
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}<td>{items}</td></tr>"
