"""Passwords: which are refused and in which words, and what it costs to check one."""

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from api.auth.passwords import Passwords, require_strong
from models.errors import PasswordTooWeak
from tests.api.conftest import PASSWORDS

OWN = ("jordan.blake@acme.example.com", "Jordan Blake", "acme")


@pytest.mark.parametrize(
    ("password", "said"),
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
async def test_a_password_that_would_be_guessed_is_refused_in_words_that_help(password: str, said: str) -> None:
    with pytest.raises(PasswordTooWeak) as refused:
        await require_strong(password, OWN)
    assert said in refused.value.detail
    assert password not in refused.value.detail


@pytest.mark.parametrize("password", ["ocean-ladder-violet-train", "acme ocean ladder violet", "h9#Kq2!vLx7$wP"])
async def test_a_good_password_is_taken(password: str) -> None:
    await require_strong(password, OWN)


async def test_a_hash_is_salted_and_verifies_its_own_password_alone() -> None:
    one, other = await PASSWORDS.hash("ocean-ladder"), await PASSWORDS.hash("ocean-ladder")
    assert one != other
    assert (await PASSWORDS.verify("ocean-ladder", one)).right
    assert not (await PASSWORDS.verify("ocean-ladder!", one)).right


async def test_without_a_stored_hash_nothing_is_right() -> None:
    assert not (await PASSWORDS.verify("nobody's", None)).right


async def test_a_hash_that_is_weaker_than_todays_is_renewed_when_it_is_used() -> None:
    stronger = Passwords(Argon2Hasher(time_cost=2, memory_cost=16, parallelism=1))
    verdict = await stronger.verify("ocean-ladder", await PASSWORDS.hash("ocean-ladder"))
    assert verdict.right
    assert verdict.renewed is not None
    assert (await stronger.verify("ocean-ladder", verdict.renewed)).renewed is None


def test_by_default_a_hash_costs_what_is_recommended() -> None:
    assert Argon2Hasher().hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")
