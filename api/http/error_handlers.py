"""Turns every exception into a response; the text of an unexpected one never reaches the client."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from api.http import problems
from api.http.redirects import return_path, with_next
from api.http.validation import field_errors
from models.errors import (
    CarrierUnavailable,
    DatabaseUnavailable,
    InvalidRequest,
    NotSignedIn,
    PublicError,
    QueryTimeout,
    StepUpRequired,
    TooManyAttempts,
)

RETRY_AFTER_SECONDS = 5
_RETRY_LATER: Mapping[str, str] = MappingProxyType({"Retry-After": str(RETRY_AFTER_SECONDS)})
# The page that gives a browser what it lacks; API clients get a problem document instead.
_SIGN_IN_PAGES: Mapping[type[PublicError], str] = MappingProxyType(
    {NotSignedIn: "/sign-in", StepUpRequired: "/step-up"}
)
log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    app.exception_handler(PublicError)(_public_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(DatabaseUnavailable)(_database_unavailable)
    app.exception_handler(QueryTimeout)(_query_timeout)


def unexpected(request: Request, error: Exception) -> Response:
    """The response to a bug: logged with its traceback, answered without details."""
    log.error("unexpected_error", exc_info=error)
    detail = "Something went wrong on our side. Try again, and contact support if it keeps happening."
    return problems.of_code("INTERNAL_ERROR", 500, detail, request)


async def _public_error(request: Request, error: PublicError) -> Response:
    page = next((page for kind, page in _SIGN_IN_PAGES.items() if isinstance(error, kind)), None)
    if page and problems.reads_pages(request):
        return RedirectResponse(with_next(page, return_path(request)), status_code=303)
    return problems.of_error(error, request, _headers(error))


def _headers(error: PublicError) -> dict[str, str]:
    if isinstance(error, NotSignedIn):
        return {"WWW-Authenticate": 'Bearer realm="dialtone"'}
    if isinstance(error, TooManyAttempts | CarrierUnavailable):
        return {"Retry-After": str(math.ceil(error.retry_after_seconds or RETRY_AFTER_SECONDS))}
    return {}


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    errors = field_errors(error.errors())
    detail = errors[0].detail if len(errors) == 1 else f"{len(errors)} fields are invalid. Fix them and try again."
    return problems.of_error(InvalidRequest(detail, field=errors[0].field, errors=errors), request)


async def _http_error(request: Request, error: HTTPException) -> Response:
    return problems.of_status(error.status_code, request, error.headers)


async def _database_unavailable(request: Request, error: DatabaseUnavailable) -> Response:
    log.warning("database_unavailable", error=repr(error.__cause__))
    detail = "Dialtone can't reach its database right now. Try again in a moment."
    return problems.of_code("DATABASE_UNAVAILABLE", 503, detail, request, _RETRY_LATER)


async def _query_timeout(request: Request, error: QueryTimeout) -> Response:
    log.warning("query_timeout", error=repr(error.__cause__))
    detail = "This took too long and was stopped. Try again in a moment."
    return problems.of_code("QUERY_TIMEOUT", 503, detail, request, _RETRY_LATER)
