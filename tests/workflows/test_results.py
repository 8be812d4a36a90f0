import pytest
from temporalio import exceptions
from temporalio.exceptions import ActivityError, ApplicationError, RetryState, TimeoutType

from workflows.activity_options import MAX_TRIES
from workflows.results import tries_of


@pytest.mark.parametrize(
    ("cause", "retry_state", "tries"),
    [
        (ApplicationError("503", 3, type="CARRIER_UNAVAILABLE"), RetryState.MAXIMUM_ATTEMPTS_REACHED, 3),
        (
            exceptions.TimeoutError("late", type=TimeoutType.START_TO_CLOSE, last_heartbeat_details=[]),
            RetryState.MAXIMUM_ATTEMPTS_REACHED,
            MAX_TRIES,
        ),
        (ApplicationError("broken", type="SOME_ERROR"), RetryState.NON_RETRYABLE_FAILURE, 1),
    ],
)
def test_a_failure_tells_how_often_the_activity_was_tried(
    cause: Exception, retry_state: RetryState, tries: int
) -> None:
    error = ActivityError(
        "failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="",
        activity_type="place",
        activity_id="1",
        retry_state=retry_state,
    )
    error.__cause__ = cause
    assert tries_of(error) == tries
