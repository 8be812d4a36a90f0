from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from api.http.paging import Cursor
from api.http.schemas import (
    IdentifierText,
    IdFilter,
    ReferenceFilter,
    RequestModel,
    ResponseModel,
    SearchText,
    identifier_of,
)
from api.orders.schemas import AccountView, HolderView
from models.inventory import DeviceLock, DeviceStatus, LineStatus, Ownership
from models.returns import DeviceCondition

_OF_DEVICES = ("IMEI", "MEID", "ESN")
LineIdentifier = Annotated[IdentifierText, AfterValidator(identifier_of("phone number", "ICCID", "EID", *_OF_DEVICES))]
DeviceIdentifier = Annotated[IdentifierText, AfterValidator(identifier_of(*_OF_DEVICES))]


class InventoryQuery(RequestModel):
    account: ReferenceFilter | None = Field(
        default=None, description="ID or FA number of an account. Includes its sub-accounts."
    )
    holder: IdFilter | None = Field(default=None, description="ID of a person or a site.")
    q: Annotated[
        SearchText,
        Field(
            description="An identifier, or words that occur in a number, the name of the device, or the name, email "
            "address or employee number of the holder."
        ),
    ] = ""
    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class LineQuery(InventoryQuery):
    status: list[LineStatus] = Field(default_factory=list, max_length=20)
    carrier: IdFilter | None = None
    identifier: LineIdentifier | None = Field(
        default=None, description="A complete phone number, IMEI, ICCID, EID, MEID or ESN, in any spelling."
    )


class DeviceQuery(InventoryQuery):
    status: list[DeviceStatus] = Field(default_factory=list, max_length=20)
    sku: IdFilter | None = None
    identifier: DeviceIdentifier | None = Field(
        default=None, description="A complete IMEI, MEID or ESN, in any spelling."
    )


class SimView(ResponseModel):
    kind: str
    iccid: str | None
    eid: str | None


class HandsetView(ResponseModel):
    id: str
    sku: str | None
    name: str
    imei: str | None


class ProductView(ResponseModel):
    sku: str
    name: str | None


class FormerNumberView(ResponseModel):
    """A number that the line had, by which it is still found. `reason` says why it has another one."""

    number: str
    since: date | None
    until: date
    reason: str


class FeatureEndView(ResponseModel):
    """A feature of the line that has a last day, and who removes it after that: `carrier` or `us`."""

    sku: str
    on: date
    by: str


class LineView(ResponseModel):
    id: str
    mdn: str | None
    former_numbers: list[FormerNumberView] = Field(description="The numbers that the line had, oldest first.")
    found_by: str | None = Field(
        default=None, description="Which former number a search has found the line by, and the number it has now."
    )
    status: str
    carrier: str
    carrier_account: str | None = Field(description="Number of the billing account that the carrier charges.")
    carrier_product_id: str | None = Field(description="The carrier's own ID of the line.")
    account: AccountView
    holder: HolderView
    device: HandsetView | None
    sim: SimView | None
    plan: ProductView
    features: list[str]
    feature_ends: list[FeatureEndView]
    cost_center: str | None
    activated_on: date | None
    upgrade_on: date | None
    contract_until: date | None = Field(description="The last day on which the contract keeps the plan.")
    disconnected_on: date | None = Field(description="The day on which the carrier ended service.")
    suspended_for: str | None = Field(description="Why the line is suspended, if we know it.")
    number_locked: bool = Field(description="Whether the carrier stops the number from moving to another carrier.")
    sim_protected: bool = Field(description="Whether the carrier replaces the SIM only once the protection is lifted.")
    subscriber_name: str | None = Field(description="The name in the carrier's subscriber record.")
    labels: str | None = Field(description="The label in the carrier's subscriber record, such as a cost center.")
    service_address: dict[str, str] | None = Field(description="The address in the carrier's subscriber record.")


class SuspensionView(ResponseModel):
    """Why and since when a line is suspended, and what comes next.

    `ends_at` and `ends_by` say what comes first: the planned resumption, or what the carrier does at its limit
    (`limit_at`, `limit_by`) by its own `rule`. `problem` says what went wrong if the line should be in service again.
    """

    order: str
    reason: str
    since: datetime
    resume_on: date | None
    ends_at: datetime | None
    ends_by: str | None
    limit_at: datetime | None
    limit_by: str | None
    rule: str
    rule_source: str
    problem: str | None


class PastSuspensionView(ResponseModel):
    """The last suspension of a line that is no longer suspended.

    `ended_by` is the number of the order that changed the line; None if it ended as planned, or by the carrier's rule.
    """

    order: str
    reason: str
    since: datetime
    until: datetime
    outcome: str
    ended_by: str | None


class ComingPlanView(ResponseModel):
    """The plan that an approved order gives the line, and the day that the order waits for, if it does."""

    plan: ProductView
    starts_on: date | None
    order: str


class LineDetails(LineView):
    coming_plan: ComingPlanView | None
    suspension: SuspensionView | None
    last_suspension: PastSuspensionView | None
    recoverable_until: date | None = Field(
        description="The last day on which the number of a disconnected line can be recovered."
    )
    given_up_on: date | None = Field(description="The day on which the carrier gave up the number.")


class ActionView(ResponseModel):
    """An order type and whether it can be ordered for the line or device now, or why not."""

    type: str
    title: str
    family: str
    allowed: bool
    code: str | None
    why_not: str | None


class DeviceView(ResponseModel):
    id: str
    sku: str | None = Field(description="The product; none for a device that is not of the catalog.")
    name: str
    status: str
    account: AccountView
    holder: HolderView
    imei: str | None
    imei2: str | None
    meid: str | None
    esn: str | None
    serial: str | None
    make: str | None
    model: str | None
    ownership: Ownership
    condition: DeviceCondition | None
    purchased_on: date | None
    warranty_until: date | None
    lock: DeviceLock = Field(description="Whether the device works with the SIMs of one carrier only.")
    block_listed_at: datetime | None = Field(description="Since when carriers block the device.")
    location: str | None = Field(description="Where the device lies, such as a shelf.")
