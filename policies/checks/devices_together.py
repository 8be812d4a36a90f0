from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts, NamedDevice
from models.questions.device import DEVICE_HELD
from policies.access import acts_for_account
from policies.check import Check, item_error


def _devices_together(facts: Facts) -> Iterator[FieldError]:
    seen: set[str] = set()
    carriers = [named.line.carrier if named.line else None for _, named in facts.devices_by_item()]
    for (item, named), carrier in zip(facts.devices_by_item(), carriers, strict=True):
        device = named.device
        if device.id in seen:
            yield item_error(item, DEVICE_HELD, "DUPLICATE_DEVICE", "This device is already in the order.")
        elif device.account_id != facts.account.id and not _charged_above(facts, named):
            detail = "This device belongs to another account. Create a separate order for it."
            yield item_error(item, DEVICE_HELD, "DEVICE_OF_OTHER_ACCOUNT", detail)
        elif facts.type.with_carrier and carrier != carriers[0]:
            detail = "All devices in one order must be on lines with the same carrier, or all on no line."
            yield item_error(item, DEVICE_HELD, "DEVICE_OF_OTHER_CARRIER", detail)
        seen.add(device.id)


def _charged_above(facts: Facts, named: NamedDevice) -> bool:
    """Whether the order is charged to an account above the device's, by someone who acts for that account."""
    return facts.account.id in named.lineage and acts_for_account(facts.requester, facts)


DEVICES_TOGETHER = Check(
    code="devices_together",
    errors=("DUPLICATE_DEVICE", "DEVICE_OF_OTHER_ACCOUNT", "DEVICE_OF_OTHER_CARRIER"),
    judge=_devices_together,
)
