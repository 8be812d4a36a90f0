"""Temporal stores payloads encrypted, and nothing else is read."""

import tracemalloc
import zlib
from base64 import b64encode

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter, WorkflowSerializationContext
from temporalio.exceptions import ApplicationError

from models.db.encryption import KeyPurpose, Keyring
from models.order_messages import Cancellation
from outbox.payload_codec import COMPRESSED, REFUSED, EncryptionCodec, UnknownKey, UnreadablePayload
from outbox.temporal_client import data_converter
from tests import factories

OLD, NEW = ({name: b64encode(letter * 32).decode()} for name, letter in (("2025", b"a"), ("2026", b"b")))
CANCELLATION = Cancellation(action_id="a", actor=factories.actor(), reason="Lost")
ORDER = "order:acme:01"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"Jordan"')


def _converter(keys: dict[str, str] = OLD, workflow_id: str = ORDER) -> DataConverter:
    context = WorkflowSerializationContext(namespace="default", workflow_id=workflow_id)
    return data_converter(Keyring(keys)).with_context(context)


def _codec(keys: dict[str, str] = OLD, workflow_id: str = ORDER) -> EncryptionCodec:
    return EncryptionCodec(Keyring(keys), workflow_id)


async def test_a_value_is_encrypted_and_decrypted() -> None:
    (encrypted,) = await _converter().encode([CANCELLATION])
    assert b"Lost" not in encrypted.SerializeToString()
    assert dict(encrypted.metadata) == {"encoding": b"binary/encrypted", "key": b"2025", "workflow": ORDER.encode()}
    assert await _converter().decode([encrypted], [Cancellation]) == [CANCELLATION]


async def test_a_long_payload_is_compressed() -> None:
    long = Payload(metadata={"encoding": b"json/plain"}, data=b'{"status": "AWAITING_APPROVAL"}' * 40)
    (encrypted,) = await _codec().encode([long])
    assert len(encrypted.data) < len(long.data) / 4
    assert await _codec().decode([encrypted]) == [long]


async def test_payloads_of_an_old_key_are_decrypted_after_a_rotation() -> None:
    (encrypted,) = await _converter().encode([CANCELLATION])
    rotated = _converter(NEW | OLD)
    assert await rotated.decode([encrypted], [Cancellation]) == [CANCELLATION]
    (encrypted_again,) = await rotated.encode([CANCELLATION])
    assert encrypted_again.metadata["key"] == b"2026"


@pytest.mark.fault("50")
async def test_a_payload_that_is_not_encrypted_is_refused() -> None:
    assert (await _codec().decode([PLAIN]))[0].metadata["encoding"] == REFUSED
    plain = DataConverter.default.payload_converter.to_payloads([vars(CANCELLATION)["action_id"]])
    with pytest.raises(KeyError, match="refused"):
        await _converter().decode(plain, [str])


@pytest.mark.fault("50")
async def test_a_payload_opens_only_in_its_own_workflow() -> None:
    (encrypted,) = await _codec().encode([PLAIN])
    elsewhere = _codec(workflow_id="order:acme:02")
    assert (await elsewhere.decode([encrypted]))[0].metadata["encoding"] == REFUSED
    encrypted.metadata["workflow"] = b"order:acme:02"
    assert (await elsewhere.decode([encrypted]))[0].metadata["encoding"] == REFUSED


def _sealed(data: bytes, **metadata: bytes) -> Payload:
    body = Keyring(OLD).encrypt(data, KeyPurpose.PAYLOADS, bound_to=ORDER)
    return Payload(
        metadata={"encoding": b"binary/encrypted", "key": b"2025", "workflow": ORDER.encode()} | metadata, data=body
    )


@pytest.mark.fault("47")
@pytest.mark.parametrize(
    "payload",
    [
        _sealed(b"", encoding=COMPRESSED),
        _sealed(b"no zlib", encoding=COMPRESSED),
        _sealed(zlib.compress(PLAIN.SerializeToString())[:-3], encoding=COMPRESSED),
        _sealed(b"\xff\xff no protobuf"),
        _sealed(b"", key=b"\xff"),
        Payload(metadata={"encoding": COMPRESSED, "workflow": ORDER.encode()}),
        Payload(metadata={"encoding": COMPRESSED, "key": b"2025", "workflow": ORDER.encode()}, data=b"short"),
    ],
)
async def test_a_damaged_payload_is_refused(payload: Payload) -> None:
    with pytest.raises(UnreadablePayload):
        _codec().open(payload)
    assert (await _codec().decode([payload]))[0].metadata["encoding"] == REFUSED


@pytest.mark.fault("50")
@pytest.mark.parametrize("sender", [NEW, NEW | OLD], ids=["new key", "both keys"])
async def test_a_payload_of_a_key_that_is_missing_here_is_not_taken_for_a_forgery(sender: dict[str, str]) -> None:
    sealed = await _codec(sender).encode([PLAIN])
    with pytest.raises(UnknownKey, match="2026"):
        await _codec(OLD).decode(sealed)
    assert await _codec(OLD | NEW).decode(sealed) == [PLAIN]


@pytest.mark.fault("47")
@pytest.mark.parametrize("limit", [1000, 0])
async def test_a_payload_is_not_decompressed_beyond_the_limit(limit: int) -> None:
    (encrypted,) = await _codec().encode([Payload(data=bytes(10_000_000))])
    assert len(encrypted.data) < 20_000
    tracemalloc.start()
    try:
        with pytest.raises(UnreadablePayload, match="longer than"):
            _codec().open(encrypted, limit=limit)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.fault("47")
@pytest.mark.parametrize("length", [10, 1000], ids=["short", "compressed"])
@pytest.mark.parametrize("limit", [9, 1, 0, -1])
async def test_a_limit_holds_however_small_it_is(limit: int, length: int) -> None:
    (encrypted,) = await _codec().encode([Payload(data=bytes(length))])
    with pytest.raises(UnreadablePayload, match="longer than"):
        _codec().open(encrypted, limit=limit)


@pytest.mark.fault("50")
@pytest.mark.parametrize("encoding", ["binary/null", "binary/plain"])
async def test_nothing_but_json_is_read(encoding: str) -> None:
    encrypted = await _codec().encode([Payload(metadata={"encoding": encoding.encode()}, data=b"x")])
    with pytest.raises(KeyError, match=encoding):
        await _converter().decode(encrypted, [Cancellation])


async def test_no_value_is_a_value() -> None:
    encrypted = await _converter().encode([None])
    assert await _converter().decode(encrypted, [type(None)]) == [None]
    with pytest.raises(ValueError, match="Cancellation"):
        await _converter().decode(encrypted, [Cancellation])


async def test_the_message_of_a_failure_is_encrypted() -> None:
    converter, failure = _converter(), Failure()
    error = ApplicationError("490154203237518 is stolen", "490154203237518", type="CARRIER_DECLINED")
    await converter.encode_failure(error, failure)
    assert b"490154203237518" not in failure.SerializeToString()
    decoded = await converter.decode_failure(failure)
    assert isinstance(decoded, ApplicationError)
    assert (decoded.message, decoded.details) == ("490154203237518 is stolen", ("490154203237518",))
