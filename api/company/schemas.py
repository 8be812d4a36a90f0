from datetime import time
from typing import Annotated

from pydantic import Field, StringConstraints

from api.http.schemas import EmailAddress, OneLine, PhoneNumber, RequestModel, ResponseModel
from api.tenants.schemas import ShortText, TimeZone

CountryCode = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
SubdivisionCode = Annotated[str, StringConstraints(max_length=10), OneLine]
Hour = Annotated[time, Field(description="Local time, such as 09:00.")]


class CompanyIn(RequestModel):
    """What changes of your company: fields that you leave out stay as they are.

    `null` empties a field that can be empty. A change of the time zone, the office hours or the holidays is a new
    version of the purchasing policy.
    """

    name: ShortText | None = None
    time_zone: TimeZone | None = None
    opens: Hour | None = None
    closes: Hour | None = None
    holidays_country: CountryCode | None = None
    holidays_subdivision: SubdivisionCode | None = Field(default=None, description="Such as the code of a US state.")
    support_name: ShortText | None = None
    support_phone: PhoneNumber | None = None
    branding_line: ShortText | None = None
    security_email: EmailAddress | None = None
    legal_email: EmailAddress | None = None
    fraud_email: EmailAddress | None = None
    payroll_email: EmailAddress | None = None


class CarrierInUse(ResponseModel):
    code: str
    name: str
    billing_accounts: int


class CompanyView(ResponseModel):
    """Your company: its office hours, whom people turn to, and who is told about what.

    `support_name` and `support_phone` are shown on pages and in emails, `branding_line` on pages. `security_email` gets
    a copy of each security notice about someone's access. Nothing is sent to the other addresses.
    """

    id: str
    name: str
    time_zone: str
    opens: time
    closes: time
    holidays_country: str
    holidays_subdivision: str | None
    policy_version: int
    support_name: str | None
    support_phone: str | None
    branding_line: str | None
    security_email: str | None
    legal_email: str | None
    fraud_email: str | None
    payroll_email: str | None
    carriers: list[CarrierInUse]
