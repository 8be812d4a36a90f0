from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.carrier_accounts import operations
from api.carrier_accounts.schemas import (
    BillingAccountChange,
    BillingAccountDetails,
    BillingAccountIn,
    BillingAccountQuery,
    BillingAccountView,
    CredentialsIn,
)
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/carrier-accounts", tags=["carrier accounts"], dependencies=[JsonOnly])
BillingReadAccess = Annotated[Access, Depends(Needs(Right.CARRIER_ACCOUNT_READ))]
BillingChangeAccess = Annotated[Access, Depends(Needs(Right.CARRIER_ACCOUNT_CHANGE))]
BillingSecureAccess = Annotated[Access, Depends(Needs(Right.CARRIER_ACCOUNT_SECURE))]
CarrierPath = Annotated[str, Path(max_length=64)]
NumberPath = Annotated[str, Path(max_length=32)]


@router.get("", responses=error_responses(401, 403, 422, 503))
async def get_carrier_accounts(
    query: Annotated[BillingAccountQuery, Query()], access: BillingReadAccess, services: ServicesDep
) -> list[BillingAccountView]:
    """The company's billing accounts at carriers."""
    return await operations.list_all(services, access, query)


@router.get("/{carrier}/{number}", responses=error_responses(401, 403, 404, 503))
async def get_carrier_account(
    carrier: CarrierPath, number: NumberPath, access: BillingReadAccess, services: ServicesDep
) -> BillingAccountDetails:
    """A billing account, and whose lines are charged to it."""
    return await operations.read(services, access, carrier, number)


@router.post("", status_code=201, responses=error_responses(401, 403, 413, 415, 422, 503))
async def add_carrier_account(
    body: BillingAccountIn, access: BillingChangeAccess, services: ServicesDep
) -> BillingAccountDetails:
    """Add a billing account. From then on, orders of its account are charged to it."""
    return await operations.add(services, access, body)


@router.put("/{carrier}/{number}", responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def change_carrier_account(
    carrier: CarrierPath, number: NumberPath, body: BillingAccountChange, *, access: BillingChangeAccess,
    services: ServicesDep,
) -> BillingAccountDetails:  # fmt: skip
    """Change or deactivate a billing account. Its number can't be changed: add another one."""
    return await operations.change(services, access, carrier, number, body)


@router.put("/{carrier}/{number}/credentials", responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def replace_carrier_credentials(
    carrier: CarrierPath, number: NumberPath, body: CredentialsIn, *, access: BillingSecureAccess,
    services: ServicesDep,
) -> BillingAccountDetails:  # fmt: skip
    """Replace or remove the credentials of a billing account. They are never returned."""
    return await operations.replace_credentials(services, access, carrier, number, body)


@router.delete("/{carrier}/{number}", status_code=204, responses=error_responses(401, 403, 404, 409, 503))
async def delete_carrier_account(
    carrier: CarrierPath, number: NumberPath, access: BillingChangeAccess, services: ServicesDep
) -> None:
    """Delete a billing account that no line was ever charged to; deactivate any other."""
    await operations.delete(services, access, carrier, number)
