"""The record of what was done about people's access."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.audit import operations
from api.deps import Access, Needs, ServicesDep
from api.http.paging import Page
from api.http.problems import documented
from policies.access import Right

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", responses=documented(401, 403, 422, 503))
async def get_audit(
    query: Annotated[operations.AuditQuery, Query()],
    access: Annotated[Access, Depends(Needs(Right.AUDIT_READ))],
    services: ServicesDep,
) -> Page[operations.AuditEntry]:
    """Who gave access, signed in, reset or revoked what: newest first, never rewritten."""
    return await operations.list_entries(services, access, query)
