"""What changes while an order waits: it is held if the rules no longer allow it, and approved again if it is dearer."""

from collections.abc import Awaitable

from pydantic_core import to_jsonable_python
from temporalio import workflow

from activities.history import StepInput
from activities.rule import RuleActivities, RuleAgainInput, RuleResult
from models.events.preparation import CHECKED_AGAIN, NO_LONGER_ALLOWED
from models.lifecycle import Action, Status
from models.order import Changes, OrderEvent
from models.order_type import Milestone
from models.step import Rule
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.state import Hold, OrderState
from workflows.steps.approve import decide_stages


async def settle_changes(state: OrderState) -> Changes:
    """Wait until nothing that matters has changed; returns what else has. Raises OrderEnded."""
    while found := await _find_changes(state):
        await settle(state, found)
    return found


async def settle(state: OrderState, found: Changes) -> None:
    """Wait for an operator who has the order corrected, else for the approval of its new price. Raises OrderEnded."""
    if found.refusals:
        await _hold(state, found)
    else:
        await approve_again(state)


def _find_changes(state: OrderState) -> Awaitable[Changes]:
    return run_step(
        state,
        Rule.kind,
        lambda earlier: workflow.execute_activity_method(
            RuleActivities.find_changes,
            StepInput(ref=state.order.ref, earlier_events=earlier),
            **db_activity("check again"),
        ),
    )


async def _hold(state: OrderState, found: Changes) -> None:
    state.hold = hold = Hold(refusals=found.refusals)
    record_hold(state, hold)
    try:
        await state.wait_until(lambda: hold.correction is not None)
    finally:
        state.hold = None
    assert hold.correction is not None
    state.transition(
        Status.APPROVED,
        CHECKED_AGAIN,
        actor=hold.correction.actor,
        choice=Action.RETRY.value,
        evidence=hold.correction.evidence,
    )


def record_hold(state: OrderState, hold: Hold) -> None:
    """Open its task."""
    reason = " ".join(dict.fromkeys(error.detail for error in hold.refusals))
    state.transition(Status.ON_HOLD, NO_LONGER_ALLOWED, reason=reason, errors=to_jsonable_python(hold.refusals))
    state.task = state.publisher.seq


async def approve_again(state: OrderState) -> None:
    """Ask the approvers of today's plan to approve today's price."""
    state.milestone = Milestone.SUBMITTED

    def call(earlier: tuple[OrderEvent, ...]) -> Awaitable[RuleResult]:
        seq = state.publisher.next_seq()
        state.publisher.next_seq()  # of what follows from the new price
        again = RuleAgainInput(
            ref=state.order.ref,
            seq=seq,
            at=workflow.now(),
            round=state.approval_round + 1,
            earlier_events=earlier,
        )
        return workflow.execute_activity_method(
            RuleActivities.rule_again, again, **db_activity("ask for approval again")
        )

    result = await run_step(state, Rule.kind, call, blocks_messages=True)
    state.ruling, state.wait_times = result.ruling, result.wait_times
    if result.deadlines is not None:
        state.begin_stage(result.ruling.plan[0], state.approval_round + 1, result.deadlines)
        state.raise_if_canceled()
        await decide_stages(state)
    state.mark_reached(Milestone.APPROVED)
