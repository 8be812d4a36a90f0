"""The pages for a new order: choose a type, fill in the form, review, submit."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import Access, Needs, Services, ServicesDep
from api.http.layout import render_page
from api.http.templating import render
from api.next_orders import operations as next_orders
from api.next_orders.starting import Start
from api.order_form import drafts, filling
from api.order_form.drafts import OpenForm
from api.order_form.parsing import Document, document, with_secrets
from api.order_types.routes import find_order_type
from api.order_types.schema import type_summary
from models.errors import DeviceReserved, IdempotencyKeyReused, LineHasOpenOrder, NotFound, OrderRejected
from models.flag import flag_text
from models.order_type import Cause
from models.question import Scope
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/order")
Code = Annotated[str, Path(max_length=64)]
SubmitAccess = Annotated[Access, Depends(Needs(Right.ORDER_SUBMIT))]
OptionalId = Annotated[str | None, Query(max_length=40)]

# What two items of an order don't have in common.
_ONCE = frozenset({LINE.code, DEVICE_HELD.code})
_MAX_NAME = 120
_PRICE_CHANGED = "The price or details changed. Review the order again before submitting."


@router.get("")
async def show_order_types(request: Request, access: SubmitAccess, services: ServicesDep) -> Response:
    order_types = [type_summary(services.order_types[code]) for code in sorted(services.order_types)]
    return await render_page(request, services, access, "order_form/order_types.html", {"order_types": order_types})


@router.get("/{code}")
async def show_form(
    code: Code,
    request: Request,
    access: SubmitAccess,
    services: ServicesDep,
    *,
    line: OptionalId = None,
    device_held: OptionalId = None,
    account: OptionalId = None,
    parent: OptionalId = None,
    cause: Cause = Cause.FOLLOW_UP,
    again: OptionalId = None,
    kit: OptionalId = None,
    no_site: Annotated[str, Query(max_length=_MAX_NAME)] = "",
    check: Annotated[bool, Query()] = False,
) -> Response:
    """The draft or a new form; `check` reports what is still missing.

    `again` names the order the draft was made of, `kit` the kit with which it was filled in, `no_site` what was
    entered for a site that isn't one.
    """
    named = line or device_held or account or parent
    start = Start(line=line, device_held=device_held, account=account, parent=parent, cause=cause) if named else None
    opened = await drafts.open_form(services, access, code, start, strict=check)
    lacks = await next_orders.left_out(services, access.for_right(Right.ORDER_READ), again) if again else ()
    context = _context(services, opened) | {
        "left_out": lacks,
        "choices": await filling.choices(services, access, opened.form.order_type),
        "not_in_kit": await filling.left_out(services, access, kit, opened.form.facts.products) if kit else [],
        "no_site": no_site,
    }
    return await render_page(request, services, access, "order_form/form.html", context, tenant=opened.tenant)


@router.post("/{code}")
async def save_form(code: Code, request: Request, access: SubmitAccess, services: ServicesDep) -> Response:
    """Save the draft, and do what the pressed button says."""
    order_type = find_order_type(services, code)
    fields = await _fields(request)
    button = next((value for name, value in fields if name == "do"), "save")
    chosen = {name: value for name, value in fields if name in {filling.KIT, filling.SITE}}
    body = document(order_type, fields)
    try:
        body = await filling.filled(services, access, body, button, chosen)
    except NotFound:
        if button != filling.SITE:
            raise
        await drafts.save(services, access, code, body)
        query = urlencode({"no_site": chosen[filling.SITE][:_MAX_NAME]})
        return RedirectResponse(f"/order/{code}?{query}#fill-in", status_code=303)
    await drafts.save(services, access, code, _with_items_changed(body, button))
    with_kit = f"?kit={chosen[filling.KIT]}" if button == filling.KIT and chosen.get(filling.KIT) else ""
    ahead = "/review" if button == "review" else with_kit
    return RedirectResponse(f"/order/{code}{ahead}", status_code=303)


@router.post("/{code}/update")
async def update_form(code: Code, request: Request, access: SubmitAccess, services: ServicesDep) -> Response:
    """Save the draft and show the fields again with the new quote, without the frame."""
    order_type = find_order_type(services, code)
    await drafts.save(services, access, code, document(order_type, await _fields(request)))
    return render(
        request, "order_form/questions.html", _context(services, await drafts.open_form(services, access, code))
    )


@router.get("/{code}/review")
async def show_review(
    code: Code,
    request: Request,
    access: SubmitAccess,
    services: ServicesDep,
    changed: Annotated[bool, Query()] = False,
) -> Response:
    """The order as it would be submitted; if it is incomplete, back to the form."""
    opened = await drafts.open_form(services, access, code, strict=True)
    if opened.draft is None or not opened.form.ready:
        return RedirectResponse(f"/order/{code}?check=true" if opened.draft else f"/order/{code}", status_code=303)
    return await _review(request, access, services, opened, _PRICE_CHANGED if changed else None)


@router.post("/{code}/submit")
async def submit_order(
    code: Code,
    request: Request,
    access: SubmitAccess,
    services: ServicesDep,
    background: BackgroundTasks,
    *,
    draft: Annotated[str, Form(max_length=40)] = "",
    reviewed: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Submit the reviewed order: once, with the answers and the price that were shown, and the secrets."""
    await drafts.ask_for_quotes(services, access, code)
    opened, fields = await drafts.open_form(services, access, code, strict=True), await _fields(request)
    if opened.draft is None or opened.draft.id != draft:
        return await _already_submitted(services, access, code, draft)
    if opened.form.ready and opened.reviewed != reviewed:
        return RedirectResponse(f"/order/{code}/review?changed=true", status_code=303)
    try:
        body = with_secrets(opened.form.body, opened.form.order_type, fields)
        submitted = await drafts.submit_draft(services, access, opened.draft, body)
    except OrderRejected as error:
        return await _rejected(request, access, services, opened, error)
    except (DeviceReserved, LineHasOpenOrder) as error:
        return await _review(request, access, services, opened, error.detail, status_code=error.status)
    except IdempotencyKeyReused:  # submitted in another tab before it was changed here
        return await _already_submitted(services, access, code, draft)
    background.add_task(submitted.deliver, services)
    return RedirectResponse(f"/orders/{submitted.order_id}", status_code=303)


