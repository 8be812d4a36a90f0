"""How long an undelivered message waits for its next attempt."""

from datetime import timedelta

from runtime.periodic import jittered

# Short, because messages usually wait while Temporal is down, and all of them are urgent when it is back.
MAX_RETRY_DELAY = timedelta(seconds=30)


def retry_delay(attempts: int) -> timedelta:
    """Doubles with every attempt, with jitter."""
    return jittered(min(timedelta(seconds=2 ** min(attempts, 12)) / 4, MAX_RETRY_DELAY))
