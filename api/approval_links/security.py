"""Protects the approval pages: a short session by cookie, form nonces, same-origin checks, a limit on bad links."""

import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import Request, Response

from api.deps import Services
from models.errors import LinkNotValid, NotAuthorized
from notifications.links import Purpose

COOKIE = "dialtone_approval_link"
SESSION_SECONDS = 3600


def set_session_cookie(response: Response, services: Services, *, link_id: str, path: str) -> None:
    """Exchange the signed link for a short-lived cookie that only this page gets."""
    response.set_cookie(
        COOKIE,
        services.signer.sign_token(Purpose.LINK_SESSION, link_id),
        max_age=SESSION_SECONDS,
        path=path,
        httponly=True,
        samesite="lax",
        secure=services.public_url.startswith("https:"),
    )


def session_link_id(request: Request, services: Services) -> str:
    """The link ID of the session cookie. Raises LinkNotValid without a valid one."""
    return services.signer.read_token(Purpose.LINK_SESSION, request.cookies.get(COOKIE, ""), seconds=SESSION_SECONDS)


def check_form(request: Request, services: Services, *, link_id: str, nonce: str) -> None:
    """Raise NotAuthorized unless the form came from our page for this link."""
    try:
        form_link_id = services.signer.read_token(Purpose.FORM, nonce, seconds=SESSION_SECONDS)
    except LinkNotValid:
        form_link_id = ""
    if form_link_id != link_id or not _is_same_origin(request, services.public_url):
        raise NotAuthorized("The page was open for too long, or the request didn't come from Dialtone.")


def _is_same_origin(request: Request, public_url: str) -> bool:
    """What the browser reports; without a report the request is not trusted."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    ours = urlsplit(public_url)
    return request.headers.get("origin", "") == f"{ours.scheme}://{ours.netloc}"


class BadLinkLimiter:
    """Counts invalid links per client address within a time window; valid links are never limited.

    Counts live in this process and only for the latest addresses. That is enough against guessing, which the 256 bits
    of a signature prevent anyway.
    """

    def __init__(
        self,
        *,
        limit: int = 20,
        seconds: float = 600,
        max_addresses: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._max_addresses = max_addresses
        self._clock = clock
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def over_limit(self, address: str) -> bool:
        """Count one more invalid link; True if this address had reached the limit before."""
        now = self._clock()
        since, count = self._counts.pop(address, (now, 0))
        if now - since > self._seconds:
            since, count = now, 0
        self._counts[address] = (since, count + 1)
        if len(self._counts) > self._max_addresses:
            self._counts.popitem(last=False)
        return count >= self._limit
