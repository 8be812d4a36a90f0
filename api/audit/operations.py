from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.deps import Access, Services
from api.http.paging import Cursor, CursorPage, Limit, cut_page, decode_cursor
from api.http.schemas import RequestModel, ResponseModel
from models.audit import AuditAction
from models.db.audit import audit_log


class AuditQuery(RequestModel):
    person: Annotated[str | None, Field(max_length=26, description="Only what was done to this person.")] = None
    action: Annotated[AuditAction | None, Field(description="Only this action.")] = None
    limit: Limit = 50
    cursor: Cursor = None


class AuditEntry(ResponseModel):
    """One action: by whom (`actor`) and to whom (`subject`), from which address."""

    id: str
    at: datetime
    action: str
    actor_id: str | None
    actor_name: str
    subject_id: str | None
    subject_name: str
    channel: str
    address: str
    detail: dict[str, Any]


async def list_entries(services: Services, access: Access, query: AuditQuery) -> CursorPage[AuditEntry]:
    async with services.database.transaction() as session:
        rows = await audit_log.page(
            session,
            access.person.tenant,
            subject=query.person,
            action=query.action,
            before=decode_cursor(query.cursor),
            limit=query.limit + 1,
        )
    return cut_page([AuditEntry.model_validate(row) for row in rows], query.limit)
