"""Encrypts everything Temporal stores: inputs, results, failures, summaries."""

from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from models.db.keyring import Keyring

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"


class Codec(PayloadCodec):
    """AES-GCM over whole payloads; the key's id travels beside the ciphertext, so keys can be rotated."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal each payload with its metadata."""
        return [
            Payload(
                metadata={"encoding": ENCODING, KEY_ID: self._keyring.current.encode()},
                data=self._keyring.encrypt(payload.SerializeToString()),
            )
            for payload in payloads
        ]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open what `encode` sealed; what was never sealed passes unchanged."""
        return [self._open(payload) for payload in payloads]

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata[KEY_ID].decode()
        return Payload.FromString(self._keyring.decrypt(payload.data, key_id=key_id))
