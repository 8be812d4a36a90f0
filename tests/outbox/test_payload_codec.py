"""Nothing of an order is readable where Temporal keeps it."""

from base64 import b64encode

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from models.db.encryption import Keyring
from models.order import Cancellation
from outbox.payload_codec import Codec
from outbox.temporal_client import data_converter
from tests import factories

OLD, NEW = ({name: b64encode(letter * 32).decode()} for name, letter in (("2025", b"a"), ("2026", b"b")))
SAID = Cancellation(action_id="a-1", actor=factories.person(), reason="Lost on the train.")


async def test_a_value_comes_back_as_it_was_and_is_not_readable_meanwhile() -> None:
    converter = data_converter(Keyring(OLD))
    (sealed,) = await converter.encode([SAID])
    assert b"train" not in sealed.SerializeToString()
    assert dict(sealed.metadata) == {"encoding": b"binary/encrypted", "encryption-key-id": b"2025"}
    assert await converter.decode([sealed], [Cancellation]) == [SAID]


async def test_what_is_long_takes_less_room_and_comes_back_as_it_was() -> None:
    codec = Codec(Keyring(OLD))
    long = Payload(metadata={"encoding": b"json/plain"}, data=b'{"status": "AWAITING_APPROVAL"}' * 40)
    (sealed,) = await codec.encode([long])
    assert len(sealed.data) < len(long.data) / 4
    assert await codec.decode([sealed]) == [long]


async def test_after_a_rotation_running_orders_are_still_read() -> None:
    (sealed,) = await data_converter(Keyring(OLD)).encode([SAID])
    renewed = data_converter(Keyring(NEW | OLD))
    assert await renewed.decode([sealed], [Cancellation]) == [SAID]
    (sealed_again,) = await renewed.encode([SAID])
    assert sealed_again.metadata["encryption-key-id"] == b"2026"


async def test_what_was_never_sealed_passes_unchanged() -> None:
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b"1")
    assert await Codec(Keyring(OLD)).decode([plain]) == [plain]


async def test_the_words_of_a_failure_are_sealed_too() -> None:
    converter, failure = data_converter(Keyring(OLD)), Failure()
    error = ApplicationError("490154203237518 is stolen", "490154203237518", type="CARRIER_REFUSED")
    await converter.encode_failure(error, failure)
    assert b"490154203237518" not in failure.SerializeToString()
    decoded = await converter.decode_failure(failure)
    assert isinstance(decoded, ApplicationError)
    assert (decoded.message, decoded.details) == ("490154203237518 is stolen", ("490154203237518",))
