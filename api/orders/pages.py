"""The page of one order: where it stands, what comes next, and what this person may do about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from api.deps import Access, Needs, Services, ServicesDep
from api.http.layout import frame
from api.http.templating import render
from api.orders import command_payloads
from api.orders.commands import Command, Wording, run
from api.orders.order_page import OrderPage, open_page
from api.orders.request_schemas import ActivateIn, CancelIn, CompleteIn, InfoIn, RescheduleIn, RetryIn
from api.orders.routes import HIGHEST, Ref
from models.db.session import new_id
from models.errors import NotAuthorized, NotFound, OrderError
from models.lifecycle import Action
from policies.access import Right

router = APIRouter(prefix="/orders/{ref}", include_in_schema=False)

_DONE: Mapping[str, str] = MappingProxyType(
    {
        Action.CANCEL: "Your cancellation is recorded.",
        Action.PROVIDE_INFO: "Your answer is recorded.",
        Action.ACTIVATE: "Your activation is on its way to the carrier.",
        Action.RESCHEDULE: "The order takes effect on the new day.",
        Action.RETRY: "The step is tried again.",
        Action.COMPLETE_MANUALLY: "Recorded as done by hand; the order goes on.",
    }
)
_FIELDS = "fields."


@dataclass(frozen=True, kw_only=True)
class Act:
    """A form of the page: what it does, what it takes, and how that is said to the order."""

    action: Action
    body: type[BaseModel]
    word: Callable[[Any], Wording]


CANCEL = Act(action=Action.CANCEL, body=CancelIn, word=command_payloads.cancellation)
ANSWER = Act(action=Action.PROVIDE_INFO, body=InfoIn, word=command_payloads.reply)
ACTIVATE = Act(action=Action.ACTIVATE, body=ActivateIn, word=command_payloads.activation)
RESCHEDULE = Act(action=Action.RESCHEDULE, body=RescheduleIn, word=command_payloads.rescheduling)
RETRY = Act(action=Action.RETRY, body=RetryIn, word=command_payloads.repair)
COMPLETE = Act(action=Action.COMPLETE_MANUALLY, body=CompleteIn, word=command_payloads.repair)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A form that was not accepted: which, what was typed, and what is wrong by field ("" for the whole)."""

    action: str = ""
    item: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@router.get("")
async def show_order(
    ref: Ref,
    request: Request,
    *,
    access: Annotated[Access, Depends(Needs(Right.ORDER_READ))],
    services: ServicesDep,
    seq: Annotated[int, Query(ge=0, le=HIGHEST)] = 0,
    done: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The order; `seq` waits a moment until it is so far, `done` says which form was just sent."""
    page = await open_page(services, access, ref, seq)
    return _whole(request, services, access, page, notice=_DONE.get(done, ""))


@router.get("/live")
async def show_changes(
    ref: Ref, request: Request, access: Annotated[Access, Depends(Needs(Right.ORDER_READ))], services: ServicesDep
) -> Response:
    """The parts of the page that change, to be put in place of the old ones."""
    page = await open_page(services, access, ref)
    return render(request, "orders/live.html", _scene(page, Refused()))


@router.post("/cancel")
async def cancel(
    ref: Ref, request: Request, access: Annotated[Access, Depends(Needs(Right.ORDER_CANCEL))], services: ServicesDep
) -> Response:
    """End the order."""
    return await _carry_out(request, services, access, ref, CANCEL)


@router.post("/answer")
async def answer(
    ref: Ref, request: Request, access: Annotated[Access, Depends(Needs(Right.ORDER_ANSWER))], services: ServicesDep
) -> Response:
    """Answer an approver, or give the carrier what it lacks."""
    return await _carry_out(request, services, access, ref, ANSWER)


@router.post("/activate")
async def activate(
    ref: Ref, request: Request, access: Annotated[Access, Depends(Needs(Right.ORDER_ACTIVATE))], services: ServicesDep
) -> Response:
    """Start service on a device that has arrived."""
    return await _carry_out(request, services, access, ref, ACTIVATE)


@router.post("/reschedule")
async def reschedule(
    ref: Ref,
    request: Request,
    access: Annotated[Access, Depends(Needs(Right.ORDER_RESCHEDULE))],
    services: ServicesDep,
) -> Response:
    """Have the order take effect on another day."""
    return await _carry_out(request, services, access, ref, RESCHEDULE)


@router.post("/retry")
async def retry(
    ref: Ref, request: Request, access: Annotated[Access, Depends(Needs(Right.ORDER_REPAIR))], services: ServicesDep
) -> Response:
    """Try the step again that failed."""
    return await _carry_out(request, services, access, ref, RETRY)


@router.post("/complete")
async def complete(
    ref: Ref, request: Request, access: Annotated[Access, Depends(Needs(Right.ORDER_REPAIR))], services: ServicesDep
) -> Response:
    """Declare the carrier's part done by hand."""
    return await _carry_out(request, services, access, ref, COMPLETE)


async def _carry_out(request: Request, services: Services, access: Access, ref: str, act: Act) -> Response:
    """Say it to the order and come back to its page; what is refused comes back beside the field."""
    typed = {name: str(value) for name, value in (await request.form()).items()}
    command = Command(action=act.action, ref=ref, key=typed.pop("key", None) or None)
    try:
        told = await run(services, access, command, act.word(act.body.model_validate(_nested(typed))))
    except ValidationError as error:
        status, errors = 422, {str(one["loc"][0]): _sentence(one["msg"]) for one in error.errors()}
    except (NotFound, NotAuthorized):
        raise
    except OrderError as error:
        status, errors = error.status, _errors(error)
    else:
        return RedirectResponse(f"/orders/{told.order}?seq={told.seq}&done={act.action}", status_code=303)
    refused = Refused(action=act.action, item=typed.get("item", ""), typed=typed, errors=errors)
    page = await open_page(services, access.towards(Right.ORDER_READ), ref)
    return _whole(request, services, access, page, refused=refused, status_code=status)


def _nested(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as the API takes it: `fields.x` lies inside `fields`, and what is empty was not said."""
    said = {name: value.strip() for name, value in typed.items() if value.strip()}
    fields = {name.removeprefix(_FIELDS): said.pop(name) for name in [*said] if name.startswith(_FIELDS)}
    return said | ({"fields": fields} if fields else {})


def _errors(error: OrderError) -> dict[str, str]:
    return {one.field or "": one.detail for one in error.errors} or {error.field or "": error.detail}


def _sentence(words: str) -> str:
    return "Please fill this in." if words == "Field required" else f"{words}."


def _whole(
    request: Request,
    services: Services,
    access: Access,
    page: OrderPage,
    *,
    notice: str = "",
    refused: Refused | None = None,
    status_code: int = 200,
) -> Response:
    scene = _scene(page, refused or Refused()) | frame(request, services, access, page.house) | {"notice": notice}
    return render(request, "orders/page.html", scene, status_code=status_code)


def _scene(page: OrderPage, refused: Refused) -> dict[str, Any]:
    return {"page": page, "order": page.order, "zone": page.zone, "refused": refused, "key": new_id()}
