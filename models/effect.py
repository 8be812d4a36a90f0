"""The shape of an effect: how an order changes the inventory. The effects are in `models/effects/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from models.holder import Holder
from models.inventory import InventoryState, Sim, SimStatus
from models.order import Identifiers
from models.registry import find


@dataclass(frozen=True, kw_only=True)
class EffectInput:
    """What an effect takes from the order and its item.

    Attributes:
        line_id, device_id, sim_id: the ids of new records.
        account_id: the account that the order is charged to.
        carrier_account: the number of its billing account at the carrier.
        holder: whom the order is for.
        holder_account_id: the account that the holder belongs to.
        at: when the item is complete, or reserved.
        today: the date in the tenant's time zone.
        replaced: what the line had when the order was submitted, by the questions whose answers replace it.
        reported: what the carrier has reported about the item.
        refused: the SKUs of the features that the carrier has not changed as ordered.
        final_on: the last day of service of a line that ends, as the carrier has reported it.
        known_sim: the SIM in stock with the item's ICCID; None for effects that take no SIM.
    """

    line_id: str
    device_id: str
    sim_id: str
    carrier: str
    account_id: str
    holder: Holder
    holder_account_id: str | None
    cost_center: str | None
    upgrade_months: int
    at: datetime
    today: date
    answers: Mapping[str, Any]
    reported: Identifiers
    replaced: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    refused: frozenset[str] = frozenset()
    final_on: date | None = None
    known_sim: Sim | None = None
    carrier_account: str | None = None

    @property
    def identifiers(self) -> Identifiers:
        """What the carrier has reported, else what was answered."""
        return Identifiers.among(self.answers).updated(self.reported)

    @property
    def iccid(self) -> str | None:
        return self.identifiers.iccid

    def active_sim(self, kind: str) -> Sim:
        """The item's SIM, now active: the known one, else a new one of this kind."""
        sim = self.known_sim or Sim(
            id=self.sim_id,
            carrier=self.carrier,
            status=SimStatus.IN_STOCK,
            kind=kind,
            iccid=self.iccid,
        )
        return replace(sim, carrier=self.carrier, status=SimStatus.ACTIVE, eid=self.identifiers.eid or sim.eid)


Change = Callable[[InventoryState, EffectInput], InventoryState]


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """Creates or keeps records before the order goes to the carrier, and releases them again. Both are pure.

    `undo` gets the state as it is now, and as it was before.
    """

    make: Change
    undo: Callable[[InventoryState, InventoryState], InventoryState]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How an item changes the inventory.

    Attributes:
        apply: what the order changes in the end; pure, from the state that the reservation left, if there is one.
        changes: all that the reservation and `apply` change, by the names of an InventoryState: a field of a record
            (`line.status`), or the record's name alone (`line`) if they create one.
        takes_sim: whether it puts a SIM on the line, which may be in stock already.
        needs: the identifiers without which the item is not complete, by name.
        renews: the identifiers that the line gets anew: without another one than it has, the item is not complete.
        accepted_by: the identifiers that a line keeps unless a person accepts another one: the question, by name.
    """

    code: str
    apply: Change
    changes: frozenset[str]
    reservation: Reservation | None = None
    takes_sim: bool = False
    needs: tuple[str, ...] = ()
    renews: tuple[str, ...] = ()
    accepted_by: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def not_renewed(self, before: InventoryState, params: EffectInput) -> str | None:
        """The name of an identifier that the line would keep although it should get another one."""
        known, line = params.identifiers.known, before.required_line if self.renews else None
        return next((name for name in self.renews if known.get(name) in {None, getattr(line, name)}), None)

    def not_accepted(self, before: InventoryState, params: EffectInput) -> str | None:
        """The name of an identifier that would change although nobody has accepted that."""
        known = params.identifiers.known
        for name, question in self.accepted_by.items():
            present = getattr(before.required_line, name)
            if present is not None and known.get(name, present) != present and not params.answers.get(question):
                return name
        return None


def find_effect(code: str) -> Effect:
    """Raises UnknownWordError."""
    return find("models.effects", Effect, code)
