from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints

from api.accounts.schemas import CarrierAccountView
from api.http.schemas import IdFilter, OneLine, RequestModel, ResponseModel, Trimmed, matching
from api.orders.schemas import AccountView
from models.address import ZIP

CarrierCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]
AccountNumber = Annotated[
    str, StringConstraints(min_length=2, max_length=32), Trimmed, matching("[A-Za-z0-9-]+", "account_number")
]
Credentials = Annotated[str, StringConstraints(min_length=4, max_length=500), OneLine]


class BillingAccountQuery(RequestModel):
    carrier: IdFilter | None = Field(default=None, description="Code of a carrier: only its billing accounts.")


class BillingAccountChange(RequestModel):
    """A billing account as it should be from now on."""

    account: Annotated[str, StringConstraints(min_length=1, max_length=64), Trimmed] = Field(
        description="ID or FA number of the account that has it. Its sub-accounts share it unless they have their own.",
        examples=["FA-1000"],
    )
    foundation: AccountNumber | None = Field(
        default=None, description="Number of the contract that it belongs to, such as a foundation account number."
    )
    name_on_bill: Annotated[str, StringConstraints(min_length=1, max_length=120), OneLine]
    billing_zip: Annotated[str, StringConstraints(max_length=10), Trimmed, matching(ZIP, "zip_code")]
    cycle_day: Annotated[int, Field(ge=1, le=31)] = Field(
        description="Day of the month on which a billing cycle starts; the last day of months that are shorter."
    )
    default_po: Annotated[str, StringConstraints(min_length=1, max_length=64), OneLine] | None = Field(
        default=None, description="Number of the purchase order for orders without one."
    )
    plan_changes_a_month: Annotated[int, Field(ge=1, le=99)] | None = Field(
        default=None,
        description="How often in a month the carrier changes the plan of a line. Default: any number of times.",
    )
    one_plan_change_a_cycle: StrictBool = Field(
        default=False, description="Whether the carrier changes the plan of a line only once in a billing cycle."
    )
    active: StrictBool = Field(
        default=True, description="An inactive one keeps the lines that it is charged for, and gets no new ones."
    )


class BillingAccountIn(BillingAccountChange):
    """A billing account at a carrier."""

    carrier: CarrierCode = Field(examples=["northwind"])
    number: AccountNumber = Field(description="Its number at the carrier, often called BAN.", examples=["4410021"])


class CredentialsIn(RequestModel):
    credentials: Credentials | None = Field(
        description="With what the company shows the carrier who it is, such as the passcode. Null removes them."
    )


class ChargedAccount(ResponseModel):
    """An account with lines that are charged to the billing account."""

    account: AccountView
    lines: int


class BillingAccountView(CarrierAccountView):
    """A billing account. `lines` are those in use that are charged to it."""

    active: bool
    credentials_at: datetime | None = Field(
        description="Since when it has its credentials, which are never shown; null without any."
    )
    lines: int


class BillingAccountDetails(BillingAccountView):
    used_by: list[ChargedAccount] = Field(description="Whose lines in use are charged to it.")
