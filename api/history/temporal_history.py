"""Turns Temporal's event history of an order into history items: what ran, how often, and what failed."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.converter import DataConverter

from api.history.schemas import HistoryItem, HistorySource
from models.step_failures import failure_of, task_of

# event that ends an item → (attribute that names the event it started with, state it ends in)
_ENDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "activity_task_completed": ("scheduled_event_id", "done"),
        "activity_task_failed": ("scheduled_event_id", "failed"),
        "activity_task_timed_out": ("scheduled_event_id", "timed out"),
        "activity_task_canceled": ("scheduled_event_id", "canceled"),
        "timer_fired": ("started_event_id", "fired"),
        "timer_canceled": ("started_event_id", "no longer needed"),
        "workflow_execution_update_completed": ("accepted_event_id", "done"),
    }
)
_WORKFLOW_ENDS: Mapping[str, str] = MappingProxyType(
    {
        "workflow_execution_completed": "done",
        "workflow_execution_failed": "failed",
        "workflow_execution_timed_out": "timed out",
        "workflow_execution_canceled": "canceled",
        "workflow_execution_terminated": "terminated",
        "workflow_execution_continued_as_new": "continued",
    }
)
_ENDED = frozenset(state for _, state in _ENDS.values())
_PROBLEMS: Mapping[str, str] = MappingProxyType(
    {"workflow": "The workflow's code failed.", "message": "The workflow didn't accept this message."}
)
_WORKFLOW_STARTED = 1
# The fields of a message that may be shown; all others may hold identifiers or corrected answers.
_SHOWN = ("comment", "text", "reason", "evidence")


async def fold(
    events: Iterable[HistoryEvent],
    pending: Iterable[PendingActivityInfo],
    converter: DataConverter,
    carrier: str | None,
) -> tuple[HistoryItem, ...]:
    """The items in the order they started.

    `pending` are the open activities from `describe()`, `carrier` is the name of the order's carrier.
    """
    history = _Fold(converter, carrier)
    for event in events:
        await history.add(event)
    for activity in pending:
        await history.add_pending(activity)
    return tuple(map(history.with_problem, history.items))


class _Fold:
    """The items so far, by the id of the event they started with."""

    def __init__(self, converter: DataConverter, carrier: str | None) -> None:
        self._converter = converter
        self._carrier = carrier
        self._activities: dict[str, int] = {}
        self._activity_types: dict[int, str] = {}
        self.items: dict[int, HistoryItem] = {}

    async def add(self, event: HistoryEvent) -> None:
        name = (event.WhichOneof("attributes") or "").removesuffix("_event_attributes")
        attributes = getattr(event, f"{name}_event_attributes", None)
        if name in _ENDS:
            started, state = _ENDS[name]
            await self._end(getattr(attributes, started), event, state, attributes)
        elif name in _WORKFLOW_ENDS:
            await self._end(_WORKFLOW_STARTED, event, _WORKFLOW_ENDS[name], attributes)
        elif name == "activity_task_started":
            await self._activity_started(attributes)
        elif name in _STARTS:
            item = await _STARTS[name](self, event, attributes)
            if item is not None:
                self.items[event.event_id] = item

    async def add_pending(self, activity: PendingActivityInfo) -> None:
        """An activity that runs or is retried; the history has no events of its attempts yet."""
        event_id = self._activities.get(activity.activity_id)
        if event_id is None:
            return
        failed = activity.HasField("last_failure")
        waits = activity.HasField("next_attempt_schedule_time") and failed
        self._update(
            event_id,
            attempts=activity.attempt,
            state="retrying" if failed else "running",
            failure=await self._failure(activity.last_failure) if failed else None,
            due_at=activity.next_attempt_schedule_time.ToDatetime(UTC) if waits else None,
        )

    def with_problem(self, event_id: int) -> HistoryItem:
        """The item with a sentence for its failure, unless a later try succeeded."""
        item = self.items[event_id]
        if not item.failure or item.state == "done":
            return item
        activity = self._activity_types.get(event_id)
        if activity is None:
            problem = _PROBLEMS.get(item.kind or "")
        else:
            # The try that is running or waiting has not failed yet.
            tries = item.attempts if item.state in _ENDED else item.attempts - 1
            problem = failure_of(activity, self._carrier, tries)
        return item.model_copy(update={"problem": problem})

    async def workflow(self, event: HistoryEvent, _: Any) -> HistoryItem:
        return _item(event, "workflow", "Workflow", "running")

    async def activity(self, event: HistoryEvent, attributes: Any) -> HistoryItem:
        self._activities[attributes.activity_id] = event.event_id
        return self._activity(event, attributes.activity_type.name, "scheduled")

    async def timer(self, event: HistoryEvent, attributes: Any) -> HistoryItem:
        due = event.event_time.ToDatetime(UTC) + attributes.start_to_fire_timeout.ToTimedelta()
        return _item(event, "timer", await self._summary(event) or "Timer", "waiting", due_at=due)

    async def update(self, event: HistoryEvent, attributes: Any) -> HistoryItem:
        request = attributes.accepted_request.input
        return await self._message(event, request.name, request.args.payloads, "accepted")

    async def signal(self, event: HistoryEvent, attributes: Any) -> HistoryItem:
        return await self._message(event, attributes.signal_name, attributes.input.payloads, "received")

    async def cancel_requested(self, event: HistoryEvent, attributes: Any) -> HistoryItem:
        return _item(event, "workflow", "Cancellation in Temporal", "requested", detail=attributes.cause or None)

    async def task_failed(self, event: HistoryEvent, attributes: Any) -> HistoryItem:
        return _item(event, "workflow", "Workflow error", "failed", failure=await self._failure(attributes.failure))

    async def task_timed_out(self, event: HistoryEvent, _: Any) -> HistoryItem:
        return _item(event, "workflow", "Worker lost. Another one takes over", "timed out")

    async def _message(self, event: HistoryEvent, name: str, payloads: Any, state: str) -> HistoryItem:
        message = await self._first(payloads)
        texts = [str(message[field]) for field in _SHOWN if message.get(field)]
        return _item(event, "message", name, state, who=self._sender(message), detail=" ".join(texts) or None)

    def _sender(self, message: Mapping[str, Any]) -> str | None:
        actor = message.get("actor")
        if isinstance(actor, dict):
            return str(actor.get("name"))
        return self._carrier or str(message["carrier"]) if "carrier" in message else None

    def _activity(self, event: HistoryEvent, name: str, state: str, **values: Any) -> HistoryItem:
        self._activity_types[event.event_id] = name
        return _item(event, "activity", task_of(name, self._carrier), state, **values)

    async def _activity_started(self, attributes: Any) -> None:
        failed = attributes.HasField("last_failure")
        self._update(
            attributes.scheduled_event_id,
            attempts=attributes.attempt,
            state="running",
            failure=await self._failure(attributes.last_failure) if failed else None,
        )

    async def _end(self, started: int, event: HistoryEvent, state: str, attributes: Any) -> None:
        failure = _failure_of(attributes)
        changes: dict[str, Any] = {"state": state, "ended_at": event.event_time.ToDatetime(UTC), "due_at": None}
        if failure is not None:
            changes |= {"state": "failed" if state == "done" else state, "failure": await self._failure(failure)}
        self._update(started, **changes)

    def _update(self, event_id: int, **changes: Any) -> None:
        if event_id in self.items:
            self.items[event_id] = self.items[event_id].model_copy(update=changes)

    async def _summary(self, event: HistoryEvent) -> str | None:
        summary = event.user_metadata.summary
        return str((await self._decoded([summary]))[0]) if summary.data else None

    async def _first(self, payloads: Any) -> Mapping[str, Any]:
        values = await self._decoded(payloads)
        return values[0] if values and isinstance(values[0], dict) else {}

    async def _decoded(self, payloads: Iterable[Payload]) -> list[Any]:
        return await self._converter.decode(list(payloads))

    async def _failure(self, failure: Failure) -> str:
        """The messages of a failure and its causes, without the stack."""
        error: BaseException | None = await self._converter.decode_failure(failure)
        messages = []
        while error is not None:
            messages.append(str(error))
            error = error.__cause__
        return ": ".join(dict.fromkeys(message for message in messages if message))


_STARTS: Mapping[str, Callable[[_Fold, HistoryEvent, Any], Awaitable[HistoryItem | None]]] = MappingProxyType(
    {
        "workflow_execution_started": _Fold.workflow,
        "activity_task_scheduled": _Fold.activity,
        "timer_started": _Fold.timer,
        "workflow_execution_update_accepted": _Fold.update,
        "workflow_execution_signaled": _Fold.signal,
        "workflow_execution_cancel_requested": _Fold.cancel_requested,
        "workflow_task_failed": _Fold.task_failed,
        "workflow_task_timed_out": _Fold.task_timed_out,
    }
)


def _item(event: HistoryEvent, kind: str, title: str, state: str, **values: Any) -> HistoryItem:
    words = title.replace("_", " ")
    known = {"at": event.event_time.ToDatetime(UTC), "title": words[:1].upper() + words[1:]}
    return HistoryItem(source=HistorySource.TEMPORAL, kind=kind, state=state, **(known | values))


def _failure_of(attributes: Any) -> Failure | None:
    outcome = getattr(attributes, "outcome", None)
    holder = outcome if outcome is not None else attributes
    if "failure" in holder.DESCRIPTOR.fields_by_name and holder.HasField("failure"):
        failure: Failure = holder.failure
        return failure
    return None
