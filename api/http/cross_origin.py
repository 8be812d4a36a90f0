"""Cross-origin rules: block cross-site writes, and let the Temporal UI read the codec's responses."""

from asgi_cross_origin_protection import CrossOriginProtection
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http import problems

CODEC = "/codec"


class SameOrigin:
    """Rejects writes that another site makes a signed-in browser send; clients without a browser pass."""

    def __init__(self, app: ASGIApp) -> None:
        # The codec changes nothing, and the Temporal UI that calls it is served from another port.
        self._protected = CrossOriginProtection(app, exempt_paths=(CODEC,), deny_app=_reject)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._protected(scope, receive, send)


class CodecCors:
    """Lets pages of one origin, the Temporal UI's, read codec responses with the user's cookies."""

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
        is_codec = scope["type"] == "http" and scope["path"].startswith(f"{CODEC}/")
        await (self._codec if is_codec else self._app)(scope, receive, send)


async def _reject(scope: Scope, receive: Receive, send: Send) -> None:
    detail = "This request came from another site. Go to Dialtone and try again from there."
    await problems.of_code("CROSS_ORIGIN", 403, detail, Request(scope))(scope, receive, send)
