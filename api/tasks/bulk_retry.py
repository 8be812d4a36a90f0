"""Retrying every failed step of one cause, for example after a carrier or the database was away."""

import asyncio

from api.deps import Access, Services
from api.tasks import settling
from api.tasks.schemas import RetriedOrder, RetryAllIn, RetryAllResult, SettleIn
from models.db.tasks import tasks
from models.db.tasks.tasks import TaskFilters, TaskFound
from models.errors import PublicError
from models.lifecycle import Action
from models.task import TaskStatus
from models.tasks.failures import FAILED_STEP
from policies.access import Right

# One call retries at most so many orders, of which so many at the same time.
MAX_ORDERS = 200
_AT_ONCE = 10


async def retry_all(services: Services, access: Access, body: RetryAllIn, key: str | None) -> RetryAllResult:
    """Retry each open task of this cause that the caller can do, through the workflow of its order.

    A repeat finds only what is still open.
    """
    filters = TaskFilters(state=TaskStatus.OPEN, kind=(FAILED_STEP.code,), cause=body.cause)
    relations = access.for_right(Right.TASK_SETTLE).scope
    async with services.database.read() as session:
        found = await tasks.list_tasks(
            session, access.person, filters, relations=relations, after=None, limit=MAX_ORDERS + 1
        )
    free, choice = asyncio.Semaphore(_AT_ONCE), SettleIn(choice=Action.RETRY, text=body.text)

    async def retry(task: TaskFound) -> RetriedOrder:
        async with free:
            return await _retry(services, access, task, choice, key)

    retried = await asyncio.gather(*map(retry, found[:MAX_ORDERS]))
    return RetryAllResult(orders=retried, more=len(found) > MAX_ORDERS)


async def _retry(
    services: Services, access: Access, task: TaskFound, choice: SettleIn, key: str | None
) -> RetriedOrder:
    try:
        result = await settling.settle(services, access, task.row.id, choice, key)
    except PublicError as error:
        return RetriedOrder(order=task.order.number, state="rejected", detail=error.detail)
    return RetriedOrder(order=task.order.number, state=result.state)
