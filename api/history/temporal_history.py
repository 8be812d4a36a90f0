"""Temporal's event history of one order, folded: what ran, how often, what failed, who said what."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.converter import DataConverter

from api.history.engine_spans import EngineSpan, Kind

# attributes that end a strand → (field that names the event it began with, the state it ends in)
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
_CLOSES: Mapping[str, str] = MappingProxyType(
    {
        "workflow_execution_completed": "done",
        "workflow_execution_failed": "failed",
        "workflow_execution_timed_out": "timed out",
        "workflow_execution_canceled": "canceled",
        "workflow_execution_terminated": "terminated",
        "workflow_execution_continued_as_new": "continued",
    }
)
# What a message may show of itself; everything else (identifiers, corrected answers) stays closed.
_SHOWN = ("comment", "text", "reason", "evidence")

_LOCAL_ACTIVITY = "core_local_activity"


async def fold(
    events: Iterable[HistoryEvent], pending: Iterable[PendingActivityInfo], converter: DataConverter
) -> tuple[EngineSpan, ...]:
    """Strands in the order they began. `pending` are the activities `describe()` knows to be open."""
    folding = _Folding(converter)
    for event in events:
        await folding.add(event)
    for activity in pending:
        await folding.add_pending(activity)
    return tuple(folding.strands.values())


class _Folding:
    """The strands so far, by the id of the event they began with."""

    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter
        self._activities: dict[str, int] = {}
        self.strands: dict[int, EngineSpan] = {}

    async def add(self, event: HistoryEvent) -> None:
        name = (event.WhichOneof("attributes") or "").removesuffix("_event_attributes")
        said = getattr(event, f"{name}_event_attributes", None)
        if name in _ENDS:
            began, state = _ENDS[name]
            await self._end(getattr(said, began), event, state, said)
        elif name in _CLOSES:
            await self._end(1, event, _CLOSES[name], said)
        elif name == "activity_task_started":
            await self._tried(said)
        elif (begin := getattr(self, f"_{name}", None)) is not None:
            strand = await begin(event, said)
            if strand is not None:
                self.strands[event.event_id] = strand

    async def add_pending(self, activity: PendingActivityInfo) -> None:
        """An activity that runs or waits to be tried again: history has no word of its attempts yet."""
        event_id = self._activities.get(activity.activity_id)
        if event_id is None:
            return
        failed = activity.HasField("last_failure")
        waits = activity.HasField("next_attempt_schedule_time") and failed
        self.strands[event_id] = replace(
            self.strands[event_id],
            attempts=activity.attempt,
            state="retrying" if failed else "running",
            failure=await self._failure(activity.last_failure) if failed else None,
            again_at=activity.next_attempt_schedule_time.ToDatetime(UTC) if waits else None,
        )

    async def _workflow_execution_started(self, event: HistoryEvent, said: Any) -> EngineSpan:
        return replace(_strand(event, Kind.WORKFLOW, "Workflow", "running"), detail=said.workflow_type.name)

    async def _activity_task_scheduled(self, event: HistoryEvent, said: Any) -> EngineSpan:
        self._activities[said.activity_id] = event.event_id
        title = await self._summary(event) or said.activity_type.name.replace("_", " ")
        return _strand(event, Kind.ACTIVITY, title, "scheduled")

    async def _marker_recorded(self, event: HistoryEvent, said: Any) -> EngineSpan | None:
        """A local activity, which history knows only when it has ended; other markers say nothing to people."""
        if said.marker_name != _LOCAL_ACTIVITY:
            return None
        told = json.loads(said.details["data"].payloads[0].data)
        failed = said.HasField("failure")
        return EngineSpan(
            kind=Kind.ACTIVITY,
            title=await self._summary(event) or told["activity_type"],
            at=_told_moment(told["original_schedule_time"]),
            ended_at=_told_moment(told["complete_time"]),
            state="failed" if failed else "done",
            attempts=told["attempt"],
            failure=await self._failure(said.failure) if failed else None,
        )

    async def _timer_started(self, event: HistoryEvent, said: Any) -> EngineSpan:
        due = event.event_time.ToDatetime(UTC) + said.start_to_fire_timeout.ToTimedelta()
        return replace(_strand(event, Kind.TIMER, await self._summary(event) or "Timer", "waiting"), again_at=due)

    async def _workflow_execution_update_accepted(self, event: HistoryEvent, said: Any) -> EngineSpan:
        request = said.accepted_request.input
        return await self._message(event, request.name, request.args.payloads, "accepted")

    async def _workflow_execution_signaled(self, event: HistoryEvent, said: Any) -> EngineSpan:
        return await self._message(event, said.signal_name, said.input.payloads, "received")

    async def _workflow_execution_cancel_requested(self, event: HistoryEvent, said: Any) -> EngineSpan:
        return replace(_strand(event, Kind.ENGINE, "Cancellation from outside", "requested"), detail=said.cause or None)

    async def _workflow_task_failed(self, event: HistoryEvent, said: Any) -> EngineSpan:
        strand = _strand(event, Kind.ENGINE, "Engine error", "failed")
        return replace(strand, failure=await self._failure(said.failure))

    async def _workflow_task_timed_out(self, event: HistoryEvent, _: Any) -> EngineSpan:
        return _strand(event, Kind.ENGINE, "A worker went away; another takes over", "timed out")

    async def _message(self, event: HistoryEvent, name: str, payloads: Any, state: str) -> EngineSpan:
        said = await self._first(payloads)
        words = [str(said[key]) for key in _SHOWN if said.get(key)]
        return replace(
            _strand(event, Kind.MESSAGE, name.replace("_", " "), state),
            who=_speaker(said),
            detail=" ".join(words) or None,
        )

    async def _tried(self, said: Any) -> None:
        strand = self.strands.get(said.scheduled_event_id)
        if strand is not None:
            failed = said.HasField("last_failure")
            self.strands[said.scheduled_event_id] = replace(
                strand,
                attempts=said.attempt,
                state="running",
                failure=await self._failure(said.last_failure) if failed else None,
            )

    async def _end(self, began: int, event: HistoryEvent, state: str, said: Any) -> None:
        strand = self.strands.get(began)
        if strand is None:
            return
        failure = _failure_of(said)
        self.strands[began] = replace(
            strand,
            state=state if failure is None else "failed" if state == "done" else state,
            ended_at=event.event_time.ToDatetime(UTC),
            failure=await self._failure(failure) if failure is not None else strand.failure,
            again_at=None,
        )

    async def _summary(self, event: HistoryEvent) -> str | None:
        summary = event.user_metadata.summary
        return str((await self._decoded([summary]))[0]) if summary.data else None

    async def _first(self, payloads: Any) -> Mapping[str, Any]:
        values = await self._decoded(payloads)
        return values[0] if values and isinstance(values[0], dict) else {}

    async def _decoded(self, payloads: Iterable[Payload]) -> list[Any]:
        return await self._converter.decode(list(payloads))

    async def _failure(self, failure: Failure) -> str:
        """What failed, down to the cause; never the stack."""
        error: BaseException | None = await self._converter.decode_failure(failure)
        words = []
        while error is not None:
            words.append(str(error))
            error = error.__cause__
        return ": ".join(dict.fromkeys(word for word in words if word))


def _strand(event: HistoryEvent, kind: Kind, title: str, state: str) -> EngineSpan:
    return EngineSpan(kind=kind, title=title, at=event.event_time.ToDatetime(UTC), state=state)


def _told_moment(told: Mapping[str, int]) -> datetime:
    return datetime.fromtimestamp(told["seconds"] + told["nanos"] / 1e9, UTC)


def _speaker(said: Mapping[str, Any]) -> str | None:
    actor = said.get("actor")
    if isinstance(actor, dict):
        return str(actor.get("name"))
    return str(said["carrier"]) if "carrier" in said else None


def _failure_of(said: Any) -> Failure | None:
    outcome = getattr(said, "outcome", None)
    carrier = outcome if outcome is not None else said
    if "failure" in carrier.DESCRIPTOR.fields_by_name and carrier.HasField("failure"):
        failure: Failure = carrier.failure
        return failure
    return None
