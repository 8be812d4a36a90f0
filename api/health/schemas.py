from typing import Any

from api.http.schemas import ResponseModel


class Readiness(ResponseModel):
    """`ready` if orders can be accepted, which requires PostgreSQL with the newest schema and nothing else."""

    ready: bool
    database: str
    schema_version: str | None
    temporal: str
    relay: dict[str, Any]
    endpoints: dict[str, str]
