"""An authenticator for everybody of the demo, in place of the app on each one's phone (RFC 6238, by itself)."""

import hashlib
import hmac
import json
import struct
from base64 import b32decode
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 30
_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Authenticator:
    """One person's app, and what else they type when they sign in."""

    part: str
    name: str
    user_name: str
    password: str
    secret: str = field(repr=False)

    def code(self, now: float) -> str:
        """The code at a moment, in seconds since 1970."""
        step = struct.pack(">Q", int(now) // SECONDS)
        mac = hmac.new(b32decode(self.secret), step, hashlib.sha1).digest()
        start = mac[-1] & 0x0F
        (number,) = struct.unpack(">I", mac[start : start + 4])
        return f"{(number & 0x7FFFFFFF) % 10**_DIGITS:0{_DIGITS}d}"


def seconds_left(now: float) -> int:
    """For how long the codes of a moment are shown."""
    return SECONDS - int(now) % SECONDS


def read(file: Path | None) -> tuple[Authenticator, ...]:
    """The people named in a file; nobody where there is none."""
    people = json.loads(file.read_text())["people"] if file else ()
    return tuple(Authenticator(**one) for one in people)
