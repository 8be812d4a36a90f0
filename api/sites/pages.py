from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import StringConstraints, ValidationError

from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.paging import next_page_url
from api.http.schemas import RequestModel
from api.http.validation import errors_by_field
from api.sites import operations
from api.sites.routes import SiteChangeAccess, SiteId, SiteReadAccess
from api.sites.schemas import ParcelAddress, SiteDetails, SiteIn, SiteQuery
from models.errors import InvalidRequest, StillUsed
from policies.access import Right

PREFIX = "/admin/sites"
router = APIRouter(include_in_schema=False, prefix=PREFIX)
FormText = Annotated[str, StringConstraints(max_length=600)]
_ADDRESS = tuple(ParcelAddress.model_fields)


class SiteForm(RequestModel):
    """The fields of the form as they were sent; a box that isn't checked is missing."""

    name: FormText = ""
    account: FormText = ""
    contact: FormText = ""
    label: FormText = ""
    time_zone: FormText = ""
    receiver: FormText = ""
    phone: FormText = ""
    open_hours: FormText = ""
    line1: FormText = ""
    line2: FormText = ""
    city: FormText = ""
    state: FormText = ""
    postal_code: FormText = ""
    active: bool = False

    def body(self, **more: Any) -> SiteIn:
        """Raises ValidationError."""
        given = {name: text for name, text in self.model_dump(exclude={"active"}).items() if text.strip()} | more
        address = {name: given.pop(name) for name in _ADDRESS if name in given}
        return SiteIn(**given, **({"address": address} if address else {}))


@router.get("")
async def show_sites(
    request: Request, query: Annotated[SiteQuery, Query()], access: SiteReadAccess, services: ServicesDep
) -> Response:
    listed = await operations.list_sites(services, access, query)
    context = {
        "sites": listed.items,
        "next_page": next_page_url(request, listed.next_cursor),
        "can_change": access.is_allowed(Right.SITE_CHANGE),
    }
    return await render_page(request, services, access, "sites/list.html", context)


@router.get("/new")
async def show_new_site(request: Request, access: SiteChangeAccess, services: ServicesDep) -> Response:
    return await _form(request, services, access, SiteForm().model_dump())


@router.post("/new")
async def add_site(
    request: Request, access: SiteChangeAccess, services: ServicesDep, form: Annotated[SiteForm, Form()]
) -> Response:
    try:
        await operations.add(services, access, form.body())
    except (ValidationError, InvalidRequest) as error:
        return await _form(request, services, access, form.model_dump(), _errors(error))
    return RedirectResponse(PREFIX, status_code=303)


@router.get("/{site_id}")
async def show_site(site_id: SiteId, request: Request, access: SiteReadAccess, services: ServicesDep) -> Response:
    site = await operations.read(services, access, site_id)
    return await _form(request, services, access, _values(site), site=site)


@router.post("/{site_id}")
async def change_site(
    site_id: SiteId,
    request: Request,
    access: SiteChangeAccess,
    services: ServicesDep,
    form: Annotated[SiteForm, Form()],
) -> Response:
    site = await operations.read(services, access, site_id)
    try:
        await operations.change(services, access, site_id, form.body(active=form.active))
    except (ValidationError, InvalidRequest) as error:
        return await _form(request, services, access, form.model_dump(), _errors(error), site=site)
    return RedirectResponse(PREFIX, status_code=303)


@router.post("/{site_id}/delete")
async def delete_site(site_id: SiteId, request: Request, access: SiteChangeAccess, services: ServicesDep) -> Response:
    try:
        await operations.delete(services, access, site_id)
    except StillUsed as error:
        site = await operations.read(services, access, site_id)
        return await _form(request, services, access, _values(site), {"": error.detail}, site=site)
    return RedirectResponse(PREFIX, status_code=303)


def _errors(error: ValidationError | InvalidRequest) -> dict[str, str]:
    return {field.removeprefix("address."): says for field, says in errors_by_field(error).items()}


def _values(site: SiteDetails) -> dict[str, Any]:
    address = dict.fromkeys(_ADDRESS, "") | (site.address or {})
    contact = site.contact.email if site.contact else ""
    return {**site.model_dump(), **address, "account": site.account.number, "contact": contact}


async def _form(  # noqa: PLR0917 - the form as it was sent, and what is wrong with it
    request: Request, services: Services, access: Access, values: dict[str, Any],
    errors: dict[str, str] | None = None, site: SiteDetails | None = None,
) -> Response:  # fmt: skip
    context = {
        "site": site,
        "values": values,
        "errors": errors or {},
        "can_change": access.is_allowed(Right.SITE_CHANGE),
    }
    status = 422 if errors else 200
    return await render_page(request, services, access, "sites/site.html", context, status_code=status)
