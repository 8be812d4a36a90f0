"""Asks a workflow whether it takes an action, without the action."""

from typing import Any

from temporalio import workflow
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from models.lifecycle import Action
from workflows.message_handlers import _check

ACCEPTED = "Accepted, on trial."


class TrialUpdates(ClientInterceptor, Interceptor):
    """While an order is `on_trial`, its workflow rejects with `ACCEPTED` each update that it would take.

    A rejected update leaves nothing in the history of a workflow, so that many can be tried on one order.
    """

    on_trial: set[str] = set()  # noqa: RUF012 - shared with the workflows, which get the class

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002 - as in the SDK
        assert input
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002 - as in the SDK
        super().handle_update_validator(input)
        if workflow.info().workflow_id in TrialUpdates.on_trial:
            state = workflow.instance()
            if state.messages_blocked:  # then the handler checks what the validator has let pass
                _check(state, Action(input.update), *input.args)
            raise ApplicationError(ACCEPTED, type="ACTION_NOT_ALLOWED", non_retryable=True)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 - as in the SDK
        return await super().handle_update_handler(input)
