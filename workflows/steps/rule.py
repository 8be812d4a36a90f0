"""RULE: reject or approve the order, or start its approval, by the ruling it was submitted with."""

from temporalio import workflow

from activities.rule import RuleActivities, RuleInput
from models.lifecycle import Status
from models.order_type import Milestone
from models.step import Rule
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.state import OrderEnded, OrderState


async def rule(state: OrderState, _: Rule) -> None:
    """Follow the ruling. The activity has recorded it, and asked the first approvers if there are any."""
    result = await run_step(
        state,
        Rule.kind,
        lambda earlier: workflow.execute_activity_method(
            RuleActivities.rule,
            RuleInput(ref=state.order.ref, seq=state.publisher.next_seq(), at=workflow.now(), earlier_events=earlier),
            **db_activity("rule"),
        ),
        blocks_messages=True,
    )
    state.ruling, state.wait_times = result.ruling, result.wait_times
    if not result.ruling.allowed:
        state.set_status(Status.REJECTED)
        raise OrderEnded(Status.REJECTED)
    if result.deadlines is None:
        state.set_status(Status.APPROVED)
        state.mark_reached(Milestone.APPROVED)
    else:
        state.begin_stage(result.ruling.plan[0], 1, result.deadlines)
    state.raise_if_canceled()
