"""The order page and its forms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from api.deps import Access, Needs, Services, ServicesDep
from api.http.layout import render_page
from api.http.templating import render
from api.http.validation import field_errors
from api.order_form.fields import Field, refilled
from api.order_form.parsing import answers_at, filled
from api.orders import commands
from api.orders.command_schemas import ActivateIn, CancelIn, CorrectIn, InfoIn, ReceiptIn, RescheduleIn, WaitIn
from api.orders.commands import Command
from api.orders.late_questions import ACTIVATION, CARRIER_QUESTION
from api.orders.order_page import OrderPage, open_page
from api.orders.routes import HIGHEST, ReadAccess, Ref
from models import questions
from models.db.session import new_id
from models.errors import NotAuthorized, NotFound, PublicError
from models.events.approval import APPROVAL_NEEDED, INFO_PROVIDED
from models.events.cancellation import CANCEL_REQUESTED
from models.events.ending import CANCELED, WITHDRAWN
from models.events.fulfillment import ACTIVATION_SENT, PROGRESS, SUBMITTING
from models.events.preparation import SCHEDULED
from models.events.returns import RECEIPT_CONFIRMED
from models.events.waiting import CORRECTED, KEPT_WAITING
from models.lifecycle import Action
from policies.access import Right

router = APIRouter(prefix="/orders/{ref}", include_in_schema=False)

_IN_DELIVERY = "in_delivery"
# The notice after each form, and the events that the form itself causes: after any other one it may be outdated.
_NOTICES: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        Action.CANCEL: (
            "Cancellation requested.",
            frozenset({CANCEL_REQUESTED.code, CANCELED.code, WITHDRAWN.code}),
        ),
        Action.PROVIDE_INFO: ("Answer sent.", frozenset({INFO_PROVIDED.code, APPROVAL_NEEDED.code})),
        Action.ACTIVATE: ("Activating …", frozenset({ACTIVATION_SENT.code, PROGRESS.code})),
        Action.CONFIRM_RECEIPT: ("Delivery confirmed.", frozenset({RECEIPT_CONFIRMED.code})),
        Action.CORRECT: ("Correction sent.", frozenset({CORRECTED.code, SUBMITTING.code})),
        Action.KEEP_WAITING: ("The order keeps waiting.", frozenset({KEPT_WAITING.code})),
        Action.RESCHEDULE: ("Start date changed.", frozenset({SCHEDULED.code})),
        _IN_DELIVERY: (
            "We received this, but it hasn't reached the order yet. If it has no effect, we'll email you.",
            frozenset(),
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class RejectedForm:
    """A form that was not accepted, with what was typed; `errors` are by field, "" for the whole form."""

    action: str = ""
    item: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def of(self, action: str, item: str = "") -> "RejectedForm | None":
        """This form if it is the one for this action and item."""
        return self if (self.action, self.item) == (action, item) else None

    def refilled(self, fields: Iterable[Field]) -> list[Field]:
        """These fields with what was typed, and their errors."""
        return [refilled(one, self.values, self.errors) for one in fields]


@dataclass(frozen=True, kw_only=True)
class PostedForm:
    """What every form of the page takes from its request."""

    ref: Ref
    request: Request
    services: ServicesDep

    async def run(self, access: Access, action: Action, body_type: type[BaseModel]) -> Response:
        """Run the action and redirect to the page; if it is rejected, show the form again with its errors."""
        values = _body((name, str(value)) for name, value in (await self.request.form()).multi_items())
        key = values.pop("key", None)
        try:
            body = body_type.model_validate(values)
            result = await commands.run(self.services, access, Command(action=action, ref=self.ref, body=body, key=key))
        except ValidationError as error:
            status = 422
            errors = {(one.field or "").partition(".")[0]: one.detail for one in field_errors(error.errors())}
        except (NotFound, NotAuthorized):
            raise
        except PublicError as error:
            status = error.status
            errors = {one.field or "": one.detail for one in error.errors} or {error.field or "": error.detail}
        else:
            done = action if result.state == "done" else _IN_DELIVERY
            return RedirectResponse(f"/orders/{result.order}?seq={result.seq}&done={done}", status_code=303)
        rejected = RejectedForm(action=action, item=values.get("item", ""), values=values, errors=errors)
        page = await open_page(self.services, access.for_right(Right.ORDER_READ), self.ref)
        return await _render(self.request, self.services, access, page, rejected=rejected, status_code=status)


FormDep = Annotated[PostedForm, Depends(PostedForm)]
Seq = Annotated[int, Query(ge=0, le=HIGHEST)]
Done = Annotated[str, Query(max_length=40)]
Opened = Annotated[str, Query(alias="open", max_length=40)]


@router.get("")
async def show_order(
    ref: Ref,
    request: Request,
    *,
    access: ReadAccess,
    services: ServicesDep,
    seq: Seq = 0,
    done: Done = "",
    opened: Opened = "",
) -> Response:
    """`seq` waits up to a second for that event, `done` names the form that was just submitted, `open` one to open."""
    page = await open_page(services, access, ref, seq)
    return await _render(request, services, access, page, done=done, opened=opened)


@router.get("/live")
async def show_changes(
    ref: Ref, request: Request, *, access: ReadAccess, services: ServicesDep, seq: Seq = 0, done: Done = ""
) -> Response:
    """The parts of the page that change, without the frame."""
    page = await open_page(services, access, ref, seq)
    return render(request, "orders/live.html", _context(page, RejectedForm(), done))


@router.post("/cancel")
async def cancel(form: FormDep, access: Annotated[Access, Depends(Needs(Right.ORDER_CANCEL))]) -> Response:
    return await form.run(access, Action.CANCEL, CancelIn)


@router.post("/answer")
async def answer(form: FormDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ANSWER))]) -> Response:
    return await form.run(access, Action.PROVIDE_INFO, InfoIn)


@router.post("/activate")
async def activate(form: FormDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ACTIVATE))]) -> Response:
    return await form.run(access, Action.ACTIVATE, ActivateIn)


@router.post("/confirm-receipt")
async def confirm_receipt(form: FormDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ACTIVATE))]) -> Response:
    return await form.run(access, Action.CONFIRM_RECEIPT, ReceiptIn)


@router.post("/correct")
async def correct(form: FormDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ANSWER))]) -> Response:
    return await form.run(access, Action.CORRECT, CorrectIn)


@router.post("/keep-waiting")
async def keep_waiting(form: FormDep, access: Annotated[Access, Depends(Needs(Right.ORDER_ANSWER))]) -> Response:
    return await form.run(access, Action.KEEP_WAITING, WaitIn)


@router.post("/reschedule")
async def reschedule(form: FormDep, access: Annotated[Access, Depends(Needs(Right.ORDER_RESCHEDULE))]) -> Response:
    return await form.run(access, Action.RESCHEDULE, RescheduleIn)


def _body(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The form as the API takes it: answers are nested in their place, and empty values are left out."""
    values, known = filled(fields), questions.all_by_code()
    body: dict[str, Any] = {name: sent[-1] for name, sent in values.items() if "." not in name}
    for place in (ACTIVATION, CARRIER_QUESTION):
        codes = {name.split(".")[1] for name in values if name.startswith(f"{place}.")}
        if answers := answers_at(place, values, (known[code] for code in sorted(codes & known.keys()))):
            body[place] = answers
    return body


def _notice(done: str, page: OrderPage) -> str:
    """The notice for the form `done`, as long as nothing else has happened since."""
    notice, own_events = _NOTICES.get(done, ("", frozenset()))
    if not page.later <= own_events:
        return ""
    if done == Action.CANCEL and page.order.closed_at:
        return "Order canceled."
    if done == Action.PROVIDE_INFO and done not in page.order.allowed_actions and page.order.next.who:
        return f"Answer sent to {page.order.next.who}."
    return notice


async def _render(
    request: Request,
    services: Services,
    access: Access,
    page: OrderPage,
    *,
    done: str = "",
    opened: str = "",
    rejected: RejectedForm | None = None,
    status_code: int = 200,
) -> Response:
    context = _context(page, rejected or RejectedForm(), done) | {"opened": opened}
    return await render_page(
        request, services, access, "orders/page.html", context, status_code=status_code, tenant=page.tenant
    )


def _context(page: OrderPage, rejected: RejectedForm, done: str) -> dict[str, Any]:
    return {
        "page": page,
        "order": page.order,
        "zone": page.tenant.time_zone,
        "notice": _notice(done, page),
        "rejected": rejected,
        "key": new_id(),
        "opened": "",
    }
