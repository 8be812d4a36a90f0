from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.http.schemas import OneLine, RequestModel, ResponseModel, Trimmed

MAX_TEXT = 20_000


class ConsentTextIn(RequestModel):
    """The next version of a text. People who have accepted an earlier version are asked again with their next order."""

    title: Annotated[str, StringConstraints(min_length=3, max_length=120), OneLine] = Field(
        examples=["Acceptable use policy"]
    )
    text: Annotated[str, StringConstraints(min_length=3, max_length=MAX_TEXT), Trimmed]


class ConsentTextView(ResponseModel):
    """One version of the text that people agree to with a question."""

    question: str
    version: int
    title: str
    text: str
    published_at: datetime
