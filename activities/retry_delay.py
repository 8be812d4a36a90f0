"""How long an activity that failed waits before it is tried again."""

from datetime import timedelta

from temporalio import activity


def retry_delay(asked: float | None) -> timedelta | None:
    """The seconds a carrier asks for, where they are more than the next pause; None leaves it at that one.

    A carrier that is down for minutes and asks for seconds would soon have used up all tries.
    """
    if asked is None:
        return None
    wanted = timedelta(seconds=asked)
    return wanted if wanted > _next() else None


def _next() -> timedelta:
    """What the retry policy has in store after this attempt."""
    info = activity.info()
    policy = info.retry_policy
    if policy is None:
        return timedelta()
    longest = policy.maximum_interval or 100 * policy.initial_interval
    # Beyond that many attempts the pause is the longest anyway, and the power a number too large for it.
    grown = policy.initial_interval * policy.backoff_coefficient ** min(info.attempt - 1, 30)
    return min(grown, longest)
