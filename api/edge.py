"""The outermost layer: a request id, security headers, one log line, and an answer even to a defect."""

import re
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.errors import unexpected
from models.db.session import new_id

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
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Edge:
    """Wraps the whole application; a route may set any of the headers itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request; websockets and the lifespan pass untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Exchange(scope, send).run(self._app, receive)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._status = 0
        self._replaced = False
        given = Request(scope).headers.get("x-request-id", "")
        self._id = given if _GIVEN_ID.fullmatch(given) else new_id()
        scope.setdefault("state", {})["request_id"] = self._id

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        structlog.contextvars.bind_contextvars(request_id=self._id)
        began = time.perf_counter()
        try:
            await app(self._scope, receive, self._forward)
        except Exception as error:  # noqa: BLE001 - the last one who can answer
            answer = unexpected(Request(self._scope), error)
            if not self._status:
                await answer(self._scope, receive, self._forward)
        finally:
            self._log(time.perf_counter() - began)
            structlog.contextvars.unbind_contextvars("request_id")

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

    def _log(self, seconds: float) -> None:
        """The function that answered, never the address asked for: that may carry a secret."""
        log.info(
            "request",
            method=self._scope["method"],
            endpoint=getattr(self._scope.get("endpoint"), "__name__", None),
            status=self._status,
            ms=round(seconds * 1000, 1),
            person=self._scope["state"].get("person_id"),
        )


def _too_large(message: Message) -> bool:
    """Whether this is the framework's own refusal of a body, not one of our problems."""
    kind = MutableHeaders(raw=list(message["headers"])).get("content-type", "")
    return message["status"] == CONTENT_TOO_LARGE and not kind.startswith(problems.MEDIA_TYPE)
