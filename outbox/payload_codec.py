"""Encrypts the payloads Temporal stores: inputs, results, failures and summaries."""

import zlib
from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from models.db.encryption import Keyring

ENCODING = b"binary/encrypted"
COMPRESSED = b"binary/encrypted+zlib"
# Compression makes a shorter payload longer.
_MIN_COMPRESSED_LENGTH = 200
KEY_ID = "encryption-key-id"


class EncryptionCodec(PayloadCodec):
    """AES-GCM over whole payloads. The key id is stored with the ciphertext, so that keys can be rotated."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Long payloads are compressed first, because a history's size is limited."""
        return [self._encrypt(payload.SerializeToString()) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Payloads that are not encrypted are returned as they are."""
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, data: bytes) -> Payload:
        encoding = ENCODING
        if len(data) >= _MIN_COMPRESSED_LENGTH:
            encoding, data = COMPRESSED, zlib.compress(data)
        metadata = {"encoding": encoding, KEY_ID: self._keyring.current.encode()}
        return Payload(metadata=metadata, data=self._keyring.encrypt(data))

    def _decrypt(self, payload: Payload) -> Payload:
        encoding = payload.metadata.get("encoding")
        if encoding not in {ENCODING, COMPRESSED}:
            return payload
        key_id = payload.metadata[KEY_ID].decode()
        data = self._keyring.decrypt(payload.data, key_id=key_id)
        return Payload.FromString(zlib.decompress(data) if encoding == COMPRESSED else data)
