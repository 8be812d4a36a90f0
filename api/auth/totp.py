"""The second factor: codes of an authenticator app (RFC 6238), and recovery codes. Each works once."""

import secrets
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest
from typing import Annotated

import pyotp
import segno
from fastapi import Form

SECONDS = 30
DIGITS = 6
ISSUER = "Dialtone"
_ACCEPTED_STEPS = (0, -1, 1)
_RECOVERY_CODES = 10
_RECOVERY_CODE_BYTES = 10  # 16 letters
CodeField = Annotated[str, Form(max_length=40)]


def new_secret() -> str:
    """A secret of 160 random bits."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, *, at: datetime, last: int | None) -> int | None:
    """The time step of a code; None if the code is wrong.

    The app's clock may differ by one step (30 seconds). Steps up to `last` were used before and are not accepted.
    """
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    totp, now = pyotp.TOTP(secret), int(at.timestamp()) // SECONDS
    for step in (now + offset for offset in _ACCEPTED_STEPS):
        if (last is None or step > last) and compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def provisioning_uri(secret: str, user_name: str) -> str:
    """The `otpauth:` URI that an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=ISSUER)


def qr_code(text: str) -> str:
    """The QR code as SVG, without inline styles, which the content security policy forbids."""
    return segno.make(text, error="m").svg_inline(scale=5, border=3, light="#fff", title="QR code for the app")


def spaced(secret: str) -> str:
    """A secret in groups of four, for typing: `ABCD EFGH …`."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def new_recovery_codes() -> list[str]:
    """Codes of 80 random bits, so their hash needs no salt."""
    secret_bytes = (secrets.token_bytes(_RECOVERY_CODE_BYTES) for _ in range(_RECOVERY_CODES))
    return [spaced(b32encode(one).decode()).replace(" ", "-") for one in secret_bytes]


def plain_code(typed: str) -> str:
    """A recovery code as it is hashed: in upper case, without separators."""
    return "".join(char for char in typed.upper() if char.isalnum())
