"""What needs an operator, as the API and the page show it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from api.http.schemas import View


class ProblemKind(StrEnum):
    """What kind of trouble; the most urgent first."""

    DELIVERY = "delivery"
    LOST = "lost"
    ENGINE = "engine"
    FAILED = "failed"
    NOT_RESUMED = "not_resumed"
    DEAD_MESSAGE = "dead_message"
    BEHIND = "behind"
    RETRYING = "retrying"
    IDLE = "idle"
    DEAD_MAIL = "dead_mail"


LABELS: Mapping[ProblemKind, str] = MappingProxyType(
    {
        ProblemKind.DELIVERY: "Delivery held up",
        ProblemKind.LOST: "Workflow gone",
        ProblemKind.ENGINE: "Workflow code raises",
        ProblemKind.FAILED: "Step failed",
        ProblemKind.NOT_RESUMED: "Line not resumed",
        ProblemKind.DEAD_MESSAGE: "Dead message",
        ProblemKind.BEHIND: "Database behind",
        ProblemKind.RETRYING: "Being tried again",
        ProblemKind.IDLE: "Waits for nobody",
        ProblemKind.DEAD_MAIL: "Dead mail",
    }
)


class Problem(View):
    """One thing that needs somebody: what is wrong, since when, and what happens by itself, in plain words.

    `again_at` is when it is tried again, `remedies` are what whom asks may do about it, `subject` is the message,
    mail or line they are about.
    """

    kind: ProblemKind
    label: str
    since: datetime
    what: str
    detail: str | None = None
    next: str
    again_at: datetime | None = None
    order: str | None = None
    title: str | None = None
    status: str | None = None
    subject: str | None = None
    remedies: tuple[str, ...] = ()


class ProblemCount(View):
    """How many of a kind there are, and since when there is the oldest that is listed."""

    kind: ProblemKind
    label: str
    count: int
    oldest: datetime | None = None


class Delivery(View):
    """How what goes out flows: what waits, since when, and who is there to take it."""

    messages_waiting: int
    oldest_message: datetime | None
    mails_waiting: int
    oldest_mail: datetime | None
    relays: int
    temporal: str


class Attention(View):
    """Everything that needs an operator. `lines` are the most urgent ones of the kinds asked for, `figures` count all.

    `more` says that there are others, which show when these are dealt with.
    """

    at: datetime
    figures: list[ProblemCount]
    delivery: Delivery
    lines: list[Problem]
    more: bool
