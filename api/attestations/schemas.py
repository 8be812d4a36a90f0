from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.http.schemas import IdFilter, RequestModel, ResponseModel


class AttestedOrder(ResponseModel):
    number: str
    title: str


class OpenAttestation(ResponseModel):
    """What you're asked to accept: one version of a text, for one or more orders.

    `version` 0: your company has published no text, and `sentence` is all you accept.
    """

    question: str
    version: int
    agrees_to: str
    title: str
    sentence: str
    text: str | None
    asked_at: datetime
    orders: list[AttestedOrder]


class AcceptIn(RequestModel):
    """What you accept, in the version that you've read."""

    question: IdFilter = Field(examples=["use_policy"])
    version: Annotated[int, Field(ge=0, le=1_000_000)] = Field(examples=[1])


class AcceptResult(ResponseModel):
    """The numbers of the orders that it was for; none if you've accepted this version before."""

    question: str
    version: int
    orders: list[str]
