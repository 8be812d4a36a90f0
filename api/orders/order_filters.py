"""The filters above the admin's list of orders."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from api.http.paging import Cursor
from api.http.schemas import IdFilter, NotBeforeSince, RequestModel, SearchText
from api.orders.schemas import OrderQuery
from models.lifecycle import Status

PAGE_SIZE = 50
# Days that have a midnight before and after them in every time zone.
Day = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(3000, 1, 1))]


class OrderFilterForm(RequestModel):
    """`since` and `until` are days in the tenant's time zone, both included."""

    q: SearchText = ""
    carrier: IdFilter | None = None
    status: Status | None = None
    type: IdFilter | None = None
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
            since=_midnight(self.since, zone) if self.since else None,
            until=_midnight(self.until + timedelta(days=1), zone) if self.until else None,
            stuck=self.stuck,
            cursor=self.cursor,
            limit=PAGE_SIZE,
        )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
