"""The second factor: codes of an authenticator app (RFC 6238), each good once, and recovery codes."""

import secrets
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest

import pyotp
import segno

SECONDS = 30
DIGITS = 6
ISSUER = "Dialtone"
_CLOCKS_APART = (0, -1, 1)
_CODES = 10
_CODE_BYTES = 10  # 16 letters


def new_secret() -> str:
    """A fresh secret for an authenticator, 160 random bits."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, *, at: datetime, last: int | None) -> int | None:
    """The time step a code belongs to, the clocks being half a minute apart at most; None: it is not right.

    Steps up to `last` were used before: a code that was seen over a shoulder opens nothing.
    """
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    totp, now = pyotp.TOTP(secret), int(at.timestamp()) // SECONDS
    for step in (now + apart for apart in _CLOCKS_APART):
        if (last is None or step > last) and compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def address_of(secret: str, user_name: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=ISSUER)


def qr_code(text: str) -> str:
    """The QR code as SVG to be put into a page; no inline style, as the content security policy forbids any."""
    return segno.make(text, error="m").svg_inline(scale=5, border=3, light="#fff", title="QR code for the app")


def spaced(secret: str) -> str:
    """A secret as people copy it by hand: `ABCD EFGH …`."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def new_recovery_codes() -> list[str]:
    """Codes for whoever loses the authenticator; 80 random bits each, so that a plain hash of them is enough."""
    return ["-".join(spaced(b32encode(secrets.token_bytes(_CODE_BYTES)).decode()).split()) for _ in range(_CODES)]


def plain_code(typed: str) -> str:
    """A recovery code as it is hashed, however it was typed."""
    return "".join(char for char in typed.upper() if char.isalnum())
