from typing import Annotated

import structlog
from fastapi import APIRouter, BackgroundTasks, Path, Request

from api.carrier_webhooks.schemas import EventReceipt
from api.deps import Services, ServicesDep
from api.http.problems import error_responses
from models.db.carriers import carrier_orders
from models.errors import NotFound
from outbox.carrier_intake import receive_update

router = APIRouter(prefix="/carriers", tags=["carriers"])
MAX_EVENT_BYTES = 256 * 1024


Code = Annotated[str, Path(max_length=32)]


@router.post("/{code}/events", max_body_size=MAX_EVENT_BYTES, responses=error_responses(401, 404, 413, 503))
async def receive_event(
    code: Code, request: Request, services: ServicesDep, background: BackgroundTasks
) -> EventReceipt:
    """Receive an event from a carrier, and deliver it to its order."""
    return await _receive(code, "", request, services, background)


@router.post("/{code}/events/{secret}", max_body_size=MAX_EVENT_BYTES, responses=error_responses(401, 404, 413, 503))
async def receive_event_at_secret_address(
    code: Code,
    secret: Annotated[str, Path(max_length=200)],
    request: Request,
    services: ServicesDep,
    background: BackgroundTasks,
) -> EventReceipt:
    """Receive an event from a carrier that can't sign: its address has a secret."""
    return await _receive(code, secret, request, services, background)


async def _receive(
    code: str, secret: str, request: Request, services: Services, background: BackgroundTasks
) -> EventReceipt:
    carrier = services.carriers.get(code)
    if carrier is None:
        raise NotFound("Unknown carrier.")
    body = await request.body()
    update = carrier.read_webhook(dict(request.headers), body, secret)
    structlog.contextvars.bind_contextvars(actor=code)
    if update is not None and not carrier.believes_webhooks:
        await services.database.run(carrier_orders.poll_next, code, update.client_ref)
    elif update is not None:
        kept = carrier.mask_secret_characteristics(body)
        message = await services.database.run(receive_update, services.keyring, code, update, kept)
        if message is not None:
            background.add_task(services.dispatcher.deliver, message.id, message)
    return EventReceipt()
