"""What keeps strangers out of approval pages: visits by cookie, nonces in forms, origins, and patience with none."""

import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import Request, Response

from api.deps import Services
from models.errors import LinkNotValid, NotAuthorized
from notifications.links import Purpose

COOKIE = "dialtone_visit"
VISIT_SECONDS = 3600


def begin_visit(answer: Response, services: Services, *, link_id: str, approval_id: str) -> None:
    """Exchange the signed link for a short cookie that only this approval's page gets."""
    answer.set_cookie(
        COOKIE,
        services.signer.grant(Purpose.VISIT, link_id),
        max_age=VISIT_SECONDS,
        path=f"/approvals/{approval_id}",
        httponly=True,
        samesite="lax",
        secure=services.public_url.startswith("https:"),
    )


def visiting(request: Request, services: Services) -> str:
    """The link id of the visit this request belongs to. Raises LinkNotValid where there is none."""
    return services.signer.granted(Purpose.VISIT, request.cookies.get(COOKIE, ""), seconds=VISIT_SECONDS)


def require_own_form(request: Request, services: Services, *, link_id: str, nonce: str) -> None:
    """Raise NotAuthorized unless the form came from our page for this very link."""
    try:
        of_form = services.signer.granted(Purpose.FORM, nonce, seconds=VISIT_SECONDS)
    except LinkNotValid:
        of_form = ""
    if of_form != link_id or not _same_origin(request, services.public_url):
        raise NotAuthorized("This form was open for too long, or it did not come from Dialtone's page.")


def _same_origin(request: Request, public_url: str) -> bool:
    """What browsers say about where a form comes from; one that says nothing is not believed."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    ours = urlsplit(public_url)
    return request.headers.get("origin", "") == f"{ours.scheme}://{ours.netloc}"


class BadLinkLimiter:
    """Counts links that do not work, per address, over a while; a link that works is never held up.

    It keeps the latest addresses in the memory of this process: enough against guessing, which the signature's
    256 bits defeat anyway.
    """

    def __init__(
        self,
        *,
        most: int = 20,
        seconds: float = 600,
        addresses: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._addresses = addresses
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def too_many(self, address: str) -> bool:
        """Count one more from this address; True when it has had its share."""
        now = self._clock()
        since, count = self._seen.pop(address, (now, 0))
        if now - since > self._seconds:
            since, count = now, 0
        self._seen[address] = (since, count + 1)
        if len(self._seen) > self._addresses:
            self._seen.popitem(last=False)
        return count >= self._most
