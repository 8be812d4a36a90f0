from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.paging import CursorPage
from api.http.problems import error_responses
from api.leaves import operations
from api.leaves.schemas import LeaveChoicesIn, LeaveIn, LeaveQuery, LeaveSummary, LeaveView
from api.people.routes import PersonId
from policies.access import Right

router = APIRouter(tags=["leaves"], dependencies=[JsonOnly])
LeaveListAccess = Annotated[Access, Depends(Needs(Right.LEAVE_LIST))]
LeaveReadAccess = Annotated[Access, Depends(Needs(Right.LEAVE_READ))]
LeaveStartAccess = Annotated[Access, Depends(Needs(Right.LEAVE_START))]
LeaveChooseAccess = Annotated[Access, Depends(Needs(Right.LEAVE_CHOOSE))]
LeaveCancelAccess = Annotated[Access, Depends(Needs(Right.LEAVE_CANCEL))]


@router.get("/leaves", responses=error_responses(401, 422, 503))
async def get_leaves(
    query: Annotated[LeaveQuery, Query()], access: LeaveListAccess, services: ServicesDep
) -> CursorPage[LeaveSummary]:
    """A page of the people who leave, of those that you can see: yourself, your team, or everyone for admins."""
    return await operations.list_open(services, access, query)


@router.get("/people/{person_id}/leave", responses=error_responses(401, 404, 503))
async def get_leave(person_id: PersonId, access: LeaveReadAccess, services: ServicesDep) -> LeaveView:
    """The checklist of a person who leaves, or has left."""
    return await operations.read(services, access, person_id)


@router.post("/people/{person_id}/leave", responses=error_responses(401, 403, 404, 409, 413, 415, 422, 503))
async def start_leave(person_id: PersonId, body: LeaveIn, access: LeaveStartAccess, services: ServicesDep) -> LeaveView:
    """Start the checklist of a person who leaves, or change the last day. A person has only one."""
    return await operations.start(services, access, person_id, body)


@router.post("/people/{person_id}/leave/choices", responses=error_responses(401, 403, 404, 409, 413, 415, 422, 503))
async def choose(
    person_id: PersonId, body: LeaveChoicesIn, access: LeaveChooseAccess, services: ServicesDep
) -> LeaveView:
    """Say what becomes of lines and devices. Those that aren't named stay as they are."""
    return await operations.choose(services, access, person_id, body)


@router.post("/people/{person_id}/leave/cancel", responses=error_responses(401, 403, 404, 409, 413, 415, 503))
async def cancel_leave(person_id: PersonId, access: LeaveCancelAccess, services: ServicesDep) -> LeaveView:
    """The person stays. What hasn't been sent to a carrier is undone."""
    return await operations.cancel(services, access, person_id)
