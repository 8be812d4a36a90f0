from datetime import datetime

from pydantic import Field

from api.http.schemas import RequestModel, ResponseModel


class EmailSwitchIn(RequestModel):
    on: bool = Field(description="Whether people get this email.")


class EmailSwitchView(ResponseModel):
    """An email about orders, and whether people of your company get it.

    `event` is the event it tells of, `to` who gets it, `example` its first line. `has_switch` is false for security
    notices and requests for approval, which are always sent. `off_since` and `off_by` say since when it is off, and by
    whom.
    """

    name: str
    event: str
    to: list[str]
    example: str
    on: bool
    has_switch: bool
    for_task: bool
    off_since: datetime | None
    off_by: str | None
