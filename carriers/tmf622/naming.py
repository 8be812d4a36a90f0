"""Names and stored forms of product characteristics: ours (`service_zip`, `imei`) and the carrier's (`serviceZip`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import structlog
from pydantic.alias_generators import to_camel, to_snake

from models.identifiers import parse_eid, parse_iccid, parse_imei, parse_mdn
from models.order import Identifiers

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """What a carrier reports about an item: a field of Identifiers, its characteristic, and how it is read."""

    name: str
    characteristic: str
    parse: Callable[[str], str] = str

    def read(self, characteristics: Mapping[str, str]) -> str | None:
        """The stored form; None if the carrier reports none that can be read."""
        value = characteristics.get(self.characteristic)
        try:
            return value and self.parse(value)
        except ValueError:
            log.warning("carrier_identifier_unreadable", characteristic=self.characteristic)
            return None


def _parse_iccid(value: str) -> str:
    """A number of odd length is stored on the card, and sent by carriers, with an F at its end."""
    return parse_iccid(value.rstrip("Ff"))


IDENTIFIERS = (
    Identifier(name="mdn", characteristic="MDN", parse=parse_mdn),
    Identifier(name="imei", characteristic="IMEI", parse=parse_imei),
    Identifier(name="imei2", characteristic="IMEI2", parse=parse_imei),
    Identifier(name="iccid", characteristic="ICCID", parse=_parse_iccid),
    Identifier(name="eid", characteristic="EID", parse=parse_eid),
    Identifier(name="tracking_number", characteristic="trackingNumber"),
    Identifier(name="shipping_carrier", characteristic="shippingCarrier"),
)
_THEIRS = MappingProxyType({one.name: one.characteristic for one in IDENTIFIERS})
_OURS = MappingProxyType({one.characteristic: one.name for one in IDENTIFIERS})


def to_carrier_name(name: str) -> str:
    return _THEIRS.get(name) or to_camel(name)


def from_carrier_name(name: str) -> str:
    return _OURS.get(name) or to_snake(name)


def read_identifiers(characteristics: Mapping[str, str]) -> Identifiers:
    return Identifiers(**{one.name: one.read(characteristics) for one in IDENTIFIERS})
