"""Temporal stores payloads encrypted."""

from base64 import b64encode

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from models.db.encryption import Keyring
from models.order import Cancellation
from outbox.payload_codec import EncryptionCodec
from outbox.temporal_client import data_converter
from tests import factories

OLD, NEW = ({name: b64encode(letter * 32).decode()} for name, letter in (("2025", b"a"), ("2026", b"b")))
CANCELLATION = Cancellation(action_id="a-1", actor=factories.actor(), reason="train")


async def test_a_value_is_encrypted_and_decrypted() -> None:
    converter = data_converter(Keyring(OLD))
    (encrypted,) = await converter.encode([CANCELLATION])
    assert b"train" not in encrypted.SerializeToString()
    assert dict(encrypted.metadata) == {"encoding": b"binary/encrypted", "encryption-key-id": b"2025"}
    assert await converter.decode([encrypted], [Cancellation]) == [CANCELLATION]


async def test_a_long_payload_is_compressed() -> None:
    codec = EncryptionCodec(Keyring(OLD))
    long = Payload(metadata={"encoding": b"json/plain"}, data=b'{"status": "AWAITING_APPROVAL"}' * 40)
    (encrypted,) = await codec.encode([long])
    assert len(encrypted.data) < len(long.data) / 4
    assert await codec.decode([encrypted]) == [long]


async def test_payloads_of_an_old_key_are_decrypted_after_a_rotation() -> None:
    (encrypted,) = await data_converter(Keyring(OLD)).encode([CANCELLATION])
    rotated = data_converter(Keyring(NEW | OLD))
    assert await rotated.decode([encrypted], [Cancellation]) == [CANCELLATION]
    (encrypted_again,) = await rotated.encode([CANCELLATION])
    assert encrypted_again.metadata["encryption-key-id"] == b"2026"


async def test_a_plain_payload_is_returned_unchanged() -> None:
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b"1")
    assert await EncryptionCodec(Keyring(OLD)).decode([plain]) == [plain]


async def test_the_message_of_a_failure_is_encrypted() -> None:
    converter, failure = data_converter(Keyring(OLD)), Failure()
    error = ApplicationError("490154203237518 is stolen", "490154203237518", type="CARRIER_DECLINED")
    await converter.encode_failure(error, failure)
    assert b"490154203237518" not in failure.SerializeToString()
    decoded = await converter.decode_failure(failure)
    assert isinstance(decoded, ApplicationError)
    assert (decoded.message, decoded.details) == ("490154203237518 is stolen", ("490154203237518",))
