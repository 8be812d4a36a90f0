from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.company import operations
from api.company.routes import CompanyChangeAccess, CompanyReadAccess
from api.company.schemas import CompanyIn, CompanyView
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from models import formatting
from models.errors import InvalidRequest
from policies.access import Right

router = APIRouter(prefix="/admin/company", include_in_schema=False)

TextField = Annotated[str, Form(max_length=254)]
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "name": "This field is required.",
        "opens": "Enter a time, such as 09:00.",
        "closes": "Enter a time, such as 17:00.",
        "time_zone": "Choose a time zone from the list.",
        "holidays_country": "Enter a country code of two letters, such as US.",
        "support_phone": "Enter a US phone number, such as (312) 555-0142.",
    }
)


@router.get("")
async def show_company(
    request: Request,
    access: CompanyReadAccess,
    services: ServicesDep,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    company = await operations.read(services, access)
    context = {"company": company, "done": bool(done), "can_change": access.is_allowed(Right.COMPANY_CHANGE)}
    return await render_page(request, services, access, "company/company.html", context)


@router.get("/edit")
async def show_form(request: Request, access: CompanyChangeAccess, services: ServicesDep) -> Response:
    return await _form(request, services, access, _shown(await operations.read(services, access)), {})


@router.post("/edit")
async def change_company(
    request: Request,
    *,
    access: CompanyChangeAccess,
    services: ServicesDep,
    name: TextField = "",
    time_zone: TextField = "",
    opens: TextField = "",
    closes: TextField = "",
    holidays_country: TextField = "",
    holidays_subdivision: TextField = "",
    support_name: TextField = "",
    support_phone: TextField = "",
    branding_line: TextField = "",
    security_email: TextField = "",
    legal_email: TextField = "",
    fraud_email: TextField = "",
    payroll_email: TextField = "",
) -> Response:
    required = {"name": name, "time_zone": time_zone, "opens": opens, "closes": closes}
    optional = {
        "holidays_subdivision": holidays_subdivision.upper(),
        "support_name": support_name,
        "support_phone": support_phone,
        "branding_line": branding_line,
        "security_email": security_email,
        "legal_email": legal_email,
        "fraud_email": fraud_email,
        "payroll_email": payroll_email,
    }
    form = {**required, **optional, "holidays_country": holidays_country.upper()}
    try:
        empty = {field: None for field, text in optional.items() if not text.strip()}
        await operations.change(services, access, CompanyIn.model_validate(form | empty))
    except ValidationError as error:
        fields = [str(one["loc"][0]) for one in error.errors()]
        return await _form(request, services, access, form, {field: _sentence(field) for field in fields})
    except InvalidRequest as error:
        return await _form(request, services, access, form, {error.field or "": error.detail})
    return RedirectResponse("/admin/company?done=saved", status_code=303)


def _sentence(field: str) -> str:
    if field.endswith("_email"):
        return "Enter an email address, such as security@company.com."
    return _SENTENCES.get(field, "This can't be used. Shorten or correct it.")


def _shown(company: CompanyView) -> dict[str, str]:
    phone = company.support_phone
    return {
        **{field: value or "" for field, value in company.model_dump(exclude={"carriers"}).items()},
        "opens": f"{company.opens:%H:%M}",
        "closes": f"{company.closes:%H:%M}",
        "support_phone": formatting.phone_number(phone) if phone else "",
    }


async def _form(
    request: Request, services: Services, access: Access, form: Mapping[str, Any], errors: Mapping[str, str]
) -> Response:
    zones = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]
    context = {"form": form, "errors": errors, "zones": zones}
    status_code = 422 if errors else 200
    return await render_page(request, services, access, "company/edit.html", context, status_code=status_code)
