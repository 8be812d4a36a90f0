"""Keys by name: what was encrypted says which key opens it, and keys can be renewed."""

from base64 import b64encode

import pytest
from cryptography.exceptions import InvalidTag

from models.db.encryption import Keyring

OLD, NEW = ({name: b64encode(letter * 32).decode()} for name, letter in (("2025", b"a"), ("2026", b"b")))
SECRET = b"490154203237518:\x00\xff"


def test_what_was_sealed_is_opened() -> None:
    keyring = Keyring(OLD)
    sealed = keyring.seal(SECRET)
    assert SECRET not in sealed
    assert keyring.open(sealed) == SECRET


def test_after_a_rotation_the_new_key_seals_and_both_open() -> None:
    before, after = Keyring(OLD), Keyring(NEW | OLD)
    assert after.open(before.seal(SECRET)) == SECRET
    assert after.seal(SECRET).startswith(b"2026:")
    with pytest.raises(KeyError):
        before.open(after.seal(SECRET))


def test_a_key_that_was_thrown_away_opens_nothing() -> None:
    with pytest.raises(KeyError):
        Keyring(NEW).open(Keyring(OLD).seal(SECRET))


def test_the_same_text_is_never_sealed_alike() -> None:
    keyring = Keyring(OLD)
    assert len({keyring.seal(SECRET) for _ in range(100)}) == 100


@pytest.mark.parametrize("place", [5, 20, -1])
def test_a_changed_text_is_not_opened(place: int) -> None:
    sealed = bytearray(Keyring(OLD).seal(SECRET))
    sealed[place] ^= 1
    with pytest.raises(InvalidTag):
        Keyring(OLD).open(bytes(sealed))


def test_a_text_is_not_opened_under_the_name_of_another_key() -> None:
    (key,) = OLD.values()
    sealed = Keyring({"2025": key}).encrypt(SECRET)
    with pytest.raises(InvalidTag):
        Keyring({"2026": key}).decrypt(sealed, key_id="2026")


def test_a_keyring_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Keyring({})
