"""AES-GCM with named keys: every ciphertext is stored or sent with the id of its key."""

import base64
import os
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Keyring:
    """Keys by id; the first one encrypts, all of them decrypt, so that keys can be rotated."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """Take base64 keys of 16, 24 or 32 bytes by key id, the current one first."""
        if not keys:
            raise ValueError("a keyring needs at least one key")
        self._ciphers = {name: AESGCM(base64.b64decode(key)) for name, key in keys.items()}
        self.current = next(iter(self._ciphers))

    def encrypt(self, plain: bytes) -> bytes:
        """Encrypt with the current key; returns the nonce, then the ciphertext with its tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[self.current].encrypt(nonce, plain, self.current.encode())

    def decrypt(self, sealed: bytes, *, key_id: str) -> bytes:
        """Decrypt what `encrypt` returned. Raises KeyError for an unknown key, InvalidTag for a forged text."""
        cipher = self._ciphers[key_id]
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], key_id.encode())

    def seal(self, plain: bytes) -> bytes:
        """Encrypt to one value for a column: key id, a colon, the encrypted bytes."""
        return self.current.encode() + b":" + self.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt what `seal` returned. Raises as `decrypt` does."""
        key_id, _, body = sealed.partition(b":")
        return self.decrypt(body, key_id=key_id.decode())
