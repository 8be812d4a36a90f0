from typing import Any

import structlog
from temporalio import activity, client
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.timers import TimerRef


class LogContext(client.Interceptor, Interceptor):
    """Adds tenant, order or timer, activity and attempt to every log line of an activity.

    Given to a client, it applies to all workers of that client.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - as in the SDK
        return _ActivityLogContext(next)


class _ActivityLogContext(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - as in the SDK
        info = activity.info()
        ref = getattr(input.args[0] if input.args else None, "ref", None)
        id_name = "timer_id" if isinstance(ref, TimerRef) else "order_id"
        subject = {} if ref is None else {"tenant": ref.tenant, id_name: ref.id}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(activity=info.activity_type, attempt=info.attempt, **subject)
        return await super().execute_activity(input)
