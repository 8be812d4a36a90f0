"""Signed links in emails. The URL carries only the signed link id; the rest is in the database."""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from itsdangerous import BadSignature, TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer

from models.db.session import utc_now
from models.errors import LinkNotValid

_SIGNED = re.compile(r"(/(?:approve|reset|sign-in)/)[^\s\"'<>?#]+")


class Purpose(StrEnum):
    """What a signature is for; it is not valid for any other purpose."""

    LINK = "approval-link"
    LINK_SESSION = "approval-link-session"
    FORM = "approval-form"
    RESET = "password-reset"
    RESET_SESSION = "password-reset-session"
    SECOND_STEP = "second-step"
    NEW_PASSWORD = "new-password"  # noqa: S105 - a word, no password


_IN_EMAILS = frozenset({Purpose.LINK, Purpose.RESET})


class _TimestampSigner(TimestampSigner):
    """Dates tokens by this clock, as several processes read them; itsdangerous takes the process's own."""

    def __init__(self, *args: Any, now: Callable[[], datetime], **options: Any) -> None:
        super().__init__(*args, **options)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now().timestamp())


class Signer:
    """Signs link ids: in URLs without a time, so that a resend has the same bytes; in cookies and forms with one."""

    def __init__(self, keys: Sequence[str], public_url: str, *, now: Callable[[], datetime] = utc_now) -> None:
        """The first key signs and all of them verify, so that keys can be rotated. `now` is the time of the tokens."""
        if not keys:
            raise ValueError("a signer needs at least one key")
        self.public_url = public_url.rstrip("/")
        newest_last = list(reversed(keys))
        hmac_sha256 = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._untimed = {
            purpose: URLSafeSerializer(newest_last, salt=purpose, signer_kwargs=hmac_sha256) for purpose in _IN_EMAILS
        }
        self._timed = {
            purpose: URLSafeTimedSerializer(
                newest_last, salt=purpose, signer=_TimestampSigner, signer_kwargs={**hmac_sha256, "now": now}
            )
            for purpose in Purpose
            if purpose not in _IN_EMAILS
        }

    def url(self, link_id: str) -> str:
        return f"{self.public_url}/approve/{self._untimed[Purpose.LINK].dumps(link_id)}"

    def read(self, signed: str) -> str:
        """The link id of the signed part of `url`. Raises LinkNotValid."""
        return self._read(Purpose.LINK, signed)

    def reset_url(self, link_id: str) -> str:
        return f"{self.public_url}/reset/{self._untimed[Purpose.RESET].dumps(link_id)}"

    def read_reset(self, signed: str) -> str:
        """The link id of the signed part of `reset_url`. Raises LinkNotValid."""
        return self._read(Purpose.RESET, signed)

    def sign_token(self, purpose: Purpose, link_id: str) -> str:
        """A signed token with the link id and the current time."""
        return str(self._timed[purpose].dumps(link_id))

    def read_token(self, purpose: Purpose, token: str, *, seconds: int) -> str:
        """The link id of a token not older than `seconds`. Raises LinkNotValid."""
        try:
            return str(self._timed[purpose].loads(token, max_age=seconds))
        except BadSignature:
            raise LinkNotValid("This page has been open too long. Open the link in your email again.") from None

    def _read(self, purpose: Purpose, signed: str) -> str:
        try:
            return str(self._untimed[purpose].loads(signed))
        except BadSignature:
            raise LinkNotValid("This link isn't valid.") from None


def mask(text: str) -> str:
    """The text with all link signatures removed, for logs and error columns."""
    return _SIGNED.sub(r"\1…", text)
