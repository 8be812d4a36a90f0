"""Protects the approval pages: a short session by cookie, form nonces and same-origin checks."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from api.auth.credentials import set_cookie
from api.deps import Services
from models.errors import LinkNotValid, NotAuthorized
from notifications.links import Purpose

COOKIE = "dialtone_approval_link"
SESSION_SECONDS = 3600


def set_link_cookie(response: Response, services: Services, *, link_id: str, path: str) -> None:
    """Exchange the signed link for a short-lived cookie that only this page gets."""
    token = services.signer.sign_token(Purpose.LINK_SESSION, link_id)
    set_cookie(response, COOKIE, token, public_url=services.public_url, path=path, max_age=SESSION_SECONDS)


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
