"""The task pages: the list, and each task with a form for every choice."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.paging import next_page_url
from api.tasks import operations, settling
from api.tasks.routes import ListAccess, ReadAccess, SettleAccess, TaskId
from api.tasks.schemas import MAX_TEXT, SettleIn, TaskQuery
from models.db.session import new_id
from models.errors import NotAuthorized, NotFound, PublicError, StepUpRequired
from models.registry import load
from models.task import TASKS, TaskKind, TaskStatus
from policies.access import Right

router = APIRouter(prefix="/tasks", include_in_schema=False)


@dataclass(frozen=True, kw_only=True)
class RejectedChoice:
    """A form that was not accepted: the choice, the text, and what is wrong."""

    choice: str
    text: str
    problem: str


@router.get("")
async def show_tasks(
    request: Request, query: Annotated[TaskQuery, Query()], access: ListAccess, services: ServicesDep
) -> Response:
    listed = await operations.list_tasks(services, access, query)
    context = {
        "tasks": listed.items,
        "next_page": next_page_url(request, listed.next_cursor),
        "query": query,
        "titles": {kind.code: kind.title for kind in load(TASKS, TaskKind).values()},
    }
    return await render_page(request, services, access, "tasks/list.html", context)


@router.get("/{task_id}")
async def show_task(
    task_id: TaskId, request: Request, access: ReadAccess, services: ServicesDep, *, done: bool = False
) -> Response:
    """`done`: the person has just made a choice."""
    return await _page(request, services, access, task_id, done=done)


@router.post("/{task_id}")
async def settle(
    task_id: TaskId,
    request: Request,
    access: SettleAccess,
    services: ServicesDep,
    *,
    choice: Annotated[str, Form(max_length=64)] = "",
    text: Annotated[str, Form(max_length=MAX_TEXT)] = "",
    key: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Make the choice, and show the task with its outcome; a form with an error is shown as it was filled in."""
    try:
        await settling.settle(services, access, task_id, SettleIn(choice=choice, text=text), key or None)
    except (NotFound, NotAuthorized, StepUpRequired):
        raise
    except PublicError as error:
        rejected = RejectedChoice(choice=choice, text=text, problem=error.detail)
        return await _page(request, services, access, task_id, rejected=rejected, status_code=error.status)
    return RedirectResponse(f"/tasks/{task_id}?done=true", status_code=303)


async def _page(
    request: Request,
    services: Services,
    access: Access,
    task_id: str,
    *,
    done: bool = False,
    rejected: RejectedChoice | None = None,
    status_code: int = 200,
) -> Response:
    task = await operations.read_task(services, access.for_right(Right.TASK_READ), task_id)
    context = {
        "task": task,
        "is_open": task.state is TaskStatus.OPEN,
        "done": done,
        "rejected": rejected,
        "max_text": MAX_TEXT,
        "key": new_id(),
    }
    return await render_page(request, services, access, "tasks/task.html", context, status_code=status_code)
