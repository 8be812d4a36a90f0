"""The tasks API."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.deps import Access, Needs, ServicesDep
from api.http.headers import IdempotencyKey, JsonOnly
from api.http.paging import CursorPage
from api.http.problems import error_responses
from api.tasks import bulk_retry, operations, settling
from api.tasks.schemas import (
    RetryAllIn,
    RetryAllResult,
    SettleIn,
    SettleResult,
    TaskQuery,
    TaskSummary,
    TaskView,
)
from policies.access import Right

router = APIRouter(prefix="/tasks", tags=["tasks"], dependencies=[JsonOnly])

TaskId = Annotated[str, Path(max_length=40)]
ListAccess = Annotated[Access, Depends(Needs(Right.TASK_LIST))]
ReadAccess = Annotated[Access, Depends(Needs(Right.TASK_READ))]
SettleAccess = Annotated[Access, Depends(Needs(Right.TASK_SETTLE))]
_SETTLE_RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {"model": SettleResult, "description": "Accepted. The order's workflow hasn't answered yet."},
    **error_responses(401, 403, 404, 409, 413, 415, 422, 503),
}


@router.get("", responses=error_responses(401, 422, 503))
async def get_tasks(
    query: Annotated[TaskQuery, Query()], access: ListAccess, services: ServicesDep
) -> CursorPage[TaskSummary]:
    """Your tasks and those of your roles, the earliest due date first. Admins and auditors see all tasks."""
    return await operations.list_tasks(services, access, query)


@router.get("/{task_id}", responses=error_responses(401, 403, 404, 422, 503))
async def get_task(task_id: TaskId, access: ReadAccess, services: ServicesDep) -> TaskView:
    """A task with its evidence and the choices you have."""
    return await operations.read_task(services, access, task_id)


@router.post("/retry", responses=error_responses(401, 403, 415, 422, 503))
async def retry_all(
    body: RetryAllIn, access: SettleAccess, services: ServicesDep, *, key: IdempotencyKey = None
) -> RetryAllResult:
    """Retry the failed steps of all orders that failed for the same cause. Each order's workflow does it for itself."""
    return await bulk_retry.retry_all(services, access, body, key)


@router.post("/{task_id}/settle", responses=_SETTLE_RESPONSES)
async def settle_task(
    task_id: TaskId,
    body: SettleIn,
    response: Response,
    access: SettleAccess,
    services: ServicesDep,
    *,
    key: IdempotencyKey = None,
) -> SettleResult:
    """Settle a task by one of its choices. If someone else has settled it, the error says who and how."""
    result = await settling.settle(services, access, task_id, body, key)
    response.status_code = 200 if result.state == "done" else 202
    return result
