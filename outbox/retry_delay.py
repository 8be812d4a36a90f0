"""How long an undelivered message waits for its next attempt."""

from datetime import timedelta

from runtime.periodic import jittered

# Short, because messages usually wait while Temporal is down, and all of them are urgent when it is back.
MAX_RETRY_DELAY = timedelta(seconds=30)
# About three days: longer than a weekend without Temporal. Then an operator decides whether to send it again.
MAX_TRIES = 8000


def retry_delay(attempts: int) -> timedelta:
    """Doubles with every attempt, with jitter."""
    return jittered(min(timedelta(seconds=2 ** min(attempts, 12)) / 4, MAX_RETRY_DELAY))
