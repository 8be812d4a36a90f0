"""The middleware around all others: request ID, security headers, metrics, one log line, and a response to every bug.

It also ends requests whose body takes too long.
"""

import asyncio
import re
import time
from collections.abc import Mapping

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import problems
from api.http.error_handlers import unexpected
from models.db.session import new_id
from runtime.metrics import REQUEST_SECONDS, REQUESTS_IN_PROGRESS

log = structlog.get_logger("api.access")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
# Sent if browsers reach the site by https: for a year they use nothing else.
HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
# From the first byte of a request to the last one of its body.
BODY_SECONDS = 30.0
CONTENT_TOO_LARGE = 413
CLIENT_LEFT = 499  # in logs and metrics only, as nginx counts it
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestMiddleware:
    """Wraps the whole application; a route that sets one of the headers itself keeps its value."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = HEADERS | (HTTPS_HEADERS if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _RequestContext(scope, receive, send, self._headers).run(self._app)


class _RequestContext:
    def __init__(self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]) -> None:
        self._scope, self._receive, self._send = scope, _with_time_limit(receive), send
        self._headers = headers
        self._status = 0
        self._replaced = False
        requested = Request(scope).headers.get("x-request-id", "")
        self._id = requested if _REQUEST_ID.fullmatch(requested) else new_id()
        scope.setdefault("state", {})["request_id"] = self._id

    async def run(self, app: ASGIApp) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self._id)
        started = time.perf_counter()
        try:
            with REQUESTS_IN_PROGRESS.track_inprogress():
                await app(self._scope, self._receive, self._forward)
        except asyncio.CancelledError:
            self._status = self._status or CLIENT_LEFT
            raise
        except Exception as error:  # noqa: BLE001 - nothing outside handles it
            response = unexpected(Request(self._scope), error)
            if not self._status:
                await response(self._scope, self._receive, self._forward)
        finally:
            self._measure(time.perf_counter() - started)
            structlog.contextvars.clear_contextvars()

    async def _forward(self, message: Message) -> None:
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            if _too_large(message):
                # A problem document instead of the framework's plain-text error.
                problem = problems.of_status(message["status"], Request(self._scope))
                await problem(self._scope, self._receive, self._forward)
                self._replaced = True
                return
            self._status = message["status"]
            message["headers"] = self._with_headers(message["headers"])
        await self._send(message)

    def _with_headers(self, raw: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        headers = MutableHeaders(raw=list(raw))
        headers["X-Request-ID"] = self._id
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        return headers.raw

    def _measure(self, seconds: float) -> None:
        method = self._scope["method"] if self._scope["method"] in METHODS else "other"
        REQUEST_SECONDS.labels(method, _template(self._scope), f"{self._status // 100}xx").observe(seconds)
        self._log(seconds)

    def _log(self, seconds: float) -> None:
        """Logs the endpoint's name, never the URL: it may hold a secret."""
        log.info(
            "request",
            method=self._scope["method"],
            endpoint=getattr(self._scope.get("endpoint"), "__name__", None),
            status=self._status,
            ms=round(seconds * 1000, 1),
        )


def _with_time_limit(receive: Receive) -> Receive:
    """Raises HTTPException (408) unless the whole body arrives in time; a disconnect may come at any time."""
    deadline, complete = time.monotonic() + BODY_SECONDS, False

    async def receive_in_time() -> Message:
        nonlocal complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers={"Connection": "close"}) from None
        complete = not message.get("more_body", False)
        return message

    return receive_in_time


def _template(scope: Scope) -> str:
    """The path template of the route; every URL without a route counts as `none`."""
    # FastAPI keeps the full path of a route inside a router here; `route` has only its own part.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path", None) or "none"


def _too_large(message: Message) -> bool:
    """Whether the framework itself rejected the body, and not one of our handlers."""
    media_type = MutableHeaders(raw=list(message["headers"])).get("content-type", "")
    return message["status"] == CONTENT_TOO_LARGE and not media_type.startswith(problems.MEDIA_TYPE)
