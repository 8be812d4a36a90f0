"""Timeouts and retries of all activities."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

DB_TIMEOUT = timedelta(seconds=10)
CARRIER_TIMEOUT = timedelta(seconds=45)

# About half an hour before an operator is asked.
MAX_TRIES = 14
RETRY_HALF_AN_HOUR = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(minutes=5),
    maximum_attempts=MAX_TRIES,
)
# For activities that need only our own database, which comes back, and without which the workflow can't go on.
RETRY_FOREVER = RetryPolicy(maximum_interval=timedelta(seconds=30))
# A person waits for the answer, or is asked soon if the carrier is away.
FEW_TRIES = RetryPolicy(maximum_attempts=3)


class ActivityOptions(TypedDict, total=False):
    """Keyword arguments of `workflow.execute_activity_method`."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy
    task_queue: str
    summary: str
    cancellation_type: ActivityCancellationType


def db_activity(summary: str, *, retry_policy: RetryPolicy = RETRY_HALF_AN_HOUR) -> ActivityOptions:
    """An activity on our own database, on the workflow's task queue."""
    return ActivityOptions(
        start_to_close_timeout=DB_TIMEOUT,
        retry_policy=retry_policy,
        summary=summary,
        # A canceled workflow waits for the result: it can only undo what it knows was done.
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


def carrier_activity(
    carrier: str | None, summary: str, *, retry_policy: RetryPolicy = RETRY_HALF_AN_HOUR
) -> ActivityOptions:
    """An activity that calls a carrier, on the carrier's task queue with its rate limit."""
    return db_activity(summary, retry_policy=retry_policy) | ActivityOptions(
        start_to_close_timeout=CARRIER_TIMEOUT, task_queue=carrier_queue(carrier)
    )


def carrier_queue(carrier: str | None) -> str:
    """Raises ValueError without a carrier: no worker serves such a queue, so its activities would wait forever."""
    if carrier is None:
        raise ValueError("This order has no carrier.")
    return f"carrier-{carrier}"
