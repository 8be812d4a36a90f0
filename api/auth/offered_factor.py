"""An authenticator that a page offers, until its first code confirms it.

Its secret is stored nowhere but sealed in a cookie of the browser that it is offered to, so that nobody else sees it,
not even who knows the password too.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from fastapi import Request, Response
from markupsafe import Markup

from api.auth import totp
from api.auth.credentials import set_cookie
from models.db.encryption import KeyPurpose, Keyring

_COOKIE = "dialtone_factor"


def offer(response: Response, keyring: Keyring, holder: str, *, public_url: str, path: str) -> None:
    """Offer a new authenticator to this browser. `holder` is its step token, or the id of its session."""
    sealed = keyring.seal(totp.new_secret().encode(), KeyPurpose.AUTHENTICATORS, bound_to=_bound_to(holder))
    set_cookie(response, _COOKIE, urlsafe_b64encode(sealed).decode(), public_url=public_url, path=path)


def offered_secret(request: Request, keyring: Keyring, holder: str) -> str | None:
    """The secret that was offered to this holder; None without a valid cookie."""
    try:
        sealed = urlsafe_b64decode(request.cookies.get(_COOKIE, ""))
        return keyring.open(sealed, KeyPurpose.AUTHENTICATORS, bound_to=_bound_to(holder)).decode()
    except (binascii.Error, KeyError, InvalidTag, ValueError):
        return None


def withdraw(response: Response, *, path: str) -> None:
    response.delete_cookie(_COOKIE, path=path)


def enrollment(secret: str, user_name: str) -> Mapping[str, Any]:
    """What a page shows of an offered authenticator: its QR code, its URI, and its secret for typing."""
    uri = totp.provisioning_uri(secret, user_name)
    # The SVG consists of squares only.
    return {"qr": Markup(totp.qr_code(uri)), "secret": totp.spaced(secret), "uri": uri}  # noqa: S704


def _bound_to(holder: str) -> str:
    return f"offered to {holder}"
