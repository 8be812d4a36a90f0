"""Clocks on lines, each a workflow of its own: a suspension that is announced to end, and then ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from activities.timers import ClockEnd, ClockTold, ResumeCall, TimerActivities
from models.errors import IllegalTransition, OrderError, ReasonRequired
from models.lifecycle import Action, Event, ItemState
from models.order import SYSTEM, Actor, CarrierUpdate, ItemUpdate, OperatorAction
from models.timers import SUSPENSION_TIMER, Ending, Notice, TimerEvent, TimerInput, TimerOutcome
from workflows.activity_options import Options, carrier_activity, db_activity
from workflows.operator_retry import refusal
from workflows.search_attributes import NEEDS_ATTENTION

# When a carrier has not answered for so long, somebody should look.
PATIENCE = timedelta(days=2)
# An order that is about to change the line stops the clock, or ends and leaves the line as it is.
LOOK_AGAIN = timedelta(days=1)
# What touches our database alone is never given up on: it comes back.
_FOR_EVER = RetryPolicy(maximum_interval=timedelta(minutes=5))


@dataclass(frozen=True, kw_only=True)
class TimerAccepted:
    """The answer to a message that was accepted: that the clock runs, and the last entry it has."""

    status: str
    seq: int


class _Over(Exception):
    """The clock was ended by other means: nothing is left to do."""


@workflow.defn(name=SUSPENSION_TIMER)
class SuspensionTimer:
    """Tells people before a suspension ends, has the carrier resume the line, and keeps the inventory true.

    Signals: carrier_update, stop. Updates, while resuming the line does not succeed: retry, complete_manually.
    """

    @workflow.init
    def __init__(self, plan: TimerInput) -> None:
        self._plan = plan
        self._seq = plan.before_its_entries + plan.written
        self._stopped = False
        self._answers: dict[str, ItemUpdate] = {}
        self._refused: str | None = None
        self._problem: str | None = None
        self._repair: tuple[Action, OperatorAction] | None = None

    @workflow.run
    async def run(self, plan: TimerInput) -> TimerOutcome:
        """Live through the schedule; returns how the suspension has ended."""
        try:
            for notice in plan.schedule.notices:
                await self._until(notice.at, f"tell {notice.days} days before")
                await self._announce(notice)
            outcome = await self._end(await self._ending())
        except _Over:
            outcome = TimerOutcome.STOPPED
        await workflow.wait_condition(workflow.all_handlers_finished)
        return outcome

    async def _announce(self, notice: Notice) -> None:
        await self._tell(self._note(Event.SUSPENSION_ENDING, days=notice.days), summary=f"{notice.days} days before")

    async def _ending(self) -> Ending:
        """Wait for what comes first; where that is the planned day, have the carrier resume the line."""
        schedule = self._plan.schedule
        await self._until(schedule.ends_at, f"end by {schedule.ends_by}" if schedule.ends_by else "an order")
        if schedule.ends_by is Ending.RESUME and await self._resumed():
            return Ending.RESUME
        assert schedule.limit_by is not None
        return schedule.limit_by

    async def _end(self, ending: Ending) -> TimerOutcome:
        limit = self._plan.schedule.limit_by is ending
        event = Event.LINE_DISCONNECTED if ending is Ending.DISCONNECT else Event.LINE_RESUMED
        call = ClockEnd(ref=self._plan.ref, ending=ending, note=self._note(event, at_limit=limit))
        return await workflow.execute_activity_method(TimerActivities.end, call, **_kept(f"end by {ending}"))

    # --- resuming --------------------------------------------------------------------

    async def _resumed(self) -> bool:
        """Have the carrier resume the line, with an operator's help if need be; False when its limit came first."""
        while not self._past_limit():
            problem = await self._ask()
            if problem is None or (not self._past_limit() and await self._mended(problem)):
                return True
        return False

    async def _ask(self) -> str | None:
        """Ask the carrier and wait for its answer; returns what is wrong, None when the line works again."""
        try:
            client_ref = await self._send()
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return _reason(error)
        if client_ref is None:
            return "The carrier's limit came before the order that changes the line had ended."
        return await self._answer(client_ref)

    async def _send(self) -> str | None:
        """Returns our reference of the request; None when the limit came while another order held the line."""
        while True:
            call = ResumeCall(ref=self._plan.ref, note=self._note(Event.RESUME_REQUESTED), refused=self._refused)
            asked = await workflow.execute_activity_method(
                TimerActivities.ask_to_resume, call, **carrier_activity(self._plan.carrier, "ask the carrier to resume")
            )
            if asked.client_ref is not None:
                return asked.client_ref
            if asked.held_by is None:
                raise _Over
            await self._until(self._no_later_than(LOOK_AGAIN), f"order {asked.held_by}")
            if self._past_limit():
                return None

    async def _answer(self, client_ref: str) -> str | None:
        await self._wait(lambda: client_ref in self._answers, at=self._no_later_than(PATIENCE), waiting="carrier")
        said = self._answers.get(client_ref)
        if said is None:
            return f"The carrier has not answered for {PATIENCE.days} days."
        if said.state is ItemState.DONE:
            return None
        del self._answers[client_ref]
        self._refused = client_ref if said.state.final else None
        return ": ".join(word for word in (said.code, said.detail) if word) or f"The carrier says {said.state}."

    async def _mended(self, problem: str) -> bool:
        """Wait for an operator, or for the carrier after all; whether the line works again now."""
        self._repair, self._problem = None, problem
        workflow.upsert_search_attributes([NEEDS_ATTENTION.value_set(True)])
        try:
            failed = self._note(Event.RESUME_FAILED, error=problem)
            await self._tell(failed, attention=problem, summary="say that it needs attention")
            await self._wait(
                lambda: self._repair is not None or self._is_back(), at=self._plan.schedule.limit_at, waiting="operator"
            )
        finally:
            self._problem = None
            workflow.upsert_search_attributes([NEEDS_ATTENTION.value_set(False)])
        return await self._taken_up() or self._is_back()

    async def _taken_up(self) -> bool:
        """Write down what the operator has done, if one has; whether that was the carrier's part."""
        if self._repair is None:
            return False
        action, message = self._repair
        event = Event.RETRIED if action is Action.RETRY else Event.COMPLETED_MANUALLY
        await self._tell(self._note(event, actor=message.actor, evidence=message.evidence), summary=action)
        return action is Action.COMPLETE_MANUALLY

    def _is_back(self) -> bool:
        return any(said.state is ItemState.DONE for said in self._answers.values())

    # --- messages ----------------------------------------------------------------------

    @workflow.update(description="Ask the carrier again")
    def retry(self, message: OperatorAction) -> TimerAccepted:
        """Ask the carrier once more to resume the line."""
        return self._repaired(Action.RETRY, message)

    @retry.validator
    def _check_retry(self, message: OperatorAction) -> None:
        self._require_problem(message, evidence=False)

    @workflow.update(description="The line was resumed by hand")
    def complete_manually(self, message: OperatorAction) -> TimerAccepted:
        """Go on as if the carrier had said that the line works, with the evidence written down."""
        return self._repaired(Action.COMPLETE_MANUALLY, message)

    @complete_manually.validator
    def _check_complete_manually(self, message: OperatorAction) -> None:
        self._require_problem(message, evidence=True)

    @workflow.signal(name="carrier_update", description="What the carrier reports")
    def carrier_update(self, news: CarrierUpdate) -> None:
        """Hear of the carrier: only its last word on a request counts, and a question it asks meanwhile."""
        for said in news.items:
            known = self._answers.get(news.client_ref)
            telling = said.state.final or said.state is ItemState.INFO_REQUIRED
            if said.item_id == self._plan.item_id and telling and not (known and known.state.final):
                self._answers[news.client_ref] = said

    @workflow.signal(name="stop", description="The line is suspended no more, by an order")
    def stop(self, _: dict[str, Any]) -> None:
        """End quietly; who changed the line has written that down."""
        self._stopped = True

    def _repaired(self, action: Action, message: OperatorAction) -> TimerAccepted:
        self._repair = (action, message)
        return TimerAccepted(status="running", seq=self._seq)

    def _require_problem(self, message: OperatorAction, *, evidence: bool) -> None:
        """Refuse, as an error the caller can read, what nobody waits for."""
        error: OrderError | None = None
        if self._problem is None or self._repair is not None:
            error = IllegalTransition("Nothing about this suspension waits for an operator.")
        elif evidence and not message.evidence.strip():
            error = ReasonRequired("Say what was done, and where it can be looked up.")
        if error is not None:
            raise ApplicationError(error.detail, error.facts, type=error.code, non_retryable=True)

    # --- waiting and writing -----------------------------------------------------------

    async def _until(self, at: datetime | None, waiting: str) -> None:
        """Wait for a time (None: for ever, or till the clock is stopped)."""
        await self._wait(lambda: False, at=at, waiting=waiting)

    async def _wait(self, condition: Callable[[], bool], *, at: datetime | None, waiting: str) -> None:
        """Wait for something, no longer than till `at`; raises _Over when the clock is stopped."""
        until = f" till {at:%Y-%m-%d}" if at else ""
        workflow.set_current_details(f"**suspended** {self._plan.number}: waits for {waiting}{until}")
        timeout = None if at is None else max((at - workflow.now()).total_seconds(), 0)
        try:
            await workflow.wait_condition(
                lambda: self._stopped or condition(), timeout=timeout, timeout_summary=waiting
            )
        except TimeoutError:
            return
        if self._stopped:
            raise _Over

    def _no_later_than(self, patience: timedelta) -> datetime:
        at, limit = workflow.now() + patience, self._plan.schedule.limit_at
        return at if limit is None else min(at, limit)

    def _past_limit(self) -> bool:
        limit = self._plan.schedule.limit_at
        return limit is not None and workflow.now() >= limit

    def _note(self, event: Event, *, actor: Actor = SYSTEM, **data: Any) -> TimerEvent:
        self._seq += 1
        return TimerEvent(seq=self._seq, at=workflow.now(), event=event, actor=actor, data=tuple(data.items()))

    async def _tell(self, note: TimerEvent, *, summary: str, attention: str | None = None) -> None:
        call = ClockTold(ref=self._plan.ref, note=note, attention=attention)
        if not await workflow.execute_activity_method(TimerActivities.tell, call, **_kept(summary)):
            raise _Over


def _kept(summary: str) -> Options:
    return db_activity(summary) | Options(retry_policy=_FOR_EVER)


def _reason(error: ActivityError) -> str:
    refused = refusal(error)
    if refused is not None:
        return ": ".join(str(word) for word in refused.details if word)
    cause = error.cause or error
    return f"{getattr(cause, 'type', None) or type(cause).__name__}: {cause}"
