"""Passwords: hashed with argon2 in a thread, and refused where they would be guessed."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn

from models.errors import PasswordTooWeak

SHORTEST = 12
LONGEST = 128
# zxcvbn's scale goes to 4; 3 defies for a while even those who have stolen the hashes.
_WEAKEST = 3
_WORD = 3  # shorter ones are in everything
_JUDGED = 72  # as much as zxcvbn looks at
# One hash takes 64 MiB: a crowd at the sign-in page waits for its turn instead of for more memory.
_AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class PasswordCheck:
    """Whether a password was right; `renewed` is its new hash where the old one is weaker than today's."""

    right: bool
    renewed: str | None = None


class Passwords:
    """Hashes and verifies; an account without a password costs a caller as much time as one with."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hasher = PasswordHash((hasher or Argon2Hasher(),))
        self._nobodys = self._hasher.hash("nobody's")
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """What is stored of a password."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> PasswordCheck:
        """Whether this is the password; takes as long where there is none, and is then always wrong."""
        async with self._turn:
            right, renewed = await asyncio.to_thread(self._hasher.verify_and_update, password, stored or self._nobodys)
        return PasswordCheck(right=right and stored is not None, renewed=renewed)


async def require_strong(password: str, own_words: Iterable[str]) -> None:
    """Raise PasswordTooWeak, in words that help, for a password that is short or easily guessed.

    `own_words` are the person's: name, address, company. They do not count, however they are put together.
    """
    if len(password) < SHORTEST:
        raise PasswordTooWeak(f"Use at least {SHORTEST} characters; four or five words make a good password.")
    if len(password) > LONGEST:
        raise PasswordTooWeak(f"Use at most {LONGEST} characters.")
    words = {part.lower() for word in own_words for part in re.split(r"[\W_]+", word) if len(part) >= _WORD}
    without = re.sub("|".join(map(re.escape, sorted(words, key=len, reverse=True))), "", password.lower())
    found = await asyncio.to_thread(zxcvbn, password[:_JUDGED], user_inputs=sorted(words))
    if found["score"] >= _WEAKEST and await _strength(without) < _WEAKEST:
        raise PasswordTooWeak("Without your own name and company in it, too little is left. Use other words.")
    if found["score"] < _WEAKEST:
        feedback = found["feedback"]
        hints = [feedback["warning"] or "This password is easy to guess.", *feedback["suggestions"]]
        raise PasswordTooWeak(" ".join(f"{hint.rstrip('.')}." for hint in hints))


async def _strength(password: str) -> int:
    score: int = (await asyncio.to_thread(zxcvbn, password[:_JUDGED]))["score"] if password else 0
    return score
