"""Acts on a task in a workflow of its own, because that of the order may have ended."""

from collections.abc import Mapping
from types import MappingProxyType

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.carrier import CarrierActivities, EndDeliveryInput
from activities.carrier_status import AskAboutOrderInput, CarrierStatusActivities
from activities.inventory import CompletionInput, CorrectionInput, InventoryActivities
from activities.task_outcomes import FinishTaskInput, TaskActivities
from models.order import CancelResult
from models.task_action import TASK_ACTION, TaskAction, TaskActionInput
from workflows.activity_options import FEW_TRIES, RETRY_FOREVER, carrier_activity, db_activity
from workflows.results import failure_reason, refusal_of

_ANSWERS: Mapping[CancelResult | None, str] = MappingProxyType(
    {
        CancelResult.DECLINED: "The carrier declined to cancel its order.",
        CancelResult.ASSESSING: "The carrier hasn't decided yet whether to cancel its order.",
    }
)


@workflow.defn(name=TASK_ACTION)
class TaskActionWorkflow:
    @workflow.run
    async def run(self, request: TaskActionInput) -> str | None:
        """Do what was chosen and settle the task. If it can't be done, the task says why, and stays open."""
        answer, error = None, None
        try:
            problem, answer = await _act(request)
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            problem = refusal_of(failure) or "It couldn't be done now. Try again later."
            error = None if refusal_of(failure) else failure_reason(failure)
        await workflow.execute_activity_method(
            TaskActivities.finish_task,
            FinishTaskInput(
                ref=request.ref,
                task_id=request.task_id,
                action=request.action,
                actor=request.actor,
                at=workflow.now(),
                text=request.text,
                answer=answer,
                problem=problem,
                error=error,
            ),
            **db_activity("record the outcome", retry_policy=RETRY_FOREVER),
        )
        return problem


async def _act(request: TaskActionInput) -> tuple[str | None, str | None]:
    """Returns why the task is not settled, if the carrier says so, and else what it says."""
    if request.action is TaskAction.ASK_AGAIN:
        return await _ask(request)
    assert request.item_id is not None
    if request.action is TaskAction.ACCEPT:
        await workflow.execute_activity_method(
            InventoryActivities.accept,
            CompletionInput(ref=request.ref, at=workflow.now(), item_id=request.item_id),
            **db_activity("accept into the inventory"),
        )
        return None, None
    if request.action is TaskAction.CORRECT:
        await workflow.execute_activity_method(
            InventoryActivities.correct,
            CorrectionInput(ref=request.ref, item_id=request.item_id, task_id=request.task_id, at=workflow.now()),
            **db_activity("correct the inventory"),
        )
        return None, None
    answer = await workflow.execute_activity_method(
        CarrierActivities.end_delivery,
        EndDeliveryInput(ref=request.ref, item_id=request.item_id, round=request.round, reason=request.text),
        **carrier_activity(request.carrier, "cancel the carrier's order"),
    )
    return _ANSWERS.get(answer), None


async def _ask(request: TaskActionInput) -> tuple[str | None, str | None]:
    answer = await workflow.execute_activity_method(
        CarrierStatusActivities.ask_about_order,
        AskAboutOrderInput(ref=request.ref, round=request.round, kind=request.kind),
        **carrier_activity(request.carrier, "ask the carrier", retry_policy=FEW_TRIES),
    )
    return (None, answer.text) if answer.settles else (answer.text, None)
