"""The page of everything that needs an operator, and the forms by which something is done about it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.attention.repairs import Repaired, RepairIn, mend, redeliver_mail, redeliver_message
from api.attention.report import report
from api.attention.shapes import Kind
from api.deps import Access, Needs, Services, ServicesDep
from api.orders import wordings
from api.orders.commands import Command, Wording, run
from api.orders.requests import CancelIn, CompleteIn, RetryIn
from api.pages.shell import show
from api.routes.attention import ActionId, MailId, Recoverer, Repairer
from api.routes.orders import Ref
from models.lifecycle import Action
from policies.access import Right
from policies.remedies import Remedy

router = APIRouter(prefix="/admin", include_in_schema=False)

Filled = Annotated[RepairIn, Form()]
Canceller = Annotated[Access, Depends(Needs(Right.ORDER_CANCEL_AT_CARRIER))]


@router.get("")
async def show_attention(
    request: Request,
    *,
    access: Repairer,
    services: ServicesDep,
    kind: Annotated[Kind | None, Query()] = None,
    done: Annotated[str, Query(max_length=40)] = "",
    order: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """Everything that needs somebody, the most urgent first."""
    told = await report(services, access, [kind] if kind else [])
    scene = {
        "told": told,
        "kind": kind,
        "done": done,
        "order": order,
        "historian": access.may(Right.ORDER_HISTORY),
    }
    return await show(request, services, access, "admin/attention.html", scene)


@router.post("/orders/{ref}/retry")
async def retry(ref: Ref, filled: Filled, access: Repairer, services: ServicesDep) -> Response:
    """Try the failed step again."""
    wording = wordings.repair(RetryIn(evidence=filled.evidence))
    return await _say(services, access, Command(action=Action.RETRY, ref=ref), wording)


@router.post("/orders/{ref}/complete_by_hand")
async def complete(ref: Ref, filled: Filled, access: Repairer, services: ServicesDep) -> Response:
    """Declare the carrier's part done by hand."""
    wording = wordings.repair(CompleteIn(evidence=filled.evidence))
    return await _say(services, access, Command(action=Action.COMPLETE_BY_HAND, ref=ref), wording)


@router.post("/orders/{ref}/cancel")
async def cancel(ref: Ref, filled: Filled, access: Canceller, services: ServicesDep) -> Response:
    """End the order; its workflow takes back what it did."""
    wording = wordings.cancellation(CancelIn(reason=filled.evidence))
    return await _say(services, access, Command(action=Action.CANCEL, ref=ref), wording)


@router.post("/orders/{ref}/resume")
async def resume(ref: Ref, filled: Filled, access: Recoverer, services: ServicesDep) -> Response:
    """Let a workflow that was ended go on."""
    return _back(access, await mend(services, access, ref, Remedy.RESUME, filled.evidence))


@router.post("/orders/{ref}/start_again")
async def start_again(ref: Ref, filled: Filled, access: Recoverer, services: ServicesDep) -> Response:
    """Start a workflow that had not begun."""
    return _back(access, await mend(services, access, ref, Remedy.START_AGAIN, filled.evidence))


@router.post("/orders/{ref}/close_books")
async def close_books(ref: Ref, filled: Filled, access: Recoverer, services: ServicesDep) -> Response:
    """End an order whose workflow is gone."""
    return _back(access, await mend(services, access, ref, Remedy.CLOSE_BOOKS, filled.evidence))


@router.post("/messages/{action_id}/redeliver")
async def say_again(action_id: ActionId, filled: Filled, access: Repairer, services: ServicesDep) -> Response:
    """Deliver a dead message after all."""
    return _back(access, await redeliver_message(services, access, action_id, filled.evidence))


@router.post("/mails/{mail_id}/redeliver")
async def send_again(mail_id: MailId, filled: Filled, access: Repairer, services: ServicesDep) -> Response:
    """Send a dead mail after all."""
    return _back(access, await redeliver_mail(services, access, mail_id, filled.evidence))


async def _say(services: Services, access: Access, command: Command, wording: Wording) -> Response:
    answer = await run(services, access, command, wording)
    return _back(access, Repaired(order=answer.order, action=answer.action))


def _back(access: Access, repaired: Repaired) -> Response:
    """To the order's history, where what was done is written down, or to the list for who may not read that."""
    asked = {"done": repaired.action}
    if access.may(Right.ORDER_HISTORY):
        address = f"/admin/orders/{repaired.order}"
    else:
        address, asked = "/admin", asked | {"order": repaired.order}
    return RedirectResponse(f"{address}?{urlencode(asked)}", status_code=303)
