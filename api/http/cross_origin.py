"""What stands before the routes: who may send from another origin, and what the Temporal UI may read."""

from asgi_cross_origin_protection import CrossOriginProtection
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http import problems

CODEC = "/codec"


class SameOrigin:
    """Refuses what other sites make a signed-in browser send; programs without a browser pass."""

    def __init__(self, app: ASGIApp) -> None:
        # The codec changes nothing, and the Temporal UI that calls it lives on another port.
        self._protected = CrossOriginProtection(app, exempt_paths=(CODEC,), deny_app=_refuse)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through or refuse it."""
        await self._protected(scope, receive, send)


class CodecCors:
    """Lets pages of one origin, the Temporal UI's, read the codec's answers, with the cookies of its user."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._codec = CORSMiddleware(
            app,
            allow_origins=[origin.rstrip("/")],
            allow_methods=["POST"],
            allow_headers=["Content-Type", "X-Namespace", "Authorization"],
            allow_credentials=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to answers of the codec alone."""
        codec = scope["type"] == "http" and scope["path"].startswith(f"{CODEC}/")
        await (self._codec if codec else self._app)(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = "This request came from another site."
    await problems.of_code("CROSS_ORIGIN", 403, detail, Request(scope))(scope, receive, send)
