"""Which refusals can be corrected: by the carrier's code, the questions whose answers it did not accept.

A code that isn't listed can't be corrected: repeating the order would not help.
"""

from collections.abc import Mapping
from types import MappingProxyType

CORRECTABLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ADDRESS_INVALID": ("ship_to",),
        "AREA_CODE_UNAVAILABLE": ("area_code",),
        "DEVICE_NOT_COMPATIBLE": ("imei",),
        "EID_INVALID": ("eid",),
        "ICCID_INVALID": ("iccid",),
        "IMEI_INVALID": ("imei",),
        "SERVICE_ADDRESS_INVALID": ("service_address",),
        "SERVICE_ZIP_INVALID": ("service_zip",),
        "SUBSCRIBER_NAME_INVALID": ("subscriber_name",),
    }
)


def correctable(code: str | None) -> tuple[str, ...]:
    """The questions to answer anew, by code; empty if the refusal is final."""
    return CORRECTABLE.get(code or "", ())
