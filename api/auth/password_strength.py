"""Judges how hard passwords are to guess, in a process of its own: zxcvbn can take minutes for a hostile password.

`python -m api.auth.password_strength` reads passwords and the words that add nothing to them, and writes judgments.
"""

import asyncio
import json
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

# What follows adds to the strength, but is not needed for a good judgment.
_MAX_LENGTH = 64
_MAX_CONCURRENT = 2


@dataclass(frozen=True, kw_only=True)
class Judgment:
    """`score` is from 0 to 4, `hints` say what to do better."""

    score: int
    hints: tuple[str, ...]


class PasswordJudge:
    """Starts a process for each judgment, and ends it after some seconds."""

    def __init__(self, *, seconds: float = 10) -> None:
        self._seconds = seconds
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT)

    async def judge(self, passwords: Sequence[str], known_words: Collection[str]) -> list[Judgment] | None:
        """One judgment for each password; None if they take too long to judge."""
        request = json.dumps({"passwords": passwords, "known_words": sorted(known_words)}).encode()
        async with self._slots:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", __name__), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            try:
                async with asyncio.timeout(self._seconds):
                    output, _ = await process.communicate(request)
            except TimeoutError:
                return None
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return [Judgment(score=one["score"], hints=tuple(one["hints"])) for one in json.loads(output)]


def _judge(password: str, known_words: Sequence[str]) -> Judgment:
    from zxcvbn import zxcvbn  # only this process needs its word lists

    if not password:
        return Judgment(score=0, hints=())
    found: dict[str, Any] = zxcvbn(password[:_MAX_LENGTH], user_inputs=list(known_words))
    feedback = found["feedback"]
    return Judgment(score=found["score"], hints=tuple(filter(None, [feedback["warning"], *feedback["suggestions"]])))


def _main() -> None:
    request = json.load(sys.stdin)
    judgments = [asdict(_judge(password, request["known_words"])) for password in request["passwords"]]
    json.dump(judgments, sys.stdout)


if __name__ == "__main__":
    _main()
