"""Runs the API until it is asked to stop: event streams end at once, other requests are answered first."""

import asyncio
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from runtime.garbage_collection import skip_loaded

SHUTDOWN_GRACE_SECONDS = 5
# From the connection, or the first byte of a later request, to the end of the request's headers. The middleware limits
# the body.
HEADER_SECONDS = 15.0
MAX_HEADER_BYTES = 64 * 1024


class LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose next request doesn't have all its headers in time, or has too many of them.

    uvicorn limits only the time of idle connections, and would let headers after the body replace those before it.
    """

    _deadline: asyncio.TimerHandle | None = None
    _headers_complete = False
    _beside_body = 0  # bytes of the request that aren't its body: headers, before and after it, and sizes of chunks

    # asyncio's stub says BaseTransport; uvicorn narrows it, because a server's connections can be written to.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        self._beside_body += len(data)
        super().data_received(data)
        answering = self.cycle is not None and not self.cycle.response_complete
        if self._beside_body > MAX_HEADER_BYTES:
            self._refuse_headers(answering=answering)
        elif answering:
            self._stop()
        else:
            self._expect_headers()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._headers_complete:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._headers_complete = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._headers_complete, self._beside_body = False, 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _refuse_headers(self, *, answering: bool) -> None:
        """A connection on which an earlier request is being answered is closed without a word."""
        if answering:
            self.transport.close()
        elif not self.transport.is_closing():
            self.send_400_response("The headers of the request are too long.")

    def _expect_headers(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class ApiServer(uvicorn.Server):
    """Sets `app.state.stopping` on the first signal, so that endless responses end."""

    def __init__(self, application: FastAPI, *, host: str, port: int) -> None:
        self._stopping = application.state.stopping = asyncio.Event()
        super().__init__(
            uvicorn.Config(
                application,
                host=host,
                port=port,
                http=LimitedProtocol,
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=SHUTDOWN_GRACE_SECONDS,
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Shut down gracefully on the first signal, at once on the second."""
        self._stopping.set()
        super().handle_exit(sig, frame)
        # uvicorn would raise the signal again at the end, and a graceful shutdown would look like a crash.
        self._captured_signals.clear()


async def serve(host: str, port: int) -> None:
    """Serve the application of the environment until SIGINT or SIGTERM."""
    from api.app import app

    server = ApiServer(app(), host=host, port=port)
    skip_loaded()
    await server.serve()
