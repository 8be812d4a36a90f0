"""Says in every log line of an activity which order, or which clock, it works on."""

from typing import Any

import structlog
from temporalio import activity, client
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.timers import TimerRef


class LogContext(client.Interceptor, Interceptor):
    """Binds tenant, order or clock, activity and attempt; each activity is a task, so they end with it.

    Given to a client, it goes to all workers of that client.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Put ours in front."""
        return _Activities(next)


class _Activities(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        info = activity.info()
        ref = getattr(input.args[0] if input.args else None, "ref", None)
        name = "timer_id" if isinstance(ref, TimerRef) else "order_id"
        whose = {} if ref is None else {"tenant": ref.tenant, name: ref.id}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(activity=info.activity_type, attempt=info.attempt, **whose)
        return await super().execute_activity(input)
