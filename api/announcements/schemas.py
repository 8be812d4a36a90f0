from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.http.schemas import Moment, OneLine, RequestModel, ResponseModel, Trimmed


class AnnouncementIn(RequestModel):
    """An announcement to everyone in your company. They see it until it ends, is removed, or they dismiss it."""

    title: Annotated[str, StringConstraints(min_length=3, max_length=120), OneLine]
    text: Annotated[str, StringConstraints(min_length=3, max_length=2000), Trimmed]
    ends_at: Moment | None = Field(default=None, description="When it stops being shown.")


class AnnouncementView(ResponseModel):
    id: str
    title: str
    text: str
    posted_at: datetime
    ends_at: datetime | None
    removed_at: datetime | None
