from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.http.paging import Cursor, Limit
from api.http.schemas import IdFilter, RequestModel, ResponseModel
from models.audit import AuditAction


class AuditQuery(RequestModel):
    person: IdFilter | None = Field(default=None, description="ID of a person: only what was done to them.")
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
