from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.inventory import Device, DeviceStatus
from models.questions.device import DEVICE_HELD
from policies.check import Check, item_error
from policies.line_access import devices_to_judge

_ENDED = frozenset({DeviceStatus.RETIRED, DeviceStatus.VOID})


def _why_ended(device: Device) -> str | None:
    return "This device is no longer in the inventory." if device.status in _ENDED else None


def _device_known(facts: Facts) -> Iterator[FieldError]:
    """Check that the tenant has every device, and has it still."""
    for item, answers in enumerate(facts.answers):
        if facts.device(item) is None:
            name = str(DEVICE_HELD.of(answers))[:26]
            yield item_error(item, DEVICE_HELD, "DEVICE_NOT_FOUND", f'No device matches "{name}".')
    for item, named in devices_to_judge(facts):
        why_not = _why_ended(named.device)
        if why_not is not None:
            yield item_error(item, DEVICE_HELD, "DEVICE_ENDED", why_not)


DEVICE_KNOWN = Check(
    code="device_known",
    errors=("DEVICE_ENDED", "DEVICE_NOT_FOUND"),
    judge=_device_known,
    refuses_device=_why_ended,
)
