"""The TMF622 v4.0.0 surface of the carrier."""

import asyncio
import secrets
from copy import deepcopy
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import JSONResponse, Response

from demo.simulator import requests
from demo.simulator.carrier import Carrier
from demo.simulator.errors import NotFoundError, UnauthorizedError
from demo.simulator.filters import CANCELLATION, ORDER
from demo.simulator.items import Document, write
from demo.simulator.listing import page, select
from demo.simulator.records import Record

BASE = "/tmf-api/productOrderingManagement/v4"
Json = Annotated[dict[str, Any], Body()]


def the_carrier(request: Request) -> Carrier:
    """Give the carrier behind the application."""
    carrier: Carrier = request.app.state.carrier
    return carrier


ACarrier = Annotated[Carrier, Depends(the_carrier)]


def authenticate(request: Request, carrier: ACarrier) -> None:
    """Let the configured API token in.

    Raises:
        UnauthorizedError: the bearer token is missing or another.
    """
    given = request.headers.get("Authorization", "").encode()
    wanted = f"Bearer {carrier.settings.api_token.get_secret_value()}".encode()
    if not secrets.compare_digest(given, wanted):
        raise UnauthorizedError


router = APIRouter(prefix=BASE, dependencies=[Depends(authenticate)])


@router.post("/productOrder", status_code=201)
async def place_order(request: Request, carrier: ACarrier, body: Json) -> Response:
    """Accept an order; its behavior may make the answer late."""
    requests.ProductOrderCreate.model_validate(body)
    record = carrier.place(body, base=_base(request))
    answer = deepcopy(record.order)
    await asyncio.sleep(record.behavior.answer_after)
    return JSONResponse(answer, status_code=201, headers={"Location": answer["href"]})


@router.get("/productOrder")
async def list_orders(request: Request, carrier: ACarrier) -> Response:
    """List orders, the oldest first."""
    found = page((record.order for record in carrier.records.values()), request.url, ORDER)
    return JSONResponse(found.documents, headers=found.headers)


@router.get("/productOrder/{key}")
async def read_order(key: str, carrier: ACarrier, fields: str | None = None) -> Response:
    """Show an order with the activation codes of its eSIMs, which are told nowhere else."""
    return JSONResponse(select(_with_codes(carrier.record(key)), fields))


@router.patch("/productOrder/{key}")
async def amend_order(key: str, carrier: ACarrier, body: Json) -> Response:
    """Merge a patch into an order."""
    requests.ProductOrderUpdate.model_validate(body)
    return JSONResponse(carrier.amend(key, body).order)


@router.delete("/productOrder/{key}", status_code=204)
async def remove_order(key: str, carrier: ACarrier) -> Response:
    """Forget an order, for administration."""
    carrier.remove(key)
    return Response(status_code=204)


@router.post("/cancelProductOrder", status_code=201)
async def cancel_order(request: Request, carrier: ACarrier, body: Json) -> Response:
    """Open a cancellation task."""
    requests.CancelProductOrderCreate.model_validate(body)
    task = carrier.cancel(body, base=_base(request))
    return JSONResponse(task, status_code=201, headers={"Location": task["href"]})


@router.get("/cancelProductOrder")
async def list_cancellations(request: Request, carrier: ACarrier) -> Response:
    """List cancellation tasks, the oldest first."""
    found = page(_tasks(carrier), request.url, CANCELLATION)
    return JSONResponse(found.documents, headers=found.headers)


@router.get("/cancelProductOrder/{key}")
async def read_cancellation(key: str, carrier: ACarrier, fields: str | None = None) -> Response:
    """Show a cancellation task."""
    for task in _tasks(carrier):
        if task["id"] == key:
            return JSONResponse(select(task, fields))
    raise NotFoundError(f"there is no cancellation {key}")


@router.post("/hub", status_code=201)
async def subscribe(carrier: ACarrier, body: Json) -> Response:
    """Register a listener."""
    wanted = requests.EventSubscriptionInput.model_validate(body)
    subscription = carrier.deliveries.subscribe(str(wanted.callback), wanted.query)
    return JSONResponse(
        subscription.model_dump(exclude_none=True),
        status_code=201,
        headers={"Location": f"{BASE}/hub/{subscription.id}"},
    )


@router.delete("/hub/{key}", status_code=204)
async def unsubscribe(key: str, carrier: ACarrier) -> Response:
    """Forget a listener."""
    if not await carrier.deliveries.unsubscribe(key):
        raise NotFoundError(f"there is no listener {key}")
    return Response(status_code=204)


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{BASE}"


def _tasks(carrier: Carrier) -> list[Document]:
    return [task for record in carrier.records.values() for task in record.cancellations]


def _with_codes(record: Record) -> Document:
    order = deepcopy(record.order)
    for item in order["productOrderItem"]:
        if code := record.activation_codes.get(item["id"]):
            write(item, {"activationCode": code})
    return order
