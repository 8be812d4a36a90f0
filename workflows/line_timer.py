"""The timer of one line, a workflow of its own: it outlives the order that changed the line's status."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.timers import EndTimerInput, RecordTimerEventInput, TimerActivities, TimerRequestInput
from models.errors import ActionNotAllowed, TextRequired
from models.events.operations import COMPLETED_MANUALLY, NUMBERS_TAKEN, RETRIED
from models.events.suspension import LINE_CHANGED_BY_ORDER
from models.lifecycle import Action, ItemState
from models.line_change import CarrierRequest, LineChange, find_line_change
from models.order import SYSTEM, Actor, CarrierUpdate, ItemUpdate, WorkflowMessage
from models.order_messages import OperatorAction
from models.timers import LINE_TIMER, TimerEvent, TimerInput, TimerPoint
from models.typed_text import trimmed
from workflows.actions import EVIDENCE_REQUIRED
from workflows.activity_options import RETRY_FOREVER, carrier_activity, db_activity
from workflows.results import UpdateResult, declined_by_carrier, failure_reason, number_taken, rejection, tries_of
from workflows.search_attributes import NEEDS_ATTENTION

# If the carrier has not answered by then, an operator is asked.
CARRIER_ANSWER_TIMEOUT = timedelta(days=2)
# While an order is changing the line, the carrier is not asked. That order stops the timer, or wakes it at its end.
# What else keeps the carrier from being asked is looked at again so often.
LINE_CHECK_INTERVAL = timedelta(days=1)

T = TypeVar("T")


class _Stopped(Exception):
    """An order has changed the line, or the timer has already ended."""


@dataclass(frozen=True, kw_only=True)
class _Problem:
    """Why the line is not changed: a sentence, and the carrier's code or the error behind it, if any.

    `refused`: the features that the carrier has not removed, if it has removed the others.
    """

    text: str
    error: str | None = None
    refused: tuple[str, ...] = ()


@workflow.defn(name=LINE_TIMER)
class LineTimer:
    """Does what its schedule says: records events, and in the end has the line changed by the carrier or by its rule.

    What an event means, who is told of it, and what a change is, are words. While the carrier is asked for a change,
    the next change of the schedule is the limit.
    """

    @workflow.init
    def __init__(self, timer: TimerInput) -> None:
        self._timer = timer
        self._seq = self._recorded = timer.seq_offset + timer.written
        self._stopped = False
        self._locks_released = 0
        self._limit_at: datetime | None = None
        # The carrier's answers by our reference of the request; the reference of the request it declined last.
        self._answers: dict[str, ItemUpdate] = {}
        self._declined_ref: str | None = None
        self._needs_operator = False
        self._repair: tuple[Action, OperatorAction] | None = None

    @workflow.run
    async def run(self, timer: TimerInput) -> str:
        try:
            outcome = await self._follow(timer.schedule.points)
        except _Stopped:
            outcome = await self._record_stop()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return outcome

    async def _follow(self, points: tuple[TimerPoint, ...]) -> str:
        """Do what is due at each point, until the line has changed; returns how the timer has ended."""
        for index, point in enumerate(points):
            self._limit_at = next((later.at for later in points[index + 1 :] if later.change), None)
            await self._sleep_until(point.at, point.change or f"the notice {point.days} days before")
            if point.event is not None:
                await self._record(point.event, days=point.days)
            if point.change is not None:
                change = find_line_change(point.change)
                if change.request is None or await self._ask_for(change.code, change.request):
                    return await self._end(change)
        while True:
            await self._sleep_until(None, "an order")

    async def _end(self, change: LineChange) -> str:
        return await self._write(
            change.event,
            lambda event: workflow.execute_activity_method(
                TimerActivities.end_timer,
                EndTimerInput(ref=self._timer.ref, change=change.code, event=event),
                **db_activity(f"end by {change.code}", retry_policy=RETRY_FOREVER),
            ),
            at_limit=change.at_limit and change.request is None,
        )

    async def _record_stop(self) -> str:
        """The activity replaces the event by that of how an order has ended the timer."""
        while True:
            try:
                return await self._write(
                    LINE_CHANGED_BY_ORDER.code,
                    lambda event: workflow.execute_activity_method(
                        TimerActivities.record_timer_stop,
                        RecordTimerEventInput(ref=self._timer.ref, event=event),
                        **db_activity("record the end", retry_policy=RETRY_FOREVER),
                    ),
                )
            except _Stopped:
                continue  # its number was taken, and no task can be opened anymore: it is written above the last one

    # --- asking the carrier ------------------------------------------------------------

    async def _ask_for(self, change: str, request: CarrierRequest) -> bool:
        """Have the carrier change the line, with an operator's help if needed; False if the limit comes first."""
        problem = _Problem(text=request.problem) if request.problem else None
        while not self._past_limit():
            problem = problem or await self._request(change, request)
            if problem is None:
                return True
            if not self._past_limit() and await self._wait_for_operator(request, problem):
                return True
            problem = None
        return False

    async def _request(self, change: str, request: CarrierRequest) -> _Problem | None:
        """Returns what went wrong; None once the carrier has changed the line."""
        try:
            client_ref = await self._send(change, request)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            declined = declined_by_carrier(error)
            if declined:
                return _carrier_answer("declined", declined.facts["code"], declined.detail)
            return _Problem(
                text=f"We couldn't reach the carrier in {tries_of(error)} tries.", error=failure_reason(error)
            )
        if client_ref is None:
            return _Problem(text="The carrier's limit came first.")
        return await self._wait_for_answer(client_ref)

    async def _send(self, change: str, request: CarrierRequest) -> str | None:
        """Returns our reference of the request; None if the limit comes while an order is changing the line."""
        while True:
            released = self._locks_released
            result = await self._write(
                request.requested,
                lambda event: workflow.execute_activity_method(
                    TimerActivities.request_from_carrier,
                    TimerRequestInput(ref=self._timer.ref, change=change, event=event, declined_ref=self._declined_ref),
                    **carrier_activity(self._timer.carrier, f"ask the carrier to {request.action}"),
                ),
                recorded=lambda result: result.client_ref,
            )
            if result.client_ref is not None:
                return result.client_ref
            if result.waits_for is None:
                raise _Stopped
            again_at = self._limit_or_after(LINE_CHECK_INTERVAL)
            await self._wait_until(partial(self._more_released, released), again_at, result.waits_for)
            if self._past_limit():
                return None

    async def _wait_for_answer(self, client_ref: str) -> _Problem | None:
        deadline = self._limit_or_after(CARRIER_ANSWER_TIMEOUT)
        await self._wait_until(lambda: client_ref in self._answers, deadline, "the carrier")
        answer = self._answers.get(client_ref)
        if answer is None:
            return _Problem(text=f"The carrier hasn't answered in {CARRIER_ANSWER_TIMEOUT.days} days.")
        if _is_done(answer):
            return None
        del self._answers[client_ref]
        asks = answer.state is ItemState.INFO_REQUIRED
        self._declined_ref = None if asks else client_ref
        if answer.state is ItemState.DONE:
            refused = tuple(sku for sku, _ in answer.refused_features)
            return _Problem(text="The carrier has done only a part.", refused=refused)
        return _carrier_answer("needs more information" if asks else "declined", answer.code, answer.detail)

    async def _wait_for_operator(self, request: CarrierRequest, problem: _Problem) -> bool:
        """Returns whether the line is changed, by the operator or by the carrier after all; False to ask it again."""
        self._repair, self._needs_operator = None, True
        workflow.upsert_search_attributes([NEEDS_ATTENTION.value_set(True)])
        try:
            await self._record(
                request.failed,
                problem=problem.text,
                refused=problem.refused,
                detail=problem.text,
                error=problem.error,
                thing=self._timer.ref.id,
                item=self._timer.item_number,
            )
            await self._wait_until(
                lambda: self._repair is not None or self._is_changed(), self._limit_at, "an operator"
            )
        finally:
            self._needs_operator = False
            workflow.upsert_search_attributes([NEEDS_ATTENTION.value_set(False)])
        action = await self._record_repair()
        return action is Action.COMPLETE_MANUALLY or self._is_changed()

    async def _record_repair(self) -> Action | None:
        if self._repair is None:
            return None
        action, message = self._repair
        event = RETRIED if action is Action.RETRY else COMPLETED_MANUALLY
        chosen: dict[str, Any] = {"task": message.task, "choice": action.value, "evidence": message.evidence}
        await self._record(event.code, actor=message.actor, **chosen)
        return action

    def _is_changed(self) -> bool:
        return any(map(_is_done, self._answers.values()))

    # --- messages ----------------------------------------------------------------------

    @workflow.query
    def last_seq(self) -> int:
        """The number of the timer's last event that is known to be recorded."""
        return self._recorded

    @workflow.update(description="Ask the carrier again to change the line")
    def retry(self, message: OperatorAction) -> UpdateResult:
        return self._accept(Action.RETRY, message)

    @retry.validator
    def _validate_retry(self, message: OperatorAction) -> None:
        self._check(Action.RETRY, message)

    @workflow.update(description="Continue as if the carrier had changed the line, with evidence that it is changed")
    def complete_manually(self, message: OperatorAction) -> UpdateResult:
        return self._accept(Action.COMPLETE_MANUALLY, message)

    @complete_manually.validator
    def _validate_complete_manually(self, message: OperatorAction) -> None:
        self._check(Action.COMPLETE_MANUALLY, message)

    def _check(self, action: Action, message: OperatorAction) -> None:
        if not self._needs_operator or self._repair is not None:
            raise rejection(ActionNotAllowed("This line doesn't need an operator."))
        if action is Action.COMPLETE_MANUALLY and not trimmed(message.evidence):
            raise rejection(TextRequired(EVIDENCE_REQUIRED))

    def _accept(self, action: Action, message: OperatorAction) -> UpdateResult:
        self._repair = (action, message)
        return UpdateResult(status="running", seq=self._seq)

    @workflow.signal(description="What the carrier reports")
    def carrier_update(self, update: CarrierUpdate) -> None:
        """A final state is the answer to a request, and so is a question until the final state follows."""
        for item, reported in update.states:
            known = self._answers.get(update.client_ref)
            is_answer = reported.final or reported is ItemState.INFO_REQUIRED
            is_open = known is None or known.state is ItemState.INFO_REQUIRED
            if item.item_id == self._timer.item_id and is_answer and is_open:
                self._answers[update.client_ref] = item

    @workflow.signal(description="An order has changed the line")
    def stop(self, _: WorkflowMessage) -> None:
        self._stopped = True

    @workflow.signal(description="An order or another timer no longer holds the line")
    def lock_released(self, _: WorkflowMessage) -> None:
        self._locks_released += 1

    def _more_released(self, count: int) -> bool:
        return self._locks_released > count

    # --- waiting and recording ---------------------------------------------------------

    async def _sleep_until(self, moment: datetime | None, waiting_for: str) -> None:
        """Without a moment, sleep until the timer is stopped."""
        await self._wait_until(lambda: False, moment, waiting_for)

    async def _wait_until(self, condition: Callable[[], bool], deadline: datetime | None, waiting_for: str) -> None:
        """Wait for a condition, at most until the deadline; raises _Stopped."""
        until = f" until {deadline:%Y-%m-%d}" if deadline else ""
        kind, number = self._timer.schedule.code, self._timer.number
        workflow.set_current_details(f"**{kind}** {number}: waiting for {waiting_for}{until}")
        timeout = None if deadline is None else max((deadline - workflow.now()).total_seconds(), 0)
        try:
            await workflow.wait_condition(
                lambda: self._stopped or condition(), timeout=timeout, timeout_summary=waiting_for
            )
        except TimeoutError:
            return
        if self._stopped:
            raise _Stopped

    def _limit_or_after(self, delay: timedelta) -> datetime:
        """The moment after `delay`, or the limit if that is earlier."""
        moment = workflow.now() + delay
        return moment if self._limit_at is None else min(moment, self._limit_at)

    def _past_limit(self) -> bool:
        return self._limit_at is not None and workflow.now() >= self._limit_at

    async def _record(
        self,
        event: str,
        *,
        actor: Actor = SYSTEM,
        problem: str | None = None,
        refused: tuple[str, ...] = (),
        **data: Any,
    ) -> None:
        """Record the event of this code; `problem` is what an operator must fix from then on. Raises _Stopped."""
        running = await self._write(
            event,
            lambda numbered: workflow.execute_activity_method(
                TimerActivities.record_timer_event,
                RecordTimerEventInput(ref=self._timer.ref, event=numbered, problem=problem, refused=refused),
                **db_activity(f"record {event}", retry_policy=RETRY_FOREVER),
            ),
            actor=actor,
            **data,
        )
        if not running:
            raise _Stopped

    async def _write(
        self,
        event: str,
        call: Callable[[TimerEvent], Awaitable[T]],
        *,
        recorded: Callable[[T], object] = bool,
        actor: Actor = SYSTEM,
        **data: Any,
    ) -> T:
        """Run an activity that records an event, unless `recorded` of its result says otherwise.

        If another one has its number, because Temporal was set back to an earlier state of the timer, it is written
        above the last number.
        """
        while True:
            self._seq += 1
            numbered = TimerEvent(seq=self._seq, at=workflow.now(), event=event, actor=actor, data=tuple(data.items()))
            try:
                result = await call(numbered)
            except ActivityError as error:
                taken = number_taken(error)
                if taken is None:
                    raise
                await self._note_taken(*taken)
            else:
                if recorded(result):
                    self._recorded = self._seq
                return result

    async def _note_taken(self, taken: int, last: int) -> None:
        """Continue above the last number, and open the task to compare the line with the history."""
        self._seq = last
        about: dict[str, Any] = {"variant": "timer", "thing": f"{self._timer.ref.id}:{taken}"}
        await self._record(NUMBERS_TAKEN.code, item=self._timer.item_number, taken=taken, last=last, **about)


def _is_done(answer: ItemUpdate) -> bool:
    return answer.state is ItemState.DONE and not answer.in_part


def _carrier_answer(answer: str, code: str | None, detail: str | None) -> _Problem:
    text = f"The carrier {answer}: {detail}" if detail else f"The carrier {answer}."
    return _Problem(text=text, error=": ".join(filter(None, (code, detail))) or None)
