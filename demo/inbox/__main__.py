"""Runs the inbox by itself: `python -m demo.inbox`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from demo.inbox.server import HTTP_PORT, SMTP_PORT, serve
from demo.start_errors import StartFailed


def main(
    smtp_port: Annotated[int, typer.Option(help="Where mail is taken.")] = SMTP_PORT,
    http_port: Annotated[int, typer.Option(help="Where the page is.")] = HTTP_PORT,
    data: Annotated[Path, typer.Option(help="Where mails are kept.")] = Path(".data/inbox"),
    people: Annotated[Path | None, typer.Option(help="Whose codes the authenticator shows, as JSON.")] = None,
) -> None:
    """Take all mail sent to 127.0.0.1 and show it on a page."""
    try:
        asyncio.run(serve(smtp_port, http_port, data, people))
    except StartFailed as failed:
        raise SystemExit(str(failed)) from failed


typer.run(main)
