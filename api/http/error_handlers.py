"""Where every error becomes an answer; nothing of an unexpected error's text leaves the house."""

import math
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from api.http import problems
from api.http.redirects import way_back, with_next
from models.db.failures import UNAVAILABLE, DBAPIError, is_unavailable, is_unstorable
from models.errors import (
    CarrierUnavailable,
    FieldError,
    InvalidRequest,
    NotSignedIn,
    OrderError,
    StepUpRequired,
    TooManyAttempts,
)

RETRY_AFTER_SECONDS = 5
# Where a browser proves what a page lacks; programs are told in a problem document.
_PROVING = {NotSignedIn: "/sign-in", StepUpRequired: "/step-up"}
log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    """Register a handler for each kind of error."""
    app.add_exception_handler(OrderError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for unreachable in UNAVAILABLE:
        app.add_exception_handler(unreachable, _unavailable)
    app.add_exception_handler(DBAPIError, _database)


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to a defect: logged with its trace, told without it."""
    log.error("unexpected error", exc_info=error)
    return problems.of_code("INTERNAL_ERROR", 500, "Something went wrong on our side.", request)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, OrderError):
        raise error
    for kind, page in _PROVING.items():
        if isinstance(error, kind) and problems.reads_pages(request):
            return RedirectResponse(with_next(page, way_back(request)), status_code=303)
    return problems.of_error(error, request, _headers(error))


def _headers(error: OrderError) -> dict[str, str]:
    if isinstance(error, NotSignedIn):
        return {"WWW-Authenticate": 'Bearer realm="dialtone"'}
    if isinstance(error, TooManyAttempts):
        return {"Retry-After": str(math.ceil(error.retry_after_seconds))}
    if isinstance(error, CarrierUnavailable):
        return {"Retry-After": str(math.ceil(error.retry_after_seconds or RETRY_AFTER_SECONDS))}
    return {}


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [_field_error(one) for one in error.errors()]
    detail = errors[0].detail if len(errors) == 1 else f"{len(errors)} fields are not as they should be."
    return problems.of_error(InvalidRequest(detail, field=errors[0].field, errors=errors), request)


def _field_error(error: dict[str, Any]) -> FieldError:
    """What pydantic found, without repeating what was sent: it may hold a secret."""
    place = [str(part) for part in error["loc"] if part not in {"body", "query", "path", "header"}]
    return FieldError(code=str(error["type"]).upper(), field=".".join(place) or None, detail=str(error["msg"]))


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problems.of_status(error.status_code, request, error.headers)


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("database not reachable", error=repr(error))
    detail = "The database cannot be reached just now; please try again in a moment."
    return problems.of_code("DATABASE_UNAVAILABLE", 503, detail, request, {"Retry-After": str(RETRY_AFTER_SECONDS)})


async def _database(request: Request, error: Exception) -> Response:
    if is_unavailable(error):
        return await _unavailable(request, error)
    if is_unstorable(error):
        return problems.of_error(InvalidRequest("Text may not contain NUL characters."), request)
    return unexpected(request, error)
