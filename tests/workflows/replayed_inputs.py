"""What the activities of a recorded history were given, and what the current code gives them in a replay."""

from collections.abc import Sequence
from typing import Any

from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter, WorkflowSerializationContext
from temporalio.worker import (
    Interceptor,
    Replayer,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from worker import RUNNER
from workflows.order_type_registry import all_workflows

Call = tuple[str, Sequence[Any]]


async def assert_replays(history: WorkflowHistory, converter: DataConverter) -> None:
    """The history replays, and each activity gets the same input: fields, event numbers and all.

    What was recorded is read as the current types read it, so that a new optional field makes no difference.
    """
    calls = _Calls()
    replayer = Replayer(
        workflows=all_workflows(), workflow_runner=RUNNER, data_converter=converter, interceptors=[calls]
    )
    await replayer.replay_workflow(history)
    assert calls.made == await _recorded(history, converter, calls.made)


async def _recorded(history: WorkflowHistory, converter: DataConverter, made: Sequence[Call]) -> list[Call]:
    scheduled = [
        event.activity_task_scheduled_event_attributes
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    context = WorkflowSerializationContext(namespace="default", workflow_id=history.workflow_id)
    reader = converter.with_context(context)
    types = [[type(argument) for argument in arguments] for _, arguments in made]
    types += [[]] * (len(scheduled) - len(types))  # more were scheduled than now: read without types
    return [
        (one.activity_type.name, await reader.decode(one.input.payloads, hints or None))
        for one, hints in zip(scheduled, types, strict=False)
    ]


class _Calls(Interceptor):
    def __init__(self) -> None:
        self.made: list[Call] = []

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - SDK interface
    ) -> type[WorkflowInboundInterceptor]:
        del input
        made = self.made

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(Outbound(outbound))

        class Outbound(WorkflowOutboundInterceptor):
            def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - SDK interface
                made.append((input.activity, list(input.args)))
                return super().start_activity(input)

        return Inbound
