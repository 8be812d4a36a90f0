"""What somebody fills in above the list of orders, and the query it makes."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from api.http.schemas import Body
from api.orders.listing import Id, OrderQuery
from api.search.operations import parse_query
from models.lifecycle import Status

PAGE = 50
# What has a midnight on either side in every time zone.
Day = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(3000, 1, 1))]


class OrderFilterForm(Body):
    """The filters of the list of orders; days are those of the tenant's calendar, both included."""

    q: Annotated[str, Field(max_length=100)] = ""
    carrier: Id = ""
    status: Status | None = None
    type: Id = ""
    since: Day | None = None
    until: Day | None = None
    stuck: bool = False
    cursor: Annotated[str | None, Field(max_length=128)] = None

    @model_validator(mode="before")
    @classmethod
    def _nothing_filled_in(cls, data: Any) -> Any:
        """A form sends its empty fields too."""
        return {name: value for name, value in data.items() if value != ""} if isinstance(data, dict) else data

    @property
    def narrowed(self) -> bool:
        """Whether anything is filled in."""
        return bool(self.model_dump(exclude={"stuck", "cursor"}, exclude_defaults=True))

    def query(self, zone: str) -> OrderQuery:
        """The orders that are wanted; days begin and end in this time zone."""
        found = parse_query(self.q)
        return OrderQuery(
            identifier=found.identifier,
            q=found.words,
            carrier=self.carrier or None,
            status=[self.status] if self.status else [],
            type=[self.type] if self.type else [],
            since=_midnight(self.since, zone) if self.since else None,
            until=_midnight(self.until + timedelta(days=1), zone) if self.until else None,
            stuck=self.stuck,
            cursor=self.cursor,
            limit=PAGE,
        )

    def following(self, cursor: str | None) -> str | None:
        """The address of the page after this one, where there is one."""
        if cursor is None:
            return None
        return f"?{urlencode(self.model_dump(mode='json', exclude_defaults=True) | {'cursor': cursor})}"


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
