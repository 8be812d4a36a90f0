from datetime import timedelta

from temporalio import activity


def requested_delay(requested_seconds: float | None) -> timedelta | None:
    """The delay a carrier requests, if it is longer than the retry policy's next one; else None.

    A carrier that is down for minutes but requests seconds would soon use up all attempts.
    """
    if requested_seconds is None:
        return None
    requested = timedelta(seconds=requested_seconds)
    return requested if requested > _next_delay() else None


def _next_delay() -> timedelta:
    """The retry policy's delay after this attempt."""
    info = activity.info()
    policy = info.retry_policy
    if policy is None:
        return timedelta()
    maximum = policy.maximum_interval or 100 * policy.initial_interval
    # After 30 attempts the delay is the maximum anyway, and the power would overflow.
    delay = policy.initial_interval * policy.backoff_coefficient ** min(info.attempt - 1, 30)
    return min(delay, maximum)
