"""Redirect targets; only ever a page of this site."""

import re
from urllib.parse import quote, urlsplit

from fastapi import Request

HOME = "/"
_MAX_LENGTH = 500
# A path that starts with exactly one slash (browsers read a backslash as one too) and is printable.
_LOCAL = re.compile(r"/(?![/\\])[\x21-\x7e]*")


def safe_path(path: str) -> str:
    """The path if it is on this site, else the home page."""
    return path if len(path) <= _MAX_LENGTH and _LOCAL.fullmatch(path) else HOME


def return_path(request: Request) -> str:
    """Where to return to after signing in: the requested page, or the page whose form was submitted."""
    if request.method in {"GET", "HEAD"}:
        query = f"?{request.url.query}" if request.url.query else ""
        return safe_path(request.url.path + query)
    referer = urlsplit(request.headers.get("referer", ""))
    return safe_path(referer.path) if referer.netloc == request.url.netloc else HOME


def with_next(page: str, path: str) -> str:
    """The URL of a page that continues to `path`."""
    return page if path == HOME else f"{page}?next={quote(path, safe='/')}"
