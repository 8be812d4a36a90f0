"""The page of everything that needs an operator, and the forms by which something is done about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.attention.operations import Repaired, RepairIn, mend, redeliver_mail, redeliver_message, resume_line
from api.attention.report import report
from api.attention.routes import ActionId, MailId, Recoverer, Repairer
from api.attention.schemas import ProblemKind
from api.deps import Access, Needs, Services, ServicesDep
from api.http.layout import show
from api.http.schemas import Body
from api.inventory.routes import LineRef
from api.orders.commands import Command, run
from api.orders.routes import Ref
from api.orders.schemas import CancelIn, CompleteIn, RetryIn
from models.errors import NotAuthorized, NotFound, OrderError
from models.lifecycle import Action
from policies.access import Right
from policies.recovery import RecoveryAction

router = APIRouter(prefix="/admin", include_in_schema=False)

LineRepairer = Annotated[Access, Depends(Needs(Right.LINE_REPAIR))]
Act = Callable[[str], Awaitable[Repaired]]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A form as it was sent; `evidence` is what was typed."""

    request: Request
    services: Services
    evidence: str


async def _sent(request: Request, services: ServicesDep, evidence: Annotated[str, Form(max_length=1000)] = "") -> Sent:
    return Sent(request=request, services=services, evidence=evidence)


Filled = Annotated[Sent, Depends(_sent)]


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A form that was not accepted: where it was sent, what was typed, and what is wrong."""

    action: str
    evidence: str
    problem: str


@router.get("")
async def show_attention(
    request: Request,
    *,
    access: Repairer,
    services: ServicesDep,
    kind: Annotated[ProblemKind | None, Query()] = None,
    done: Annotated[str, Query(max_length=40)] = "",
    order: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """Everything that needs somebody, the most urgent first."""
    told = await report(services, access, [kind] if kind else [])
    scene = {"told": told, "kind": kind, "done": done, "order": order, "refused": None}
    return await _page(request, services, access, scene)


@router.post("/orders/{ref}/retry")
async def retry(ref: Ref, filled: Filled, access: Repairer) -> Response:
    """Try the failed step again."""
    return await _say(filled, access, ref, Action.RETRY, lambda why: RetryIn(evidence=why))


@router.post("/orders/{ref}/complete_manually")
async def complete(ref: Ref, filled: Filled, access: Repairer) -> Response:
    """Declare the carrier's part done by hand."""
    return await _say(filled, access, ref, Action.COMPLETE_MANUALLY, lambda why: CompleteIn(evidence=why))


@router.post("/orders/{ref}/cancel")
async def cancel(ref: Ref, filled: Filled, access: Repairer) -> Response:
    """End the order; its workflow takes back what it did."""
    return await _say(filled, access, ref, Action.CANCEL, lambda why: CancelIn(reason=why))


@router.post("/orders/{ref}/resume")
async def resume(ref: Ref, filled: Filled, access: Recoverer) -> Response:
    """Let a workflow that was ended go on."""
    return await _mend(filled, access, ref, RecoveryAction.RESUME)


@router.post("/orders/{ref}/start_again")
async def start_again(ref: Ref, filled: Filled, access: Recoverer) -> Response:
    """Start a workflow that had not begun."""
    return await _mend(filled, access, ref, RecoveryAction.START_AGAIN)


@router.post("/orders/{ref}/close_books")
async def close_books(ref: Ref, filled: Filled, access: Recoverer) -> Response:
    """End an order whose workflow is gone."""
    return await _mend(filled, access, ref, RecoveryAction.CLOSE_BOOKS)


@router.post("/lines/{ref}/ask_carrier")
async def ask_carrier(ref: LineRef, filled: Filled, access: LineRepairer) -> Response:
    """Have the carrier asked once more to resume a line."""
    return await _resume_line(filled, access, ref, RecoveryAction.ASK_CARRIER)


@router.post("/lines/{ref}/line_resumed")
async def line_resumed(ref: LineRef, filled: Filled, access: LineRepairer) -> Response:
    """Declare that a line was resumed by hand."""
    return await _resume_line(filled, access, ref, RecoveryAction.LINE_RESUMED)


@router.post("/messages/{action_id}/redeliver")
async def say_again(action_id: ActionId, filled: Filled, access: Repairer) -> Response:
    """Deliver a dead message after all."""
    return await _carry_out(filled, access, lambda why: redeliver_message(filled.services, access, action_id, why))


@router.post("/mails/{mail_id}/redeliver")
async def send_again(mail_id: MailId, filled: Filled, access: Repairer) -> Response:
    """Send a dead mail after all."""
    return await _carry_out(filled, access, lambda why: redeliver_mail(filled.services, access, mail_id, why))


async def _say(filled: Sent, access: Access, ref: str, action: Action, body: Callable[[str], Body]) -> Response:
    async def say(why: str) -> Repaired:
        answer = await run(filled.services, access, Command(action=action, ref=ref, body=body(why)))
        return Repaired(order=answer.order, action=answer.action)

    return await _carry_out(filled, access, say)


async def _mend(filled: Sent, access: Access, ref: str, remedy: RecoveryAction) -> Response:
    return await _carry_out(filled, access, lambda why: mend(filled.services, access, ref, remedy, why))


async def _resume_line(filled: Sent, access: Access, ref: str, remedy: RecoveryAction) -> Response:
    return await _carry_out(filled, access, lambda why: resume_line(filled.services, access, ref, remedy, why))


async def _carry_out(filled: Sent, access: Access, act: Act) -> Response:
    """Do it and lead to where it is written down; what is refused comes back with what was typed."""
    try:
        repaired = await act(RepairIn(evidence=filled.evidence).evidence)
    except ValidationError:
        return await _again(filled, access, 422, "Say why, and where it can be looked up.")
    except (NotFound, NotAuthorized):
        raise
    except OrderError as error:
        return await _again(filled, access, error.status, error.detail)
    return _back(access, repaired)


async def _again(filled: Sent, access: Access, status_code: int, problem: str) -> Response:
    """The list again, with the form that was refused."""
    told = await report(filled.services, access)
    refused = Refused(action=filled.request.url.path, evidence=filled.evidence, problem=problem)
    scene = {"told": told, "kind": None, "done": "", "order": "", "refused": refused}
    return await _page(filled.request, filled.services, access, scene, status_code=status_code)


async def _page(
    request: Request, services: Services, access: Access, scene: dict[str, Any], *, status_code: int = 200
) -> Response:
    scene |= {"historian": access.may(Right.ORDER_HISTORY)}
    return await show(request, services, access, "attention/attention.html", scene, status_code=status_code)


def _back(access: Access, repaired: Repaired) -> Response:
    """To the order's history, where what was done is written down, or to the list for who may not read that."""
    asked = {"done": repaired.action}
    if access.may(Right.ORDER_HISTORY):
        address = f"/admin/orders/{repaired.order}"
    else:
        address, asked = "/admin", asked | {"order": repaired.order}
    return RedirectResponse(f"{address}?{urlencode(asked)}", status_code=303)
