"""Serves the web side till it is told to stop: streams end at once, requests are answered, then all is closed."""

import asyncio
from types import FrameType

import uvicorn
from fastapi import FastAPI

# How long answers in hand may take once we were told to stop.
GRACE_SECONDS = 5


class Server(uvicorn.Server):
    """Tells the application (`app.state.stopping`) as soon as it is told itself, so that endless answers end."""

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
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal asks for an orderly end, the second one for a quick one."""
        self._stopping.set()
        super().handle_exit(sig, frame)
        # uvicorn would raise it again at the end: an orderly end would look like a death.
        self._captured_signals.clear()


async def serve(host: str, port: int) -> None:
    """Serve the application of the environment until SIGINT or SIGTERM."""
    from api.app import app

    await Server(app(), host=host, port=port).serve()
