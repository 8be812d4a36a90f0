from datetime import date, datetime
from typing import Annotated

from pydantic import StringConstraints

from api.http.schemas import RequestModel, ResponseModel, Trimmed
from api.orders.schemas import Reason


class RetryIn(RequestModel):
    """Ask the carrier again; `evidence` says what was fixed."""

    evidence: Reason = ""


class CompleteIn(RequestModel):
    """Mark the line as resumed; `evidence` says what was done and where to look it up."""

    evidence: Annotated[str, StringConstraints(min_length=3, max_length=1000), Trimmed]


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


class SuspensionResult(ResponseModel):
    """The result of an action: `done`, or `waiting` until the suspension's workflow receives it.

    `order` is the order that suspended the line. Its history records the action.
    """

    line: str
    order: str
    action: str
    action_id: str
    state: str
