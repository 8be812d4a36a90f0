"""What can be wrong with the workflow behind an open order, and what may be done about it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

# The entry an order is placed with; whatever comes after it was written by a workflow.
RECEIPT = 1


class Finding(StrEnum):
    """How the workflow of an open order stands: well, or gone in one of these ways."""

    WELL = "well"
    MISSING = "missing"
    TERMINATED = "terminated"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"
    COMPLETED = "completed"


class Remedy(StrEnum):
    """What an operator does beside the actions of orders: about a workflow, a message, a mail or a suspended line."""

    RESUME = "resume"
    START_AGAIN = "start_again"
    CLOSE_BOOKS = "close_books"
    REDELIVER_MESSAGE = "redeliver_message"
    REDELIVER_MAIL = "redeliver_mail"
    ASK_CARRIER = "ask_carrier"
    LINE_RESUMED = "line_resumed"


_FOR: Mapping[Finding, tuple[Remedy, ...]] = MappingProxyType(
    {
        Finding.WELL: (),
        Finding.MISSING: (Remedy.CLOSE_BOOKS,),
        Finding.TERMINATED: (Remedy.RESUME, Remedy.CLOSE_BOOKS),
        Finding.FAILED: (Remedy.RESUME, Remedy.CLOSE_BOOKS),
        Finding.TIMED_OUT: (Remedy.RESUME, Remedy.CLOSE_BOOKS),
        # One that was cancelled or came to its end has nothing left to do; only the books are behind.
        Finding.CANCELED: (Remedy.CLOSE_BOOKS,),
        Finding.COMPLETED: (Remedy.CLOSE_BOOKS,),
    }
)


def remedies(finding: Finding, seq: int) -> tuple[Remedy, ...]:
    """What may be done, the best first, about an order that stands at entry `seq`.

    A missing workflow is started again only where none has written anything: another one would number its entries
    anew, and those that history holds already would be taken for repetitions.
    """
    if finding is Finding.MISSING and seq <= RECEIPT:
        return Remedy.START_AGAIN, *_FOR[finding]
    return _FOR[finding]
