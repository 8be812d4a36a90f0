"""Drops signals without exactly one message: a handler that is called with none fails the workflow's task for good.

The SDK drops a signal whose message it can't read, and validators reject such an update.
"""

from temporalio import workflow
from temporalio.worker import (
    HandleSignalInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)


class SignalGuard(Interceptor):
    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - as in the SDK
    ) -> type[WorkflowInboundInterceptor]:
        return _SignalGuard


class _SignalGuard(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002 - as in the SDK
        if len(input.args) == 1:
            await super().handle_signal(input)
        else:
            workflow.logger.warning("signal_dropped", extra={"signal": input.signal, "messages": len(input.args)})
