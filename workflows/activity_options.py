"""How long activities may take and how often they are tried, for all steps alike."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

from models.order import Order

# About half an hour of tries before an operator is asked.
_TRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5), maximum_attempts=14)


class Options(TypedDict, total=False):
    """Keyword arguments of `workflow.execute_activity_method`."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy
    task_queue: str
    summary: str
    cancellation_type: ActivityCancellationType


# What is under way is waited for, also where the order is stopped: only what is known to be done can be undone.
_TO_THE_END = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED


def db_activity(summary: str) -> Options:
    """An activity on our own database, on the workflow's task queue."""
    return Options(
        start_to_close_timeout=timedelta(seconds=10),
        retry_policy=_TRIES,
        summary=summary,
        cancellation_type=_TO_THE_END,
    )


def order_carrier_activity(order: Order, summary: str) -> Options:
    """An activity that calls the order's carrier."""
    return carrier_activity(order.carrier or "none", summary)


def carrier_activity(carrier: str, summary: str) -> Options:
    """An activity that calls a carrier, on that carrier's task queue with its rate limit."""
    return Options(
        start_to_close_timeout=timedelta(seconds=45),
        retry_policy=_TRIES,
        task_queue=carrier_queue(carrier),
        summary=summary,
        cancellation_type=_TO_THE_END,
    )


def carrier_queue(carrier: str) -> str:
    """The task queue of a carrier."""
    return f"vendor-{carrier}"
