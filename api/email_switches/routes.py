"""The API of the switches of emails."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.deps import Access, Needs, ServicesDep
from api.email_switches import operations
from api.email_switches.schemas import EmailSwitchIn, EmailSwitchView
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/email-switches", tags=["operations"], dependencies=[JsonOnly])
EmailName = Annotated[str, Path(max_length=64)]
SwitchReadAccess = Annotated[Access, Depends(Needs(Right.EMAIL_SWITCH_READ))]
SwitchAccess = Annotated[Access, Depends(Needs(Right.EMAIL_SWITCH_CHANGE))]


@router.get("", responses=error_responses(401, 403, 503))
async def get_email_switches(access: SwitchReadAccess, services: ServicesDep) -> list[EmailSwitchView]:
    """The emails about orders: who gets them, and whether your company has switched them off."""
    return await operations.list_switches(services, access)


@router.post("/{name}", responses=error_responses(401, 403, 404, 409, 413, 415, 422, 503))
async def switch_email(
    name: EmailName, body: EmailSwitchIn, access: SwitchAccess, services: ServicesDep
) -> EmailSwitchView:
    """Switch an email on or off for everyone in your company. It takes effect at once."""
    return await operations.switch(services, access, name, body)
