"""The orders API: submit, read, list, follow, and act on orders."""

from dataclasses import dataclass
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, BackgroundTasks, Depends, Header, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse

from api.auth.credentials import credential
from api.deps import Access, Needs, ServicesDep
from api.http.headers import PRIVATE, REPLAYED, IdempotencyKey, IfMatch, IfNoneMatch, JsonOnly
from api.http.paging import CursorPage
from api.http.problems import error_responses
from api.orders import commands, event_stream, presenter
from api.orders.command_schemas import (
    ActivateIn,
    CancelIn,
    CommandResult,
    CorrectIn,
    InfoIn,
    ReassignIn,
    ReceiptIn,
    RescheduleIn,
    WaitIn,
)
from api.orders.commands import Command
from api.orders.order_filters import OrderQuery
from api.orders.order_list import list_orders
from api.orders.quote import quote
from api.orders.quote_schemas import OrderQuote
from api.orders.schemas import OrderIn, OrderSummary, OrderView, TimelineEntry
from api.orders.submit import submit
from api.orders.timeline import timeline
from models.lifecycle import Action
from models.order import OrderRef
from policies.access import Right

router = APIRouter(prefix="/orders", tags=["orders"], dependencies=[JsonOnly])

# The highest number an event can have.
HIGHEST = 2**31 - 1
Ref = Annotated[str, Path(max_length=40, description="The order's number (D7K-4F2) or ID.")]
ReadAccess = Annotated[Access, Depends(Needs(Right.ORDER_READ))]

COMMAND_RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {"model": CommandResult, "description": "Accepted; the order's workflow hasn't answered yet"},
    **error_responses(401, 403, 404, 409, 412, 413, 415, 422, 503),
}
_STREAM_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The events, each with its `id`", "content": {"text/event-stream": {}}},
    204: {"description": "The order is closed, and you have received all of its events"},
    **error_responses(401, 404, 422, 429, 503),
}


@router.post(
    "",
    status_code=201,
    responses={
        200: {"model": OrderQuote, "description": "A dry run, or the order an earlier request with this key created"},
        **error_responses(401, 409, 413, 415, 422, 503),
    },
)
async def submit_order(
    body: OrderIn,
    *,
    access: Annotated[Access, Depends(Needs(Right.ORDER_SUBMIT))],
    services: ServicesDep,
    background: BackgroundTasks,
    response: Response,
    key: IdempotencyKey = None,
    dry_run: Annotated[bool, Query(description="Only price and explain the order; nothing is written.")] = False,
) -> OrderView | OrderQuote:
    """Submit an order, or with `dry_run=true` see its price, who approves it and what happens next."""
    if dry_run:
        response.status_code = 200
        return await quote(services, access, body)
    submitted = await submit(services, access, body, key)
    background.add_task(submitted.deliver, services)
    record = await presenter.read_at(services, access.for_right(Right.ORDER_READ), submitted.order_id)
    structlog.contextvars.bind_contextvars(order=record.found.row.number, order_id=submitted.order_id)
    response.headers["Location"] = f"/api/v1/orders/{record.found.row.number}"
    response.headers["ETag"] = presenter.etag(record)
    if submitted.start is None:
        response.status_code = 200
        response.headers[REPLAYED] = "true"
    return presenter.order_view(record, access, services)


@router.get("", responses=error_responses(401, 422, 503))
async def get_orders(
    query: Annotated[OrderQuery, Query()], access: ReadAccess, services: ServicesDep
) -> CursorPage[OrderSummary]:
    """The orders you can see, newest first: yours, your team's, your accounts', and those you approve or watch."""
    return await list_orders(services, access, query)


@router.get(
    "/{ref}",
    response_model=OrderView,
    responses={304: {"description": "Unchanged"}, **error_responses(401, 404, 422, 503)},
)
async def get_order(
    ref: Ref,
    *,
    access: ReadAccess,
    services: ServicesDep,
    response: Response,
    if_none_match: IfNoneMatch = None,
    seq: Annotated[int, Query(ge=0, le=HIGHEST, description="Wait up to a second for this event.")] = 0,
) -> OrderView | Response:
    """One order: its items, status, next step and the actions you can take."""
    record = await presenter.read_at(services, access, ref, seq)
    headers = {"ETag": presenter.etag(record), **PRIVATE}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return presenter.order_view(record, access, services)


@router.get("/{ref}/timeline", responses=error_responses(401, 404, 422, 503))
async def get_timeline(
    ref: Ref,
    access: ReadAccess,
    services: ServicesDep,
    after: Annotated[int, Query(ge=0, le=HIGHEST, description="`seq` of the last entry that you have.")] = 0,
) -> list[TimelineEntry]:
    """The order's events in the sequence in which they were recorded; with `after`, those since that entry."""
    return await timeline(services, access, ref, after)


