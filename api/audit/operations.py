from api.audit.schemas import AuditEntry, AuditQuery
from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from models.db.audit import audit_log


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
