"""Names of product characteristics: ours (`service_zip`, `imei`) and the carrier's (`serviceZip`, `IMEI`)."""

from types import MappingProxyType

from pydantic.alias_generators import to_camel, to_snake

_ABBREVIATIONS = MappingProxyType({"mdn": "MDN", "imei": "IMEI", "imei2": "IMEI2", "iccid": "ICCID", "eid": "EID"})
_OURS = MappingProxyType({theirs: ours for ours, theirs in _ABBREVIATIONS.items()})


def to_carrier_name(name: str) -> str:
    return _ABBREVIATIONS.get(name) or to_camel(name)


def from_carrier_name(name: str) -> str:
    return _OURS.get(name) or to_snake(name)