# With `response_class=EventSourceResponse` FastAPI expects a generator, which couldn't return 204 or 429.
@router.get("/{ref}/events", response_class=Response, responses=_STREAM_RESPONSES)
async def follow_order(
    ref: Ref,
    request: Request,
    *,
    access: ReadAccess,
    services: ServicesDep,
    after: Annotated[
        int, Query(ge=0, le=HIGHEST, description="Only events after this one; `Last-Event-ID` takes precedence.")
    ] = 0,
    last_event_id: Annotated[
        int | None, Header(alias="Last-Event-ID", ge=0, le=HIGHEST, description="ID of the last event you received.")
    ] = None,
) -> Response:
    """Timeline entries as server-sent events, past ones first; `end` follows the order's last entry.

    Resume with `Last-Event-ID`. Entries can repeat and arrive out of order: identify them by `seq`.
    """
    found = await event_stream.open_stream(services, access, ref)
    start = event_stream.starting_after(after if last_event_id is None else last_event_id)
    if event_stream.is_finished(found, start):
        return Response(status_code=204)
    reader = event_stream.Reader(
        access=access,
        credential=credential(request, services.public_url),
        ref=OrderRef(tenant=found.row.tenant, id=found.row.id),
        after=start,
        stopping=request.app.state.stopping,
    )
    return EventSourceResponse(event_stream.follow(services, reader), headers={"X-Accel-Buffering": "no"})


@dataclass(frozen=True, kw_only=True)
class CommandRequest:
    """What every command takes from its request."""

    ref: Ref
    response: Response
    services: ServicesDep
    key: IdempotencyKey = None
    if_match: IfMatch = None

    async def run(self, access: Access, action: Action, body: Any) -> CommandResult:
        """Returns 200 if the workflow has answered, else 202."""
        command = Command(action=action, ref=self.ref, body=body, key=self.key, if_match=self.if_match)
        result = await commands.run(self.services, access, command)
        set_result_headers(self.response, result)
        return result


def set_result_headers(response: Response, result: CommandResult) -> None:
    response.status_code = 200 if result.state == "done" else 202
    response.headers["Location"] = f"/api/v1/orders/{result.order}?seq={result.seq}"


CommandDep = Annotated[CommandRequest, Depends(CommandRequest)]


@router.post("/{ref}/cancel", responses=COMMAND_RESPONSES)
async def cancel_order(
    body: CancelIn, command: CommandDep, access: Annotated[Access, Depends(Needs(Right.ORDER_CANCEL))]
) -> CommandResult:
    """Cancel the order. Once the carrier has it, the carrier is asked to cancel."""
    return await command.run(access, Action.CANCEL, body)


@router.post("/{ref}/info", responses=COMMAND_RESPONSES)
async def provide_info(
    body: InfoIn, command: CommandDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ANSWER))]
) -> CommandResult:
    """Answer an approver's question, or give the carrier the information it needs."""
    return await command.run(access, Action.PROVIDE_INFO, body)


@router.post("/{ref}/correct", responses=COMMAND_RESPONSES)
async def correct_order(
    body: CorrectIn, command: CommandDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ANSWER))]
) -> CommandResult:
    """Correct what the carrier has declined. It gets the same order again, and approvals are kept if they can be."""
    return await command.run(access, Action.CORRECT, body)


@router.post("/{ref}/keep-waiting", responses=COMMAND_RESPONSES)
async def keep_waiting(
    body: WaitIn, command: CommandDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ANSWER))]
) -> CommandResult:
    """Wait longer for what's backordered, once you're asked; or cancel the order."""
    return await command.run(access, Action.KEEP_WAITING, body)


@router.post("/{ref}/activate", responses=COMMAND_RESPONSES)
async def activate_item(
    body: ActivateIn, command: CommandDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ACTIVATE))]
) -> CommandResult:
    """Start service on a delivered device."""
    return await command.run(access, Action.ACTIVATE, body)


@router.post("/{ref}/confirm-receipt", responses=COMMAND_RESPONSES)
async def confirm_receipt(
    body: ReceiptIn, command: CommandDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ACTIVATE))]
) -> CommandResult:
    """Confirm that a delivery has arrived, whatever its carrier reports."""
    return await command.run(access, Action.CONFIRM_RECEIPT, body)


@router.post("/{ref}/reassign", responses=COMMAND_RESPONSES)
async def reassign_approval(
    body: ReassignIn, command: CommandDep, access: Annotated[Access, Depends(Needs(Right.ORDER_REASSIGN))]
) -> CommandResult:
    """Reassign a pending approval to another person. Links already emailed stop working."""
    return await command.run(access, Action.REASSIGN, body)


@router.post("/{ref}/reschedule", responses=COMMAND_RESPONSES)
async def reschedule_order(
    body: RescheduleIn, command: CommandDep, access: Annotated[Access, Depends(Needs(Right.ORDER_RESCHEDULE))]
) -> CommandResult:
    """Change when a scheduled order takes effect."""
    return await command.run(access, Action.RESCHEDULE, body)
