"""The filters of lists of orders: those of the API, and those above the admin's list."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from api.http.paging import Cursor
from api.http.schemas import (
    AfterSince,
    IdentifierText,
    IdFilter,
    Moment,
    NotBeforeSince,
    ReferenceFilter,
    RequestModel,
    SearchText,
    identifier_of,
)
from models.lifecycle import Status
from models.order_type import Family

PAGE_SIZE = 50
# Days that have a midnight before and after them in every time zone.
Day = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(3000, 1, 1))]
OrderIdentifier = Annotated[
    IdentifierText, AfterValidator(identifier_of("order number", "phone number", "IMEI", "ICCID", "EID"))
]


class OrderQuery(RequestModel):
    """Filters and page of a list of orders."""

    type: list[IdFilter] = Field(default_factory=list, max_length=20, description="Codes of order types.")
    status: list[Status] = Field(default_factory=list, max_length=30)
    family: Family | None = None
    account: ReferenceFilter | None = Field(
        default=None, description="ID or FA number of an account; includes its sub-accounts."
    )
    line: ReferenceFilter | None = Field(default=None, description="ID or phone number of a line.")
    device: ReferenceFilter | None = Field(default=None, description="ID or IMEI of a device that the order is about.")
    requester: IdFilter | None = Field(default=None, description="ID of a person.")
    beneficiary: IdFilter | None = Field(default=None, description="ID of a person or a site.")
    carrier: IdFilter | None = Field(default=None, description="Code of a carrier.")
    since: Moment | None = Field(default=None, description="Ordered at or after this time.")
    until: Annotated[Moment | None, AfterSince] = Field(default=None, description="Ordered before this time.")
    identifier: OrderIdentifier | None = Field(default=None, description="An order number, or that of an item.")
    q: Annotated[
        SearchText,
        Field(
            description="An identifier, words of the name, email address or employee number of the requester or "
            "beneficiary, your own or the PO number, a tracking number, or the carrier's order number."
        ),
    ] = ""
    stuck: bool = Field(default=False, description="Only orders that failed or are overdue.")
    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class OrderFilterForm(RequestModel):
    """`since` and `until` are days in the tenant's time zone, both included."""

    q: SearchText = ""
    carrier: IdFilter | None = None
    status: Status | None = None
    type: IdFilter | None = None
    account: ReferenceFilter | None = None
    line: ReferenceFilter | None = None
    requester: IdFilter | None = None
    since: Day | None = None
    until: Annotated[Day | None, NotBeforeSince] = None
    stuck: bool = False
    cursor: Cursor = None

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_fields(cls, data: Any) -> Any:
        return {name: value for name, value in data.items() if value != ""} if isinstance(data, dict) else data

    @property
    def has_filters(self) -> bool:
        """Whether any filter but `stuck` is set."""
        return bool(self.model_dump(exclude={"stuck", "cursor"}, exclude_defaults=True))

    def query(self, zone: str) -> OrderQuery:
        return OrderQuery(
            q=self.q,
            carrier=self.carrier,
            status=[self.status] if self.status else [],
            type=[self.type] if self.type else [],
            account=self.account,
            line=self.line,
            requester=self.requester,
            since=_midnight(self.since, zone) if self.since else None,
            until=_midnight(self.until + timedelta(days=1), zone) if self.until else None,
            stuck=self.stuck,
            cursor=self.cursor,
            limit=PAGE_SIZE,
        )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
