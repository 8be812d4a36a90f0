"""That a person agrees to something an order brings with it, such as the acceptable use policy."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# What an account owner can choose on the task about someone who hasn't agreed.
ASK_AGAIN = "ask_again"
ACCEPTED_ON_PAPER = "accepted_on_paper"


class AttestationState(StrEnum):
    WAITING = "waiting"  # asked once the order is approved
    ASKED = "asked"
    GIVEN = "given"
    DROPPED = "dropped"  # no longer needed: the order came to nothing, or the person has left


class AttestationChannel(StrEnum):
    FORM = "form"  # with the order, on its form
    API = "api"
    PAGE = "page"
    PAPER = "paper"


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """How a person accepted a version of a text. `by` differs from the person on paper: it is who recorded it."""

    version: int
    at: datetime
    channel: AttestationChannel
    by: str
    note: str | None = None


def waiting_to_accept(name: str, agrees_to: str) -> str:
    """Whom we've asked to accept what, as a sentence without its period."""
    return f"Waiting for {name} to accept {agrees_to}"
