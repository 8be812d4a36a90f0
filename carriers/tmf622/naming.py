"""Names and stored forms of product characteristics: ours (`service_zip`, `imei`) and the carrier's (`serviceZip`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic.alias_generators import to_camel, to_snake

from models.identifiers import parse_eid, parse_iccid, parse_mdn, read_imei
from models.order import Identifiers


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """What a carrier reports about an item: a field of Identifiers, its characteristic, and how it is read.

    `parse` raises ValueError for what can't be read.
    """

    name: str
    characteristic: str
    parse: Callable[[str], str]


IDENTIFIERS = (
    Identifier(name="mdn", characteristic="MDN", parse=parse_mdn),
    Identifier(name="imei", characteristic="IMEI", parse=read_imei),
    Identifier(name="imei2", characteristic="IMEI2", parse=read_imei),
    Identifier(name="iccid", characteristic="ICCID", parse=parse_iccid),
    Identifier(name="eid", characteristic="EID", parse=parse_eid),
)
_THEIRS = MappingProxyType({one.name: one.characteristic for one in IDENTIFIERS})
_OURS = MappingProxyType({one.characteristic: one.name for one in IDENTIFIERS})


def to_carrier_name(name: str) -> str:
    return _THEIRS.get(name) or to_camel(name)


def from_carrier_name(name: str) -> str:
    return _OURS.get(name) or to_snake(name)


def read_identifiers(characteristics: Mapping[str, str]) -> tuple[Identifiers, dict[str, str]]:
    """The identifiers in stored form, and by name what the carrier reports in place of those that can't be read."""
    read, unreadable = dict[str, str](), dict[str, str]()
    for one in IDENTIFIERS:
        reported = characteristics.get(one.characteristic)
        if reported is None:
            continue
        try:
            read[one.name] = one.parse(reported)
        except ValueError:
            unreadable[one.name] = reported
    return Identifiers(**read), unreadable
