"""Sign-in codes of the sample people, in place of the authenticator apps on their phones (RFC 6238)."""

import hmac
import json
import struct
from base64 import b32decode
from dataclasses import dataclass, field
from pathlib import Path

STEP_SECONDS = 30
_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Authenticator:
    """One person's app, with the other details they need to sign in.

    The algorithm is written out here, so that it checks Dialtone's own.
    """

    role: str
    name: str
    user_name: str
    password: str
    secret: str = field(repr=False)

    def code(self, now: float) -> str:
        """`now` is in epoch seconds."""
        step = struct.pack(">Q", int(now) // STEP_SECONDS)
        mac = hmac.digest(b32decode(self.secret), step, "sha1")
        start = mac[-1] & 0x0F
        (number,) = struct.unpack(">I", mac[start : start + 4])
        return f"{(number & 0x7FFFFFFF) % 10**_DIGITS:0{_DIGITS}d}"


def seconds_left(now: float) -> int:
    """How long the current codes are valid."""
    return STEP_SECONDS - int(now) % STEP_SECONDS


def read_people(file: Path | None) -> tuple[Authenticator, ...]:
    people = json.loads(file.read_text())["people"] if file else ()
    return tuple(Authenticator(**person) for person in people)
