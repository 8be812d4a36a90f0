"""The TMF622 v4.0.0 API of the carrier."""

import asyncio
from copy import deepcopy
from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import JSONResponse, Response

from demo.simulator import requests
from demo.simulator.carrier import SimulatedCarrier
from demo.simulator.errors import NotFoundError, PreconditionFailedError, UnauthorizedError
from demo.simulator.filters import CANCELLATION, ORDER
from demo.simulator.items import Document, write
from demo.simulator.listing import list_response, select
from demo.simulator.media_types import check_media_types
from demo.simulator.stored_order import StoredOrder

BASE = "/tmf-api/productOrderingManagement/v4"
Json = Annotated[dict[str, Any], Body()]


def _carrier(request: Request) -> SimulatedCarrier:
    return cast("SimulatedCarrier", request.app.state.carrier)


CurrentCarrier = Annotated[SimulatedCarrier, Depends(_carrier)]


def bearer_token(request: Request) -> str:
    """Raises UnauthorizedError."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise UnauthorizedError
    return token


def authenticate(token: Annotated[str, Depends(bearer_token)], carrier: CurrentCarrier) -> None:
    if not carrier.tokens.accepts(token):
        raise UnauthorizedError


router = APIRouter(prefix=BASE, dependencies=[Depends(authenticate), Depends(check_media_types)])
_READ = ["GET", "HEAD"]


@router.post("/productOrder", status_code=201)
async def place_order(request: Request, carrier: CurrentCarrier, body: Json) -> Response:
    """Accept an order; its behavior can delay the answer."""
    requests.ProductOrderCreate.model_validate(body)
    stored = await carrier.place(body, base=_base(request), idempotency_key=_idempotency_key(request, carrier))
    answer = deepcopy(stored.order)
    await asyncio.sleep(stored.behavior.answer_after)
    return JSONResponse(answer, status_code=201, headers={"Location": answer["href"]})


@router.api_route("/productOrder", methods=_READ)
async def list_orders(request: Request, carrier: CurrentCarrier) -> Response:
    return list_response((stored.order for stored in carrier.orders.values()), request.url, ORDER)


@router.api_route("/productOrder/{key}", methods=_READ)
async def read_order(key: str, carrier: CurrentCarrier, fields: str | None = None) -> Response:
    """The only place that shows secrets, such as the activation codes of eSIMs."""
    stored = carrier.find(key)
    return JSONResponse(select(_with_secrets(stored), fields), headers={"ETag": stored.etag})


@router.patch("/productOrder/{key}")
async def amend_order(key: str, request: Request, carrier: CurrentCarrier, body: Json) -> Response:
    """With `If-Match` only as long as the order has that ETag (RFC 9110)."""
    requests.ProductOrderUpdate.model_validate(body)
    wanted = request.headers.get("If-Match", "*")
    if wanted != "*" and carrier.find(key).etag not in [one.strip() for one in wanted.split(",")]:
        raise PreconditionFailedError(f"order {key} has changed")
    amended = carrier.amend(key, body)
    return JSONResponse(amended.order, headers={"ETag": amended.etag})


@router.delete("/productOrder/{key}", status_code=204)
async def remove_order(key: str, carrier: CurrentCarrier) -> Response:
    carrier.remove(key)
    return Response(status_code=204)


@router.post("/cancelProductOrder", status_code=201)
async def cancel_order(request: Request, carrier: CurrentCarrier, body: Json) -> Response:
    requests.CancelProductOrderCreate.model_validate(body)
    task = carrier.cancel(body, base=_base(request))
    return JSONResponse(task, status_code=201, headers={"Location": task["href"]})


@router.api_route("/cancelProductOrder", methods=_READ)
async def list_cancellations(request: Request, carrier: CurrentCarrier) -> Response:
    return list_response(_tasks(carrier), request.url, CANCELLATION)


@router.api_route("/cancelProductOrder/{key}", methods=_READ)
async def read_cancellation(key: str, carrier: CurrentCarrier, fields: str | None = None) -> Response:
    for task in _tasks(carrier):
        if task["id"] == key:
            return JSONResponse(select(task, fields))
    raise NotFoundError(f"cancellation {key} not found")


@router.post("/hub", status_code=201)
async def subscribe(request: Request, carrier: CurrentCarrier, body: Json) -> Response:
    """Register a listener. A second time is a conflict (TMF630, "Register Listener")."""
    wanted = requests.EventSubscriptionInput.model_validate(body)
    subscription = carrier.deliveries.subscribe(str(wanted.callback), wanted.query)
    return JSONResponse(
        subscription.model_dump(exclude_none=True),
        status_code=201,
        headers={"Location": f"{_base(request)}/hub/{subscription.id}"},
    )


@router.delete("/hub/{key}", status_code=204)
async def unsubscribe(key: str, carrier: CurrentCarrier) -> Response:
    if not await carrier.deliveries.unsubscribe(key):
        raise NotFoundError(f"listener {key} not found")
    return Response(status_code=204)


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{BASE}"


def _idempotency_key(request: Request, carrier: SimulatedCarrier) -> str:
    header = carrier.settings.personality.idempotency_header
    return request.headers.get(header, "") if header else ""


def _tasks(carrier: SimulatedCarrier) -> list[Document]:
    return [task for stored in carrier.orders.values() for task in stored.cancellations]


def _with_secrets(stored: StoredOrder) -> Document:
    order = deepcopy(stored.order)
    for item in order["productOrderItem"]:
        write(item, stored.secrets.get(item["id"], {}))
    return order
