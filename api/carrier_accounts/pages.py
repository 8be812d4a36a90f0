from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import StringConstraints, ValidationError

from api.carrier_accounts import operations
from api.carrier_accounts.routes import (
    BillingChangeAccess,
    BillingReadAccess,
    BillingSecureAccess,
    CarrierPath,
    NumberPath,
)
from api.carrier_accounts.schemas import (
    BillingAccountChange,
    BillingAccountDetails,
    BillingAccountIn,
    BillingAccountQuery,
    CredentialsIn,
)
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.schemas import RequestModel
from api.http.validation import errors_by_field
from models.errors import InvalidRequest, StillUsed
from policies.access import Right

PREFIX = "/admin/carrier-accounts"
router = APIRouter(include_in_schema=False, prefix=PREFIX)
FormText = Annotated[str, StringConstraints(max_length=600)]


class BillingAccountForm(RequestModel):
    """The fields of the form as they were sent; a box that isn't checked is missing."""

    carrier: FormText = ""
    number: FormText = ""
    account: FormText = ""
    foundation: FormText = ""
    name_on_bill: FormText = ""
    billing_zip: FormText = ""
    cycle_day: FormText = ""
    default_po: FormText = ""
    plan_changes_a_month: FormText = ""
    one_plan_change_a_cycle: bool = False
    active: bool = False

    def given(self, *left_out: str) -> dict[str, Any]:
        fields = self.model_dump(exclude={*left_out}).items()
        return {name: value for name, value in fields if not isinstance(value, str) or value.strip()}


@router.get("")
async def show_carrier_accounts(request: Request, access: BillingReadAccess, services: ServicesDep) -> Response:
    context = {
        "accounts": await operations.list_all(services, access, BillingAccountQuery()),
        "names": services.carrier_names,
        "can_change": access.is_allowed(Right.CARRIER_ACCOUNT_CHANGE),
    }
    return await render_page(request, services, access, "carrier_accounts/list.html", context)


@router.get("/new")
async def show_new_account(request: Request, access: BillingChangeAccess, services: ServicesDep) -> Response:
    return await _new(request, services, access, BillingAccountForm().model_dump())


@router.post("/new")
async def add_account(
    request: Request, access: BillingChangeAccess, services: ServicesDep, form: Annotated[BillingAccountForm, Form()]
) -> Response:
    try:
        added = await operations.add(services, access, BillingAccountIn(**form.given("active")))
    except (ValidationError, InvalidRequest) as error:
        return await _new(request, services, access, form.model_dump(), errors_by_field(error))
    return _to(added.carrier, added.number)


@router.get("/{carrier}/{number}")
async def show_carrier_account(
    carrier: CarrierPath, number: NumberPath, request: Request, *, access: BillingReadAccess, services: ServicesDep
) -> Response:
    details = await operations.read(services, access, carrier, number)
    return await _page(request, services, access, details)


@router.post("/{carrier}/{number}")
async def change_account(
    carrier: CarrierPath, number: NumberPath, request: Request, *, access: BillingChangeAccess,
    services: ServicesDep, form: Annotated[BillingAccountForm, Form()],
) -> Response:  # fmt: skip
    try:
        body = BillingAccountChange(**form.given("carrier", "number"))
        await operations.change(services, access, carrier, number, body)
    except (ValidationError, InvalidRequest) as error:
        details = await operations.read(services, access, carrier, number)
        return await _page(request, services, access, details, errors_by_field(error), form.model_dump())
    return _to(carrier, number)


@router.post("/{carrier}/{number}/credentials")
async def replace_credentials(
    carrier: CarrierPath, number: NumberPath, request: Request, *, access: BillingSecureAccess,
    services: ServicesDep, credentials: Annotated[FormText, Form()] = "",
) -> Response:  # fmt: skip
    """An empty form removes them."""
    try:
        body = CredentialsIn(credentials=credentials if credentials.strip() else None)
        await operations.replace_credentials(services, access, carrier, number, body)
    except ValidationError as error:
        details = await operations.read(services, access, carrier, number)
        return await _page(request, services, access, details, errors_by_field(error))
    return _to(carrier, number)


@router.post("/{carrier}/{number}/delete")
async def delete_account(
    carrier: CarrierPath, number: NumberPath, request: Request, *, access: BillingChangeAccess, services: ServicesDep
) -> Response:
    try:
        await operations.delete(services, access, carrier, number)
    except StillUsed as error:
        details = await operations.read(services, access, carrier, number)
        return await _page(request, services, access, details, {"": error.detail})
    return RedirectResponse(PREFIX, status_code=303)


def _to(carrier: str, number: str) -> Response:
    return RedirectResponse(f"{PREFIX}/{carrier}/{number}", status_code=303)


async def _new(
    request: Request, services: Services, access: Access, values: dict[str, Any], errors: dict[str, str] | None = None
) -> Response:
    context = {"names": services.carrier_names, "values": values, "errors": errors or {}}
    status = 422 if errors else 200
    return await render_page(request, services, access, "carrier_accounts/new.html", context, status_code=status)


async def _page(  # noqa: PLR0917 - the form as it was sent, and what is wrong with it
    request: Request, services: Services, access: Access, details: BillingAccountDetails,
    errors: dict[str, str] | None = None, values: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    context = {
        "billing": details,
        "carrier": services.carrier_names.get(details.carrier, details.carrier),
        "values": values or {**details.model_dump(), "account": details.account.number},
        "errors": errors or {},
        "can_change": access.is_allowed(Right.CARRIER_ACCOUNT_CHANGE),
    }
    status = 422 if errors else 200
    return await render_page(request, services, access, "carrier_accounts/account.html", context, status_code=status)
