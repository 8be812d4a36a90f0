from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.audit.operations import list_entries
from api.audit.schemas import AuditEntry, AuditQuery
from api.deps import Access, Needs, ServicesDep
from api.http.paging import CursorPage
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", responses=error_responses(401, 403, 422, 503))
async def get_audit(
    query: Annotated[AuditQuery, Query()],
    access: Annotated[Access, Depends(Needs(Right.AUDIT_READ))],
    services: ServicesDep,
) -> CursorPage[AuditEntry]:
    """The audit log of sign-ins, changes of access and readings of payloads, newest first."""
    return await list_entries(services, access, query)
