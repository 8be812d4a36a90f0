from functools import partial
from typing import Any

from api.audit.schemas import AuditEntry, AuditQuery
from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.list_filters import resolve
from models.db.audit import audit_log

_LIST = "audit"


async def list_entries(services: Services, access: Access, query: AuditQuery) -> CursorPage[AuditEntry]:
    before = decode_cursor(query.cursor, _LIST)
    async with services.database.read() as session:
        list_rows = partial(audit_log.page, session, access.person.tenant)

        async def has_row(**one_filter: Any) -> bool:
            return bool(await list_rows(**one_filter, limit=1))

        named = await resolve(session, access, query, has_row)
        rows = await list_rows(**named, action=query.action, before=before, limit=query.limit + 1)
    return cut_page([AuditEntry.model_validate(row) for row in rows], query.limit, _LIST)
