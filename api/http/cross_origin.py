"""Cross-origin rules: block cross-site writes, and let the Temporal UI call the codec."""

from asgi_cross_origin_protection import CrossOriginProtection
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http import problems


class SameOrigin:
    """Rejects writes that another site makes a signed-in browser send; clients without a browser pass."""

    def __init__(self, app: ASGIApp, temporal_ui: str) -> None:
        self._protected = CrossOriginProtection(app, deny_app=_reject)
        self._codec = CrossOriginProtection(app, allowed_origins=(temporal_ui,), deny_app=_reject)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._codec if _is_codec(scope) else self._protected)(scope, receive, send)


class CodecCors:
    """Lets pages of the Temporal UI's origin send the user's cookies to the codec, and read its responses."""

    def __init__(self, app: ASGIApp, temporal_ui: str) -> None:
        self._app = app
        self._codec = CORSMiddleware(
            app,
            allow_origins=[temporal_ui],
            allow_methods=["POST"],
            allow_headers=["Content-Type", "X-Namespace"],
            allow_credentials=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._codec if _is_codec(scope) else self._app)(scope, receive, send)


def _is_codec(scope: Scope) -> bool:
    return scope["type"] == "http" and str(scope["path"]).startswith("/codec/")


async def _reject(scope: Scope, receive: Receive, send: Send) -> None:
    detail = "This request came from another site. Go to Dialtone and try again from there."
    await problems.of_code("CROSS_ORIGIN", 403, detail, Request(scope))(scope, receive, send)
