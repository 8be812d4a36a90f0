"""Names of characteristics: ours (`service_zip`, `imei`) and the carrier's (`serviceZip`, `IMEI`)."""

from types import MappingProxyType

from pydantic.alias_generators import to_camel, to_snake

_ABBREVIATED = MappingProxyType({"mdn": "MDN", "imei": "IMEI", "imei2": "IMEI2", "iccid": "ICCID", "eid": "EID"})
_OURS = MappingProxyType({carriers: ours for ours, carriers in _ABBREVIATED.items()})


def spoken(name: str) -> str:
    """The carrier's name of what we call `name`."""
    return _ABBREVIATED.get(name) or to_camel(name)


def understood(name: str) -> str:
    """Our name of what the carrier calls `name`."""
    return _OURS.get(name) or to_snake(name)
