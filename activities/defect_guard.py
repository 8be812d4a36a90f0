"""Fails an activity at once if it raises what another try would raise again."""

from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.errors import DatabaseUnavailable


class DefectGuard(Interceptor):
    """Activities say by an ApplicationError whether they are retried, and the database can come back.

    Anything else is a defect. An activity that is retried without a limit stays so: its workflow can't go on without
    it, and continues by itself once the defect is fixed.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - as in the SDK
        return _DefectGuard(next)


class _DefectGuard(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - as in the SDK
        try:
            return await super().execute_activity(input)
        except (FailureError, DatabaseUnavailable):
            raise
        except Exception as error:
            if _has_no_limit():
                raise
            raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from error


def _has_no_limit() -> bool:
    """Whether the running activity is retried until it succeeds."""
    policy = activity.info().retry_policy
    return policy is not None and policy.maximum_attempts == 0
