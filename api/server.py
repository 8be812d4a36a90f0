"""Runs the API until it is asked to stop: event streams end at once, other requests are answered first."""

import asyncio
from types import FrameType

import uvicorn
from fastapi import FastAPI

SHUTDOWN_GRACE_SECONDS = 5


class ApiServer(uvicorn.Server):
    """Sets `app.state.stopping` on the first signal, so that endless responses end."""

    def __init__(self, application: FastAPI, *, host: str, port: int) -> None:
        self._stopping = application.state.stopping = asyncio.Event()
        super().__init__(
            uvicorn.Config(
                application,
                host=host,
                port=port,
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
