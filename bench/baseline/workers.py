from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from bench.baseline.listener import EventSender
from bench.baseline.workflow import CARRIER_QUEUE, NOOP, TASK_QUEUE, BaselineWorkflow
from worker import MAX_CONCURRENT, RUNNER


def baseline_workers(client: Client, sender: EventSender) -> list[Worker]:
    """One for workflows and their activities, and one for the activities of a carrier, as Dialtone has."""

    @activity.defn(name=NOOP)
    async def noop() -> None:
        sender.send(activity.info().workflow_id or "")

    BaselineWorkflow.report = sender.send
    orders = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BaselineWorkflow],
        activities=[noop],
        workflow_runner=RUNNER,
        max_concurrent_workflow_tasks=MAX_CONCURRENT,
        max_concurrent_activities=MAX_CONCURRENT,
    )
    return [orders, Worker(client, task_queue=CARRIER_QUEUE, activities=[noop])]
