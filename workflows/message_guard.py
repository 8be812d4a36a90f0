"""Keeps messages from workflows that don't say that they are meant so, and signals without exactly one message.

Who reaches Temporal can copy a sealed message of an order and send it again under another name: a rejection as an
approval. A signal handler that is called without a message fails the workflow's task for good.
"""

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.worker import (
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from models.errors import InvalidRequest
from models.order import WorkflowMessage
from workflows.results import rejection


class MessageGuard(Interceptor):
    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - as in the SDK
    ) -> type[WorkflowInboundInterceptor]:
        return _MessageGuard


class _MessageGuard(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002 - as in the SDK
        if _is_sent_as(input.signal, input.args):
            await super().handle_signal(input)
        else:
            workflow.logger.warning("signal_dropped", extra={"signal": input.signal, "messages": len(input.args)})

    def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002 - as in the SDK
        if not _is_sent_as(input.update, input.args):
            workflow.logger.warning("update_refused", extra={"update": input.update, "messages": len(input.args)})
            raise rejection(InvalidRequest("This message was not sent as this update."))
        super().handle_update_validator(input)


def _is_sent_as(name: str, arguments: Sequence[Any]) -> bool:
    """Whether there is one message, sealed under this name."""
    match arguments:
        case [WorkflowMessage(message_name=sealed)]:
            return sealed == name
        case _:
            return False
