"""Signed links in mails: the URL carries sign(link id) and nothing else; the database knows the rest."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import holidays
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from models.errors import LinkNotValid
from models.facts import Policy

_SIGNED = re.compile(r"(/(?:approve|reset|sign-in)/)[^\s\"'<>?#]+")


class Purpose(StrEnum):
    """What a signature is good for; one made for a purpose is worthless for any other."""

    LINK = "approval-link"
    VISIT = "approval-visit"
    FORM = "approval-form"
    RESET = "password-reset"
    RESET_VISIT = "password-reset-visit"
    SECOND_STEP = "second-step"
    NEW_PASSWORD = "new-password"  # noqa: S105 - a word, no password


_FOR_EVER = frozenset({Purpose.LINK, Purpose.RESET})


class Signer:
    """Signs link ids: for ever into URLs, so that a resend is byte-identical, for minutes into visits and forms."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        """Sign with the first key and accept all of them, so that keys can be rotated."""
        if not keys:
            raise ValueError("a signer needs at least one key")
        self.public_url = public_url.rstrip("/")
        newest_last = list(reversed(keys))
        hmac_sha256 = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._links, self._resets = (
            URLSafeSerializer(newest_last, salt=purpose, signer_kwargs=hmac_sha256)
            for purpose in (Purpose.LINK, Purpose.RESET)
        )
        self._short = {
            purpose: URLSafeTimedSerializer(newest_last, salt=purpose, signer_kwargs=hmac_sha256)
            for purpose in Purpose
            if purpose not in _FOR_EVER
        }

    def url(self, link_id: str) -> str:
        """The address that goes into the mail: the same for the same link, whenever it is made."""
        return f"{self.public_url}/approve/{self._links.dumps(link_id)}"

    def read(self, signed: str) -> str:
        """The link id out of an address. Raises LinkNotValid for anything we did not sign."""
        try:
            return str(self._links.loads(signed))
        except BadSignature:
            raise LinkNotValid("This link is not valid.") from None

    def reset_url(self, link_id: str) -> str:
        """The address that lets somebody choose a password: the same for the same link, whenever it is made."""
        return f"{self.public_url}/reset/{self._resets.dumps(link_id)}"

    def read_reset(self, signed: str) -> str:
        """The link id out of such an address. Raises LinkNotValid for anything we did not sign."""
        try:
            return str(self._resets.loads(signed))
        except BadSignature:
            raise LinkNotValid("This link is not valid.") from None

    def grant(self, purpose: Purpose, link_id: str) -> str:
        """A signature over the link id that is good for one purpose and for a short time."""
        return str(self._short[purpose].dumps(link_id))

    def granted(self, purpose: Purpose, token: str, *, seconds: int) -> str:
        """The link id of a grant not older than `seconds`. Raises LinkNotValid."""
        try:
            return str(self._short[purpose].loads(token, max_age=seconds))
        except BadSignature:
            raise LinkNotValid("This page has been open for too long.") from None


def mask(text: str) -> str:
    """The text without what makes links good: logs and error columns never hold one."""
    return _SIGNED.sub(r"\1…", text)


def link_expiry(policy: Policy, at: datetime, deadline: datetime) -> datetime:
    """When a link made now stops working: after the policy's working days, never beyond the deadline."""
    calendar = holidays.country_holidays(policy.holidays_country, subdiv=policy.holidays_subdivision)
    local = at.astimezone(ZoneInfo(policy.time_zone))
    last_day = calendar.get_nth_working_day(local.date(), policy.link_days)
    return min(deadline, datetime.combine(last_day, local.timetz()).astimezone(UTC))
