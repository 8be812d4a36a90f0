"""Encrypts the payloads Temporal stores: inputs, results, failures and summaries.

Nothing that isn't encrypted is read: who reaches Temporal without Dialtone's keys can't send orders a message.
"""

import zlib
from collections.abc import Sequence
from typing import Self

import structlog
from cryptography.exceptions import InvalidTag
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from models.db.encryption import KeyPurpose, Keyring
from runtime.metrics import PAYLOADS_WITHOUT_KEY

ENCODING = b"binary/encrypted"
COMPRESSED = b"binary/encrypted+zlib"
# No converter knows this encoding. A signal with such a payload is dropped, an update is rejected; an error of the
# codec would fail the whole workflow task instead, again and again.
REFUSED = b"binary/refused"
# Compression makes a shorter payload longer.
_MIN_COMPRESSED_LENGTH = 200
# Temporal accepts payloads of 2 MiB.
MAX_PLAIN_BYTES = 16 * 1024 * 1024
KEY_ID = "key"
WORKFLOW_ID = "workflow"
log = structlog.get_logger()


class UnreadablePayload(Exception):
    """A payload that isn't encrypted, that was made for another workflow, or that is forged, damaged or too long."""


class UnknownKey(UnreadablePayload):
    """A payload encrypted with a key that this process lacks."""


class EncryptionCodec(PayloadCodec, WithSerializationContext):
    """AES-GCM over whole payloads, which open only in the workflow that they were made for.

    The ids of key and workflow are stored with the ciphertext: the first for rotating keys, the second for the codec
    server, which is not told the workflow.
    """

    def __init__(self, keyring: Keyring, workflow_id: str = "") -> None:
        self._keyring = keyring
        self._workflow_id = workflow_id

    def with_context(self, context: SerializationContext) -> Self:
        """The codec for the payloads of one workflow."""
        if not isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            return self
        return type(self)(self._keyring, context.workflow_id or "")

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Long payloads are compressed first, because a history's size is limited."""
        return [self._encrypt(payload.SerializeToString()) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Replaces what it can't read by a payload that no converter reads.

        Raises UnknownKey, so that what only other processes can read is not lost: the task fails and is retried.
        """
        return [self._read(payload) for payload in payloads]

    def open(self, payload: Payload, *, limit: int = MAX_PLAIN_BYTES) -> Payload:
        """Decrypt one payload of at most `limit` bytes. Raises UnreadablePayload, of which UnknownKey is one."""
        encoding = payload.metadata.get("encoding")
        if encoding not in {ENCODING, COMPRESSED}:
            raise UnreadablePayload("not encrypted")
        if workflow_of(payload) != self._workflow_id:
            raise UnreadablePayload("made for another workflow")
        try:
            data = self._decrypt(payload)
            return Payload.FromString(_limited(_decompress(data, limit) if encoding == COMPRESSED else data, limit))
        except (InvalidTag, KeyError, UnicodeDecodeError, ValueError, zlib.error, DecodeError) as error:
            raise UnreadablePayload(f"{type(error).__name__}: {error}") from error

    def _encrypt(self, data: bytes) -> Payload:
        encoding = ENCODING
        if len(data) >= _MIN_COMPRESSED_LENGTH:
            encoding, data = COMPRESSED, zlib.compress(data)
        key_id, workflow_id = self._keyring.current.encode(), self._workflow_id.encode()
        return Payload(
            metadata={"encoding": encoding, KEY_ID: key_id, WORKFLOW_ID: workflow_id},
            data=self._keyring.encrypt(data, KeyPurpose.PAYLOADS, bound_to=self._workflow_id),
        )

    def _decrypt(self, payload: Payload) -> bytes:
        key_id = payload.metadata[KEY_ID].decode()
        if key_id and key_id not in self._keyring:
            raise UnknownKey(f"encrypted with the key {key_id!r}, which this process lacks")
        return self._keyring.decrypt(payload.data, KeyPurpose.PAYLOADS, key_id=key_id, bound_to=self._workflow_id)

    def _read(self, payload: Payload) -> Payload:
        try:
            return self.open(payload)
        except UnknownKey as error:
            log.error("payload_key_unknown", workflow=self._workflow_id, reason=str(error))  # noqa: TRY400 - no bug
            PAYLOADS_WITHOUT_KEY.inc()
            raise
        except UnreadablePayload as error:
            log.warning("payload_refused", workflow=self._workflow_id, reason=str(error))
            return Payload(metadata={"encoding": REFUSED})


def workflow_of(payload: Payload) -> str:
    """The id of the workflow that an encrypted payload says it was made for."""
    return payload.metadata.get(WORKFLOW_ID, b"").decode(errors="replace")


def _limited(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise ValueError(f"longer than {limit} bytes")
    return data


def _decompress(data: bytes, limit: int) -> bytes:
    if limit < 1:  # zlib takes 0 as no limit
        raise ValueError(f"longer than {limit} bytes")
    decompressor = zlib.decompressobj()
    plain = decompressor.decompress(data, limit)
    if not decompressor.eof:
        raise ValueError(f"longer than {limit} bytes, or cut off")
    return plain
