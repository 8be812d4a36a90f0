"""The outermost layer: a request id, security headers, one log line, and an answer even to a defect."""

import re
import time

import structlog
from starlette.datastructures import MutableHeaders
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
CONTENT_TOO_LARGE = 413
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestMiddleware:
    """Wraps the whole application; a route may set any of the headers itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request; websockets and the lifespan pass untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _RequestContext(scope, send).run(self._app, receive)


class _RequestContext:
    """One request and its answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._status = 0
        self._replaced = False
        given = Request(scope).headers.get("x-request-id", "")
        self._id = given if _GIVEN_ID.fullmatch(given) else new_id()
        scope.setdefault("state", {})["request_id"] = self._id

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self._id)
        began = time.perf_counter()
        try:
            with REQUESTS_IN_PROGRESS.track_inprogress():
                await app(self._scope, receive, self._forward)
        except Exception as error:  # noqa: BLE001 - the last one who can answer
            answer = unexpected(Request(self._scope), error)
            if not self._status:
                await answer(self._scope, receive, self._forward)
        finally:
            self._measure(time.perf_counter() - began)
            structlog.contextvars.clear_contextvars()

    async def _forward(self, message: Message) -> None:
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            if _too_large(message):
                self._replaced = True
                await self._replace(message["status"])
                return
            self._status = message["status"]
            message["headers"] = self._dressed(message["headers"])
        await self._send(message)

    def _dressed(self, raw: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The headers with ours, where the route has not set its own."""
        headers = MutableHeaders(raw=list(raw))
        headers["X-Request-ID"] = self._id
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        return headers.raw

    async def _replace(self, status: int) -> None:
        """Answer with a problem where the framework refused in plain words."""
        answer = problems.of_status(status, Request(self._scope))
        self._status = status
        await self._send(
            {"type": "http.response.start", "status": status, "headers": self._dressed(answer.raw_headers)}
        )
        await self._send({"type": "http.response.body", "body": answer.body})

    def _measure(self, seconds: float) -> None:
        method = self._scope["method"] if self._scope["method"] in METHODS else "other"
        REQUEST_SECONDS.labels(method, _template(self._scope), f"{self._status // 100}xx").observe(seconds)
        self._log(seconds)

    def _log(self, seconds: float) -> None:
        """The function that answered, never the address asked for: that may carry a secret."""
        log.info(
            "request",
            method=self._scope["method"],
            endpoint=getattr(self._scope.get("endpoint"), "__name__", None),
            status=self._status,
            ms=round(seconds * 1000, 1),
        )


def _template(scope: Scope) -> str:
    """The route that answered, as it is written down: what nobody answers for is all the same one."""
    # FastAPI keeps the whole path of a route in a router here; `route` knows its own part only.
    whole = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(whole, "path", None) or "none"


def _too_large(message: Message) -> bool:
    """Whether this is the framework's own refusal of a body, not one of our problems."""
    kind = MutableHeaders(raw=list(message["headers"])).get("content-type", "")
    return message["status"] == CONTENT_TOO_LARGE and not kind.startswith(problems.MEDIA_TYPE)
