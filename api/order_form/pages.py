"""Ordering in the portal: choose a kind, fill in its form, look at what it would be, send it."""

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import Access, Needs, Services, ServicesDep
from api.http.layout import show
from api.http.templating import render
from api.order_form import drafts
from api.order_form.drafts import OpenForm
from api.order_form.parsing import Document, document
from api.order_types.schema import summarize
from models.errors import IdempotencyKeyReused, LineHasOpenOrder, OrderRefused
from models.order_type import OrderType
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/order")
Code = Annotated[str, Path(max_length=64)]
Ordering = Annotated[Access, Depends(Needs(Right.ORDER_SUBMIT))]
Id = Annotated[str | None, Query(max_length=40)]


@router.get("")
async def show_kinds(request: Request, access: Ordering, services: ServicesDep) -> Response:
    """What can be ordered, by what it does to the inventory."""
    kinds = [summarize(services.catalog[code]) for code in sorted(services.catalog)]
    return await show(request, services, access, "order_form/order_types.html", {"kinds": kinds})


@router.get("/{code}")
async def show_form(
    code: Code,
    request: Request,
    access: Ordering,
    services: ServicesDep,
    *,
    line: Id = None,
    account: Id = None,
    check: Annotated[bool, Query()] = False,
) -> Response:
    """The form, as it was left or new; `check` says what is still missing."""
    proposed: Document = {"type": code, "answers": {}, "items": [{"line": line} if line else {}]}
    if account:
        proposed["account_id"] = account
    begun = await drafts.open_form(services, access, code, proposed, strict=check)
    return await show(request, services, access, "order_form/form.html", _scene(services, begun), house=begun.house)


@router.post("/{code}")
async def take_form(code: Code, request: Request, access: Ordering, services: ServicesDep) -> Response:
    """Keep what was filled in, and go where the pressed button leads."""
    kind = drafts.kind_of(services, code)
    pairs = await _pairs(request)
    pressed = next((value for name, value in pairs if name == "do"), "save")
    await drafts.keep(services, access, code, _changed(document(kind, pairs), pressed))
    leads = {"review": f"/order/{code}/review"}
    return RedirectResponse(leads.get(pressed, f"/order/{code}"), status_code=303)


@router.post("/{code}/sheet")
async def take_change(code: Code, request: Request, access: Ordering, services: ServicesDep) -> Response:
    """Keep what was filled in and show the form again, with what it would cost now; a part of a page."""
    kind = drafts.kind_of(services, code)
    await drafts.keep(services, access, code, document(kind, await _pairs(request)))
    begun = await drafts.open_form(services, access, code)
    return render(request, "order_form/questions.html", _scene(services, begun))


@router.get("/{code}/review")
async def show_review(
    code: Code,
    request: Request,
    access: Ordering,
    services: ServicesDep,
    changed: Annotated[bool, Query()] = False,
) -> Response:
    """The order as it would be sent: what, for whom, at which price, who decides. Incomplete: back to the form."""
    begun = await drafts.open_form(services, access, code, strict=True)
    if begun.draft is None or not begun.sheet.ready:
        return RedirectResponse(f"/order/{code}?check=true" if begun.draft else f"/order/{code}", status_code=303)
    return await _review(request, access, services, begun, _CHANGED if changed else None)


@router.post("/{code}/place")
async def place_order(
    code: Code,
    request: Request,
    access: Ordering,
    services: ServicesDep,
    background: BackgroundTasks,
    *,
    draft: Annotated[str, Form(max_length=40)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Send the order that was looked at: once, as it was shown and at that price."""
    begun = await drafts.open_form(services, access, code, strict=True)
    if begun.draft is None or begun.draft.id != draft:
        return await _sent_before(services, access, code, draft)
    if begun.sheet.ready and begun.seen != seen:
        return RedirectResponse(f"/order/{code}/review?changed=true", status_code=303)
    try:
        order_id = await drafts.send(services, access, begun)
    except OrderRefused:
        return RedirectResponse(f"/order/{code}?check=true", status_code=303)
    except LineHasOpenOrder as error:
        return await _review(request, access, services, begun, error.detail, status_code=error.status)
    except IdempotencyKeyReused:  # sent from elsewhere just now, before it was changed here
        return await _sent_before(services, access, code, draft)
    background.add_task(services.dispatcher.deliver, order_id)
    return RedirectResponse(f"/orders/{order_id}", status_code=303)


@router.post("/{code}/discard")
async def discard(code: Code, access: Ordering, services: ServicesDep) -> Response:
    """Forget what was filled in."""
    await drafts.discard(services, access, code)
    return RedirectResponse("/order", status_code=303)


_CHANGED = "The order or its price has changed since you looked. Please look again before you send it."


async def _review(
    request: Request,
    access: Access,
    services: Services,
    begun: OpenForm,
    warning: str | None,
    *,
    status_code: int = 200,
) -> Response:
    scene = _scene(services, begun) | {"shown": begun.sheet.in_words(), "warning": warning, "seen": begun.seen}
    return await show(
        request, services, access, "order_form/review.html", scene, status_code=status_code, house=begun.house
    )


async def _sent_before(services: Services, access: Access, code: str, draft: str) -> Response:
    order_id = await drafts.sent_before(services, access, draft)
    return RedirectResponse(f"/orders/{order_id}" if order_id else f"/order/{code}", status_code=303)


async def _pairs(request: Request) -> list[tuple[str, str]]:
    form = await request.form()
    return [(name, said) for name, said in form.multi_items() if isinstance(said, str)]


def _changed(body: Document, pressed: str) -> Document:
    """The body with one item more, a copy of the last, or one less, as the pressed button says."""
    items: list[Any] = body["items"]
    verb, _, which = pressed.partition(":")
    if verb == "add":
        return body | {"items": [*items, {ask: said for ask, said in items[-1].items() if ask != "line"}]}
    if verb == "remove" and which.isdecimal() and len(items) > 1:
        return body | {"items": [item for number, item in enumerate(items) if number != int(which)]}
    return body


def _scene(services: Services, begun: OpenForm) -> dict[str, Any]:
    kind: OrderType = begun.sheet.kind
    told = begun.sheet.confirmation
    carrier = services.carriers.get(told.carrier or "") if told else None
    return {
        "kind": kind,
        "draft": begun.draft,
        "sheet": begun.sheet,
        "told": told,
        "carrier": carrier.name if carrier else told.carrier if told else None,
    }
