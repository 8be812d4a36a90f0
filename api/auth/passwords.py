"""Hashes passwords with Argon2 in a thread, and rejects those that are easy to guess."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.auth.password_strength import PasswordJudge
from models.errors import PasswordTooWeak

MIN_LENGTH = 12
MAX_LENGTH = 128
PasswordField = Annotated[str, Form(max_length=MAX_LENGTH)]
# Of 4; such a password resists for a while even if the hashes are stolen.
_MIN_SCORE = 3
_MIN_WORD_LENGTH = 3  # shorter ones are part of any text
# One hash takes 64 MiB, so concurrent sign-ins wait instead of using more memory.
_MAX_CONCURRENT = 4


@dataclass(frozen=True, kw_only=True)
class PasswordCheck:
    """`new_hash` replaces the stored hash if that is weaker than today's hashes."""

    valid: bool
    new_hash: str | None = None


class Passwords:
    def __init__(self, hasher: Argon2Hasher | None = None, judge: PasswordJudge | None = None) -> None:
        self._judge = judge or PasswordJudge()
        self._hasher = PasswordHash((hasher or Argon2Hasher(),))
        self._dummy_hash = self._hasher.hash("dummy")
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT)

    async def hash(self, password: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> PasswordCheck:
        """Check a password against its stored hash. Without one, this takes as long and is never valid."""
        async with self._slots:
            valid, new_hash = await asyncio.to_thread(
                self._hasher.verify_and_update, password, stored or self._dummy_hash
            )
        return PasswordCheck(valid=valid and stored is not None, new_hash=new_hash)

    async def require_strong(self, password: str, own_words: Iterable[str]) -> None:
        """Raise PasswordTooWeak, with advice, for a password that is short or easy to guess.

        `own_words` are the person's name, email address and company. They do not add to the strength.
        """
        if len(password) < MIN_LENGTH:
            raise PasswordTooWeak(f"Use at least {MIN_LENGTH} characters. Try four or five random words.")
        if len(password) > MAX_LENGTH:
            raise PasswordTooWeak(f"Use at most {MAX_LENGTH} characters.")
        words = _words_in(own_words)
        without = re.sub("|".join(map(re.escape, sorted(words, key=len, reverse=True))), "", password.lower())
        judgments = await self._judge.judge([password, without], words)
        if judgments is None:
            raise PasswordTooWeak("We couldn't check how strong this password is. Try four or five random words.")
        found, found_without = judgments
        if found.score < _MIN_SCORE:
            raise PasswordTooWeak(" ".join(f"{hint.rstrip('.')}." for hint in found.hints or ("Too easy to guess.",)))
        if found_without.score < _MIN_SCORE:
            raise PasswordTooWeak("Don't rely on your own name or company. Add other words.")


def _words_in(texts: Iterable[str]) -> set[str]:
    return {part.lower() for text in texts for part in re.split(r"[\W_]+", text) if len(part) >= _MIN_WORD_LENGTH}


def require_same(password: str, again: str) -> None:
    """Raise PasswordTooWeak if the two passwords differ."""
    if password != again:
        raise PasswordTooWeak("The passwords don't match.", field="again")
