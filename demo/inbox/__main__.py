"""The command line of the inbox."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from demo.inbox.server import serve
from demo.start_errors import StartFailed


def main(
    smtp_port: Annotated[int, typer.Option(help="Port that accepts email.")] = 1025,
    http_port: Annotated[int, typer.Option(help="Port of the page.")] = 8025,
    data: Annotated[Path, typer.Option(help="Folder to keep emails in.")] = Path(".data/inbox"),
    people: Annotated[Path | None, typer.Option(help="JSON file with the people to show sign-in codes for.")] = None,
) -> None:
    """Accept all email sent to 127.0.0.1 and show it on a page."""
    try:
        asyncio.run(serve(smtp_port, http_port, data, people))
    except StartFailed as failed:
        raise SystemExit(str(failed)) from failed


typer.run(main)
