"""What a refusal looks like on the wire: RFC 9457 problem details with a stable code."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.http.templating import render
from models.errors import FieldError, OrderError
from runtime.metrics import PROBLEMS

MEDIA_TYPE = "application/problem+json"
# Python's name of this status changes with its version; codes are for ever.
_RENAMED = {413: "CONTENT_TOO_LARGE"}


class ProblemField(BaseModel):
    """One thing wrong with one answer; `field` is a dotted path into the request."""

    code: str = Field(examples=["NOT_IN_CATALOG"])
    field: str | None = Field(default=None, examples=["items.0.device"])
    detail: str = Field(examples=["This device is not in your catalog."])


class ProblemDetails(BaseModel):
    """Why a request was refused. Programs read `code`; `title` and `detail` are for people."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:dialtone:problem:illegal-transition",
                "title": "Illegal transition",
                "status": 409,
                "detail": "Cannot activate while the order is AWAITING_APPROVAL.",
                "code": "ILLEGAL_TRANSITION",
                "instance": "/api/v1/orders/D7K-4F2/activate",
                "request_id": "01KB0Z3V9T6Y4W8M2N5Q7R1S3X",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    errors: list[ProblemField] | None = None
    facts: dict[str, str] | None = None
    instance: str
    request_id: str


def of_error(error: OrderError, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    """The answer for a domain refusal."""
    problem = _problem(error.code, error.status, error.detail, request)
    named = problem.model_copy(
        update={
            "field": error.field,
            "errors": [_field(one) for one in error.errors] or None,
            "facts": error.facts or None,
        }
    )
    return _answer(named, request, headers)


def of_status(status: int, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    """The answer for what HTTP itself refuses (405, 413, 415, …): the code is the status' name."""
    name = HTTPStatus(status)
    code = _RENAMED.get(status, name.name)
    return _answer(_problem(code, status, f"{name.description or name.phrase}.", request), request, headers)


def of_code(
    code: str, status: int, detail: str, request: Request, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer for anything else, by its parts."""
    return _answer(_problem(code, status, detail, request), request, headers)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route in OpenAPI: these statuses answer with a problem."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def _problem(code: str, status: int, detail: str, request: Request) -> ProblemDetails:
    return ProblemDetails(
        type=f"urn:dialtone:problem:{code.lower().replace('_', '-')}",
        title=re.sub(r"_", " ", code).capitalize(),
        status=status,
        detail=detail,
        code=code,
        instance=request.url.path,
        request_id=getattr(request.state, "request_id", ""),
    )


def _field(error: FieldError) -> ProblemField:
    return ProblemField(code=error.code, field=error.field, detail=error.detail)


def _answer(problem: ProblemDetails, request: Request, headers: Mapping[str, str] | None) -> Response:
    PROBLEMS.labels(problem.code).inc()
    if reads_pages(request):
        page = render(request, "http/problem.html", {"problem": problem}, status_code=problem.status)
        page.headers.update(headers or {})
        return page
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def reads_pages(request: Request) -> bool:
    """Whether a browser asks for a page: the contract's own paths always answer with problem documents."""
    wants_html = "text/html" in request.headers.get("accept", "")
    return wants_html and not request.url.path.startswith(("/api/", "/carriers/", "/codec/"))
