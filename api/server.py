"""Runs the API until it is asked to stop: event streams end at once, other requests are answered first."""

import asyncio
from types import FrameType

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

SHUTDOWN_GRACE_SECONDS = 5
# From the connection, or the first byte of a later request, to the end of the request's headers. The middleware limits
# the body.
HEADER_SECONDS = 15.0


class TimedProtocol(H11Protocol):
    """Closes connections whose next request doesn't have all its headers in time. uvicorn limits only idle ones."""

    _deadline: asyncio.TimerHandle | None = None

    # asyncio's stub says BaseTransport; uvicorn narrows it, because a server's connections can be written to.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._expect_headers()
        else:
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

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
                http=TimedProtocol,
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

    await ApiServer(app(), host=host, port=port).serve()
