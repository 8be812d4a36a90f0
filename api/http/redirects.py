"""Where a browser goes on to; only ever to a page of ours."""

import re
from urllib.parse import quote, urlsplit

from fastapi import Request

HOME = "/"
_LONGEST = 500
# One slash and then no other, nor what browsers take for one, and nothing unprintable.
_LOCAL = re.compile(r"/(?![/\\])[\x21-\x7e]*")


def local(path: str) -> str:
    """The path, where it is one of this site; the start page for everything else."""
    return path if len(path) <= _LONGEST and _LOCAL.fullmatch(path) else HOME


def way_back(request: Request) -> str:
    """Where somebody who has to prove something first wants to be: at this page, or at the one whose form they sent."""
    if request.method in {"GET", "HEAD"}:
        query = f"?{request.url.query}" if request.url.query else ""
        return local(request.url.path + query)
    came_from = urlsplit(request.headers.get("referer", ""))
    return local(came_from.path) if came_from.netloc == request.url.netloc else HOME


def with_next(page: str, path: str) -> str:
    """The address of a page that leads on to a path."""
    return page if path == HOME else f"{page}?next={quote(path, safe='/')}"