@router.post("/{code}/discard")
async def discard(code: Code, access: SubmitAccess, services: ServicesDep) -> Response:
    await drafts.discard(services, access, code)
    return RedirectResponse("/order", status_code=303)


async def _review(
    request: Request,
    access: Access,
    services: Services,
    opened: OpenForm,
    warning: str | None,
    *,
    wrong: Mapping[str, str] = MappingProxyType({}),
    status_code: int = 200,
) -> Response:
    """`wrong` are sentences about secrets, by field."""
    quote = opened.form.quote
    secrets = [replace(field, error=wrong.get(field.path)) for field in opened.form.secrets]
    context = _context(services, opened) | {
        "item_answers": opened.form.answers(Scope.ITEM),
        "order_answers": opened.form.answers(Scope.ORDER)[0] if quote else [],
        "flags": [*map(flag_text, quote.flags)] if quote else [],
        "secrets": secrets,
        "errors": [(field.id, field.error) for field in secrets if field.error],
        "warning": warning,
        "reviewed": opened.reviewed,
    }
    return await render_page(
        request, services, access, "order_form/review.html", context, status_code=status_code, tenant=opened.tenant
    )


async def _rejected(
    request: Request, access: Access, services: Services, opened: OpenForm, error: OrderRejected
) -> Response:
    """The review again if only the secrets are wrong, else back to the form."""
    paths = {field.path for field in opened.form.secrets}
    wrong = {one.field: one.detail for one in reversed(error.errors) if one.field in paths}
    if opened.form.ready and wrong:
        return await _review(request, access, services, opened, None, wrong=wrong, status_code=error.status)
    return RedirectResponse(f"/order/{opened.form.order_type.code}?check=true", status_code=303)


async def _already_submitted(services: Services, access: Access, code: str, draft: str) -> Response:
    order_id = await drafts.submitted_order(services, access, draft)
    return RedirectResponse(f"/orders/{order_id}" if order_id else f"/order/{code}", status_code=303)


async def _fields(request: Request) -> list[tuple[str, str]]:
    form = await request.form()
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def _with_items_changed(body: Document, button: str) -> Document:
    """The body after an "add" button, which copies the last item, or a "remove:N" button."""
    items: list[Any] = body["items"]
    action, _, number = button.partition(":")
    if action == "add":
        return body | {"items": [*items, {ask: answer for ask, answer in items[-1].items() if ask not in _ONCE}]}
    if action == "remove" and number.isdecimal() and len(items) > 1:
        return body | {"items": [item for index, item in enumerate(items) if index != int(number)]}
    return body


def _context(services: Services, opened: OpenForm) -> dict[str, Any]:
    form = opened.form
    code = form.quote.carrier if form.quote else None
    return {
        "order_type": form.order_type,
        "draft": opened.draft,
        "form": form,
        "quote": form.quote,
        "carrier": services.carrier_names.get(code or "", code),
    }
