from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints

from api.http.paging import Cursor, Limit
from api.http.schemas import OneLine, PhoneNumber, RequestModel, ResponseModel, Trimmed, matching
from api.orders.schemas import AccountView
from api.tenants.schemas import TimeZone
from models.address import ZIP

Text = Annotated[str, StringConstraints(min_length=1, max_length=100), OneLine]


class ParcelAddress(RequestModel):
    """Where parcels go. The name on them is that of the receiver."""

    line1: Text
    line2: Annotated[str, StringConstraints(max_length=100), OneLine] = ""
    city: Text
    state: Annotated[str, StringConstraints(max_length=10), Trimmed, matching("[A-Z]{2}", "state")]
    postal_code: Annotated[str, StringConstraints(max_length=10), Trimmed, matching(ZIP, "zip_code")]


class SiteQuery(RequestModel):
    """A page of the sites."""

    cursor: Cursor = None
    limit: Limit = 50


class SiteIn(RequestModel):
    """A place whose lines and devices belong to no person."""

    name: Text
    account: Annotated[str, StringConstraints(min_length=1, max_length=64), Trimmed] = Field(
        description="ID or FA number of the account that it belongs to.", examples=["FA-1500"]
    )
    contact: Annotated[str, StringConstraints(min_length=1, max_length=254), Trimmed] | None = Field(
        default=None, description="Email address or full name of the person who acts for it."
    )
    label: Text | None = Field(default=None, description="What it is, such as a vehicle or a kiosk.")
    time_zone: TimeZone | None = None
    receiver: Text | None = Field(default=None, description="Who receives parcels. Default: the contact.")
    phone: PhoneNumber | None = None
    open_hours: Text | None = Field(default=None, description="When parcels are received.")
    address: ParcelAddress | None = None
    active: StrictBool = Field(default=True, description="No new order names an inactive site.")


class SiteContact(ResponseModel):
    id: str
    name: str
    email: str


class SiteView(ResponseModel):
    id: str
    name: str
    account: AccountView
    contact: SiteContact | None
    label: str | None
    time_zone: str | None
    receiver: str | None
    phone: str | None
    open_hours: str | None
    address: dict[str, str] | None
    active: bool


class SiteDetails(SiteView):
    """A site, and how many lines, devices and orders name it."""

    lines: int
    devices: int
    orders: int
