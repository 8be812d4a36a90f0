"""Encryption with named keys, and key rotation."""

from base64 import b64encode

import pytest
from cryptography.exceptions import InvalidTag

from models.db.encryption import KeyPurpose, Keyring

OLD, NEW = ({name: b64encode(letter * 32).decode()} for name, letter in (("2025", b"a"), ("2026", b"b")))
SECRET = b"490154203237518:\x00\xff"
PURPOSE, OWNER = KeyPurpose.AUTHENTICATORS, "acme:jordan"


def _seal(keyring: Keyring) -> bytes:
    return keyring.seal(SECRET, PURPOSE, bound_to=OWNER)


def _open(keyring: Keyring, sealed: bytes) -> bytes:
    return keyring.open(sealed, PURPOSE, bound_to=OWNER)


def test_a_sealed_value_is_opened() -> None:
    keyring = Keyring(OLD)
    sealed = _seal(keyring)
    assert SECRET not in sealed
    assert _open(keyring, sealed) == SECRET


def test_after_a_rotation_the_new_key_seals_and_both_keys_open() -> None:
    before, after = Keyring(OLD), Keyring(NEW | OLD)
    assert _open(after, _seal(before)) == SECRET
    assert _seal(after).startswith(b"2026:")
    with pytest.raises(KeyError):
        _open(before, _seal(after))


def test_a_value_is_not_opened_without_its_key() -> None:
    with pytest.raises(KeyError):
        _open(Keyring(NEW), _seal(Keyring(OLD)))


def test_sealing_the_same_value_twice_gives_different_results() -> None:
    keyring = Keyring(OLD)
    assert len({_seal(keyring) for _ in range(100)}) == 100


@pytest.mark.parametrize("place", [5, 20, -1])
def test_a_modified_value_is_not_opened(place: int) -> None:
    sealed = bytearray(_seal(Keyring(OLD)))
    sealed[place] ^= 1
    with pytest.raises(InvalidTag):
        _open(Keyring(OLD), bytes(sealed))


def test_a_value_is_not_decrypted_under_another_key_id() -> None:
    (key,) = OLD.values()
    sealed = Keyring({"2025": key}).encrypt(SECRET, PURPOSE, bound_to=OWNER)
    with pytest.raises(InvalidTag):
        Keyring({"2026": key}).decrypt(sealed, PURPOSE, key_id="2026", bound_to=OWNER)


@pytest.mark.fault("47")
@pytest.mark.parametrize("purpose", sorted(set(KeyPurpose) - {PURPOSE}))
def test_a_value_is_not_opened_for_another_purpose(purpose: KeyPurpose) -> None:
    keyring = Keyring(OLD)
    with pytest.raises(InvalidTag):
        keyring.open(_seal(keyring), purpose, bound_to=OWNER)


@pytest.mark.fault("47")
def test_a_value_is_not_opened_as_that_of_another_owner() -> None:
    keyring = Keyring(OLD)
    with pytest.raises(InvalidTag):
        keyring.open(_seal(keyring), PURPOSE, bound_to="acme:dana")


def test_a_keyring_needs_a_key() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Keyring({})
