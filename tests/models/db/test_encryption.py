"""Encryption with named keys, and key rotation."""

from base64 import b64encode

import pytest
from cryptography.exceptions import InvalidTag

from models.db.encryption import Keyring

OLD, NEW = ({name: b64encode(letter * 32).decode()} for name, letter in (("2025", b"a"), ("2026", b"b")))
SECRET = b"490154203237518:\x00\xff"


def test_a_sealed_value_is_opened() -> None:
    keyring = Keyring(OLD)
    sealed = keyring.seal(SECRET)
    assert SECRET not in sealed
    assert keyring.open(sealed) == SECRET


def test_after_a_rotation_the_new_key_seals_and_both_keys_open() -> None:
    before, after = Keyring(OLD), Keyring(NEW | OLD)
    assert after.open(before.seal(SECRET)) == SECRET
    assert after.seal(SECRET).startswith(b"2026:")
    with pytest.raises(KeyError):
        before.open(after.seal(SECRET))


def test_a_value_is_not_opened_without_its_key() -> None:
    with pytest.raises(KeyError):
        Keyring(NEW).open(Keyring(OLD).seal(SECRET))


def test_sealing_the_same_value_twice_gives_different_results() -> None:
    keyring = Keyring(OLD)
    assert len({keyring.seal(SECRET) for _ in range(100)}) == 100


@pytest.mark.parametrize("place", [5, 20, -1])
def test_a_modified_value_is_not_opened(place: int) -> None:
    sealed = bytearray(Keyring(OLD).seal(SECRET))
    sealed[place] ^= 1
    with pytest.raises(InvalidTag):
        Keyring(OLD).open(bytes(sealed))


def test_a_value_is_not_decrypted_under_another_key_id() -> None:
    (key,) = OLD.values()
    sealed = Keyring({"2025": key}).encrypt(SECRET)
    with pytest.raises(InvalidTag):
        Keyring({"2026": key}).decrypt(sealed, key_id="2026")


def test_a_keyring_needs_a_key() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Keyring({})
