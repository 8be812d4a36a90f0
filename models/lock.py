"""What orders lock: a line or a device of the inventory, or an aspect of it. The rows are in `models/db/locks/`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.errors import DeviceReserved, LineHasOpenOrder, PublicError
from models.order import Item
from models.order_type import Aspect, ThingKind
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE

# The lock on all of a thing, from when its order is sent to the carrier until the inventory is changed.
HOLD = "hold"

_CONFLICTS: Mapping[ThingKind, type[PublicError]] = MappingProxyType(
    {ThingKind.LINE: LineHasOpenOrder, ThingKind.DEVICE: DeviceReserved}
)


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A record of the inventory that orders lock."""

    kind: ThingKind
    id: str


def named_by(item: Item) -> Thing | None:
    """What the item is about; None if it makes something new that has no record yet."""
    if item.device_id is not None:
        return Thing(kind=ThingKind.DEVICE, id=item.device_id)
    return Thing(kind=ThingKind.LINE, id=item.line_id) if item.line_id is not None else None


def field_of(item: Item) -> str:
    """The path of the answer, in the request, that names the thing."""
    question = LINE if item.device_id is None else DEVICE_HELD
    return f"items.{item.number - 1}.{question.code}"


def conflict(kind: ThingKind, number: str, *, field: str | None = None) -> PublicError:
    """The error of an order that wants what the open order with this number locks."""
    return _CONFLICTS[kind](f"Order {number} is in progress for this {kind}.", field=field, facts={"order": number})


def in_the_way(wanted: Collection[str], claims: Mapping[str, str]) -> tuple[str, str] | None:
    """The first of `claims` (aspect → what locks it) that conflicts with the wanted aspects."""
    return next(((aspect, number) for aspect, number in claims.items() if aspect in wanted), None)


def conflict_with(wanted: Collection[Aspect], claims: Mapping[str, str]) -> PublicError | None:
    """The error of an order that wants these aspects of what the claims are on; None if nothing is in its way."""
    found = in_the_way(wanted, claims)
    return conflict(Aspect(found[0]).of, found[1]) if found else None
