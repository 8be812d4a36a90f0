"""AES-GCM with named keys: every ciphertext is stored or sent with the id of its key."""

import base64
import os
from collections.abc import Mapping
from enum import StrEnum

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
_DERIVED_BYTES = 32


class KeyPurpose(StrEnum):
    """What is encrypted. Each purpose has keys of its own, derived from those of the settings."""

    PAYLOADS = "payloads"
    AUTHENTICATORS = "authenticators"
    CARRIER_EVENTS = "carrier_events"
    CARRIER_CREDENTIALS = "carrier_credentials"
    SECRET_ANSWERS = "secret_answers"  # noqa: S105 - a word


class Keyring:
    """Keys by id; the first one encrypts, all of them decrypt, so that keys can be rotated.

    `bound_to` names what a ciphertext belongs to. It opens only for the same purpose and under the same name, so that
    it can't be moved elsewhere.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        """Take base64 keys by key id, which has no colon, the current one first. Ciphers get keys derived from them."""
        if not keys:
            raise ValueError("a keyring needs at least one key")
        self._ciphers = {
            (key_id, purpose): AESGCM(_derive(base64.b64decode(key), purpose))
            for key_id, key in keys.items()
            for purpose in KeyPurpose
        }
        self.current = next(iter(keys))
        self._ids = frozenset(keys)

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._ids

    def encrypt(self, plain: bytes, purpose: KeyPurpose, *, bound_to: str) -> bytes:
        """Encrypt with the current key; returns the nonce, then the ciphertext with its tag."""
        nonce = os.urandom(NONCE_BYTES)
        cipher = self._ciphers[self.current, purpose]
        return nonce + cipher.encrypt(nonce, plain, _associated(self.current, bound_to))

    def decrypt(self, sealed: bytes, purpose: KeyPurpose, *, key_id: str, bound_to: str) -> bytes:
        """Decrypt what `encrypt` returned.

        Raises KeyError for an unknown key, InvalidTag for a forged text or one of another purpose or owner.
        """
        cipher = self._ciphers[key_id, purpose]
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _associated(key_id, bound_to))

    def seal(self, plain: bytes, purpose: KeyPurpose, *, bound_to: str) -> bytes:
        """Encrypt to one value for a column: key id, a colon, the encrypted bytes."""
        return self.current.encode() + b":" + self.encrypt(plain, purpose, bound_to=bound_to)

    def open(self, sealed: bytes, purpose: KeyPurpose, *, bound_to: str) -> bytes:
        """Decrypt what `seal` returned. Raises as `decrypt` does."""
        key_id, _, body = sealed.partition(b":")
        return self.decrypt(body, purpose, key_id=key_id.decode(), bound_to=bound_to)


def _derive(key: bytes, purpose: KeyPurpose) -> bytes:
    return HKDF(SHA256(), length=_DERIVED_BYTES, salt=None, info=f"dialtone {purpose}".encode()).derive(key)


def _associated(key_id: str, bound_to: str) -> bytes:
    return f"{key_id}\n{bound_to}".encode()
