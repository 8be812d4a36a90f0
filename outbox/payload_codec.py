"""Encrypts everything Temporal stores: inputs, results, failures, summaries."""

import zlib
from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from models.db.encryption import Keyring

ENCODING = b"binary/encrypted"
DEFLATED = b"binary/encrypted+zlib"
# Below this, compressing makes a payload longer.
_WORTH_DEFLATING = 200
KEY_ID = "encryption-key-id"


class Codec(PayloadCodec):
    """AES-GCM over whole payloads; the key's id travels beside the ciphertext, so keys can be rotated."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal each payload with its metadata; longer ones are compressed first, as a history's size is limited."""
        return [self._seal(payload.SerializeToString()) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open what `encode` sealed; what was never sealed passes unchanged."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, plain: bytes) -> Payload:
        encoding, shut = ENCODING, plain
        if len(plain) >= _WORTH_DEFLATING:
            encoding, shut = DEFLATED, zlib.compress(plain)
        metadata = {"encoding": encoding, KEY_ID: self._keyring.current.encode()}
        return Payload(metadata=metadata, data=self._keyring.encrypt(shut))

    def _open(self, payload: Payload) -> Payload:
        encoding = payload.metadata.get("encoding")
        if encoding not in {ENCODING, DEFLATED}:
            return payload
        key_id = payload.metadata[KEY_ID].decode()
        plain = self._keyring.decrypt(payload.data, key_id=key_id)
        return Payload.FromString(zlib.decompress(plain) if encoding == DEFLATED else plain)
