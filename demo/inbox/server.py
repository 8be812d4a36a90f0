"""The inbox as a program: SMTP on one port, pages on another."""

from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from demo.inbox import api, pages
from demo.inbox.authenticator import Authenticator, read_people
from demo.inbox.mailbox import Mailbox
from demo.inbox.smtp import smtp_server
from demo.sockets import bind


def create_app(mailbox: Mailbox, authenticators: tuple[Authenticator, ...] = ()) -> FastAPI:
    app = FastAPI(title="Dialtone inbox", docs_url=None, redoc_url=None)
    app.state.mailbox = mailbox
    app.state.authenticators = authenticators
    # A website whose name resolves to 127.0.0.1 must not be able to read the emails.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app.mount("/static", StaticFiles(packages=[("demo.inbox", "static")]))
    app.include_router(pages.router)
    app.include_router(api.router)
    return app


async def serve(smtp_port: int, http_port: int, data_dir: Path, people: Path | None = None) -> None:
    """Run the inbox on 127.0.0.1 until SIGINT or SIGTERM.

    Raises:
        StartFailed: one of the ports is in use.
    """
    mailbox = Mailbox(data_dir)
    config = uvicorn.Config(create_app(mailbox, read_people(people)), log_level="warning", timeout_graceful_shutdown=1)
    with bind(http_port, "the inbox page") as listener:
        async with smtp_server(mailbox, smtp_port):
            await uvicorn.Server(config).serve(sockets=[listener])
