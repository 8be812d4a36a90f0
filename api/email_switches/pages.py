from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import ServicesDep
from api.email_switches import operations
from api.email_switches.routes import EmailName, SwitchAccess, SwitchReadAccess
from api.email_switches.schemas import EmailSwitchIn
from api.http.layout import render_page
from policies.access import Right

router = APIRouter(prefix="/admin/emails", include_in_schema=False)


@router.get("")
async def show_emails(request: Request, access: SwitchReadAccess, services: ServicesDep) -> Response:
    switches = await operations.list_switches(services, access)
    context = {
        "groups": (
            ("orders", "About orders", [one for one in switches if one.has_switch and not one.for_task]),
            ("tasks", "About tasks", [one for one in switches if one.has_switch and one.for_task]),
            ("always", "Always sent", [one for one in switches if not one.has_switch]),
        ),
        "can_switch": access.is_allowed(Right.EMAIL_SWITCH_CHANGE),
    }
    return await render_page(request, services, access, "email_switches/list.html", context)


@router.post("/{name}/switch")
async def switch_email(
    name: EmailName, access: SwitchAccess, services: ServicesDep, *, on: Annotated[bool, Form()] = False
) -> Response:
    await operations.switch(services, access, name, EmailSwitchIn(on=on))
    return RedirectResponse(f"/admin/emails#{name}", status_code=303)
