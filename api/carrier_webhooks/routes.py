"""Where carriers send their events, signed by Standard Webhooks."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Request

from api.carrier_webhooks import operations
from api.deps import ServicesDep
from api.http.problems import documented
from api.http.schemas import View

router = APIRouter(prefix="/carriers", tags=["carriers"])
LONGEST_EVENT = 256 * 1024


class Reception(View):
    """An event was taken; whether it was news is nothing the carrier can act on."""

    status: str = "received"


@router.post("/{code}/events", max_body_size=LONGEST_EVENT, responses=documented(401, 404, 413, 503))
async def receive_event(
    code: Annotated[str, Path(max_length=32)], request: Request, services: ServicesDep, background: BackgroundTasks
) -> Reception:
    """Take a carrier's event: verified, kept, and put before its order. A repeat is answered like the first."""
    action_id = await operations.receive(services, code, dict(request.headers), await request.body())
    if action_id is not None:
        background.add_task(services.dispatcher.deliver, action_id)
    return Reception()
