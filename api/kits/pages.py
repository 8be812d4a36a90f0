import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field, StringConstraints, ValidationError

from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.schemas import RequestModel
from api.http.validation import errors_by_field
from api.kits import operations
from api.kits.routes import KitChangeAccess, KitId, KitReadAccess
from api.kits.schemas import KitIn, KitView
from models.errors import InvalidRequest
from models.questions.products import DEVICE, PLAN
from policies.access import Right

PREFIX = "/admin/kits"
router = APIRouter(include_in_schema=False, prefix=PREFIX)
FormText = Annotated[str, StringConstraints(max_length=5000)]


class KitForm(RequestModel):
    """The fields of the form as they were sent; `roles` are job titles, one on each line."""

    name: FormText = ""
    roles: FormText = ""
    device: FormText = ""
    plan: FormText = ""
    features: list[FormText] = Field(default_factory=list, max_length=100)
    accessories: list[FormText] = Field(default_factory=list, max_length=100)
    active: bool = False
    do: Literal["save", "fit"] = "save"

    def body(self, *, active: bool) -> KitIn:
        """Raises ValidationError."""
        roles = [title for title in re.split(r"[\n;]", self.roles) if title.strip()]
        return KitIn(**self.model_dump(exclude={"do"}) | {"roles": roles, "active": active})


@router.get("")
async def show_kits(request: Request, access: KitReadAccess, services: ServicesDep) -> Response:
    context = {
        "kits": await operations.list_all(services, access),
        "product_names": await operations.product_names(services, access),
        "can_change": access.is_allowed(Right.KIT_CHANGE),
    }
    return await render_page(request, services, access, "kits/list.html", context)


@router.get("/new")
async def show_new_kit(request: Request, access: KitChangeAccess, services: ServicesDep) -> Response:
    return await _form(request, services, access, KitForm().model_dump())


@router.post("/new")
async def add_kit(
    request: Request, access: KitChangeAccess, services: ServicesDep, form: Annotated[KitForm, Form()]
) -> Response:
    if form.do == "fit":
        return await _form(request, services, access, form.model_dump())
    try:
        await operations.add(services, access, form.body(active=True))
    except (ValidationError, InvalidRequest) as error:
        return await _form(request, services, access, form.model_dump(), _errors(error))
    return RedirectResponse(PREFIX, status_code=303)


@router.get("/{kit_id}")
async def show_kit(kit_id: KitId, request: Request, access: KitReadAccess, services: ServicesDep) -> Response:
    kit = await operations.read(services, access, kit_id)
    values = {**kit.model_dump(), "roles": "\n".join(kit.roles)}
    return await _form(request, services, access, values, kit=kit)


@router.post("/{kit_id}")
async def change_kit(
    kit_id: KitId, request: Request, access: KitChangeAccess, services: ServicesDep, form: Annotated[KitForm, Form()]
) -> Response:
    kit = await operations.read(services, access, kit_id)
    if form.do == "fit":
        return await _form(request, services, access, form.model_dump(), kit=kit)
    try:
        await operations.change(services, access, kit_id, form.body(active=form.active))
    except (ValidationError, InvalidRequest) as error:
        return await _form(request, services, access, form.model_dump(), _errors(error), kit=kit)
    return RedirectResponse(PREFIX, status_code=303)


@router.post("/{kit_id}/delete")
async def delete_kit(kit_id: KitId, access: KitChangeAccess, services: ServicesDep) -> Response:
    await operations.delete(services, access, kit_id)
    return RedirectResponse(PREFIX, status_code=303)


def _errors(error: ValidationError | InvalidRequest) -> dict[str, str]:
    return {field.partition(".")[0]: says for field, says in errors_by_field(error).items()}


async def _form(  # noqa: PLR0917 - the form as it was sent, and what is wrong with it
    request: Request, services: Services, access: Access, values: dict[str, Any],
    errors: dict[str, str] | None = None, kit: KitView | None = None,
) -> Response:  # fmt: skip
    context = {
        "kit": kit,
        "values": values,
        "errors": errors or {},
        "options": await operations.choices(services, access, DEVICE.of(values) or "", PLAN.of(values) or ""),
        "can_change": access.is_allowed(Right.KIT_CHANGE),
    }
    status = 422 if errors else 200
    return await render_page(request, services, access, "kits/kit.html", context, status_code=status)
