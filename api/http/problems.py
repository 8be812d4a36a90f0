"""Error responses: RFC 9457 problem details with a stable code, or a page for browsers."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.http.templating import render
from models.errors import PublicError
from runtime.metrics import PROBLEMS

MEDIA_TYPE = "application/problem+json"
# Python renamed this status between versions; our codes don't change.
_STABLE_CODES = {413: "CONTENT_TOO_LARGE"}
_DETAILS: Mapping[int, str] = MappingProxyType(
    {
        404: "Page not found.",
        405: "This address doesn't support that method.",
        408: "The request took too long to arrive. Send it again.",
        413: "The request is too large.",
        415: "Send the request body as application/json.",
    }
)


def _facts(pairs: Any) -> dict[str, str] | None:
    return dict(pairs) or None if pairs is not None else None


class ProblemField(BaseModel):
    """One invalid field; `field` is a dotted path into the request."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(examples=["NOT_IN_CATALOG"])
    field: str | None = Field(default=None, examples=["items.0.device"])
    detail: str = Field(examples=["This device isn't in your catalog."])
    facts: Annotated[dict[str, str] | None, BeforeValidator(_facts)] = Field(
        default=None, description="Values that the sentence names, such as amounts.", examples=[{"etf": "120.00"}]
    )


class ProblemDetails(BaseModel):
    """Why a request failed. Programs read `code`; `title` and `detail` are for people."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:dialtone:problem:action-not-allowed",
                "title": "Action not allowed",
                "status": 409,
                "detail": "You can activate once the order is approved and delivered.",
                "code": "ACTION_NOT_ALLOWED",
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


def of_error(error: PublicError, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    """The response to a domain error."""
    details = {
        "field": error.field,
        "errors": [ProblemField.model_validate(one) for one in error.errors] or None,
        "facts": error.facts or None,
    }
    return of_code(error.code, error.status, error.detail, request, headers, **details)


def of_status(status: int, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    """The response to an HTTP error (404, 405, 413, 415, …); the code is the status name."""
    code = _STABLE_CODES.get(status, HTTPStatus(status).name)
    return of_code(code, status, _DETAILS.get(status, "This request isn't valid."), request, headers)


def of_code(
    code: str,
    status: int,
    detail: str,
    request: Request,
    headers: Mapping[str, str] | None = None,
    **details: Any,
) -> Response:
    PROBLEMS.labels(code).inc()
    problem = ProblemDetails(
        type=f"urn:dialtone:problem:{code.lower().replace('_', '-')}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        instance=request.url.path,
        request_id=getattr(request.state, "request_id", ""),
        **details,
    )
    if reads_pages(request):
        page = render(request, "http/problem.html", {"problem": problem}, status_code=status)
        page.headers.update(headers or {})
        return page
    return JSONResponse(
        problem.model_dump(exclude_none=True), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route that can fail with these statuses."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def reads_pages(request: Request) -> bool:
    """Whether to answer with a page: the client accepts HTML, and the path isn't part of an API."""
    wants_html = "text/html" in request.headers.get("accept", "")
    return wants_html and not request.url.path.startswith(("/api/", "/carriers/", "/codec/"))
