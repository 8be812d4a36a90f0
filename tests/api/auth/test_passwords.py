import asyncio
import signal
from typing import Any

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from api.auth.password_strength import PasswordJudge
from api.auth.passwords import Passwords
from models.errors import PasswordTooWeak
from tests.api.conftest import PASSWORDS

OWN = ("jordan.blake@acme.example.com", "Jordan Blake", "acme")


@pytest.mark.parametrize(
    ("password", "advice"),
    [
        ("short", "at least 12 characters"),
        ("x" * 129, "at most 128 characters"),
        ("password1234", "very common password"),
        ("aaaaaaaaaaaaaa", "guess"),
        ("qwertyuiop123", "."),
        ("jordan.blake1", "your own name"),
        ("AcmeJordanBlake", "."),
    ],
)
async def test_a_password_that_is_easy_to_guess_is_rejected_with_advice(password: str, advice: str) -> None:
    with pytest.raises(PasswordTooWeak) as rejected:
        await PASSWORDS.require_strong(password, OWN)
    assert advice in rejected.value.detail
    assert password not in rejected.value.detail


@pytest.mark.parametrize("password", ["ocean-ladder-violet-train", "acme ocean ladder violet", "h9#Kq2!vLx7$wP"])
async def test_a_strong_password_is_accepted(password: str) -> None:
    await PASSWORDS.require_strong(password, OWN)


async def test_a_hash_is_salted_and_verifies_its_own_password_alone() -> None:
    one, other = await PASSWORDS.hash("ocean-ladder"), await PASSWORDS.hash("ocean-ladder")
    assert one != other
    assert (await PASSWORDS.verify("ocean-ladder", one)).valid
    assert not (await PASSWORDS.verify("ocean-ladder!", one)).valid


async def test_without_a_stored_hash_no_password_is_valid() -> None:
    assert not (await PASSWORDS.verify("dummy", None)).valid


async def test_a_weaker_hash_is_replaced_when_the_password_is_verified() -> None:
    stronger = Passwords(Argon2Hasher(time_cost=2, memory_cost=16, parallelism=1))
    check = await stronger.verify("ocean-ladder", await PASSWORDS.hash("ocean-ladder"))
    assert check.valid
    assert check.new_hash is not None
    assert (await stronger.verify("ocean-ladder", check.new_hash)).new_hash is None


def test_the_default_hash_has_the_recommended_cost() -> None:
    assert Argon2Hasher().hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


# zxcvbn needs seconds for 64 of these characters, and minutes for 128.
HOSTILE = "1[(@e1!16as@5!!|1910e3s5%{@1a(%[2ss71e($" * 3


@pytest.mark.fault("48")
async def test_a_password_that_takes_too_long_to_judge_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[asyncio.subprocess.Process] = []
    create = asyncio.create_subprocess_exec

    async def record(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        started.append(await create(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", record)
    hasty = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1), PasswordJudge(seconds=0.5))
    async with asyncio.timeout(30):
        with pytest.raises(PasswordTooWeak, match="couldn't check"):
            await hasty.require_strong(HOSTILE, OWN)
    assert [process.returncode for process in started] == [-signal.SIGKILL]


@pytest.mark.fault("48")
async def test_the_end_of_a_long_password_is_not_judged() -> None:
    judgments = await PasswordJudge(seconds=60).judge(["ab" * 32 + HOSTILE[:40], "ab" * 32], ())
    assert judgments is not None
    long, short = judgments
    assert long == short
