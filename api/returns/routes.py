"""The API about goods that go back, or that never arrived."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Response

from api.deps import Access, Needs, ServicesDep
from api.http.headers import IdempotencyKey, JsonOnly
from api.http.problems import error_responses
from api.orders import presenter
from api.orders.routes import Ref
from api.orders.schemas import OrderView
from api.returns import operations
from api.returns.schemas import NotReceivedIn, StartReturnIn
from models.lifecycle import Action
from policies.access import Right

router = APIRouter(prefix="/orders", tags=["orders"], dependencies=[JsonOnly])
_RESPONSES = error_responses(401, 403, 404, 409, 413, 415, 422, 503)
ReturnAccess = Annotated[Access, Depends(Needs(Right.ORDER_ACTIVATE))]


@dataclass(frozen=True, kw_only=True)
class OpeningRequest:
    """What both routes take from their request."""

    ref: Ref
    response: Response
    services: ServicesDep
    background: BackgroundTasks
    key: IdempotencyKey = None

    async def open(self, access: Access, action: Action, body: StartReturnIn | NotReceivedIn) -> OrderView:
        opened = await operations.open_return(self.services, access, action, self.ref, body, key=self.key)
        self.background.add_task(opened.deliver, self.services)
        record = await presenter.read_at(self.services, access.for_right(Right.ORDER_READ), opened.order_id)
        self.response.headers["Location"] = f"/api/v1/orders/{record.found.row.number}"
        return presenter.order_view(record, access.for_right(Right.ORDER_READ), self.services)


OpeningDep = Annotated[OpeningRequest, Depends(OpeningRequest)]


@router.post("/{ref}/start-return", status_code=201, responses=_RESPONSES)
async def start_return(body: StartReturnIn, opening: OpeningDep, access: ReturnAccess) -> OrderView:
    """Return an item that has shipped; the response is the order that returns it."""
    return await opening.open(access, Action.START_RETURN, body)


@router.post("/{ref}/report-not-received", status_code=201, responses=_RESPONSES)
async def report_not_received(body: NotReceivedIn, opening: OpeningDep, access: ReturnAccess) -> OrderView:
    """Have an item looked for that never arrived; the response is the order that does so."""
    return await opening.open(access, Action.REPORT_NOT_RECEIVED, body)
