"""What the inventory says of a line that is to be resumed."""

from models.inventory import Line, LineStatus
from policies.default_answer import from_line

_IN_USE = frozenset({LineStatus.ACTIVE, LineStatus.SUSPENDED})


def _resume_from(line: Line) -> str:
    return "suspended" if line.status in _IN_USE else "disconnected"


RESUME_FROM = from_line("resume_from", _resume_from)
SUSPENDED_FOR = from_line("suspended_for", lambda line: line.suspended_for)
