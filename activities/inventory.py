"""What an order does to lines, devices and SIMs: reserve, apply, undo, each exactly once."""

from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities import timers
from activities.history import append_events
from models.db import facts, line_locks
from models.db.inventory import changes
from models.db.inventory.changes import Performed
from models.db.orders import order_values
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people import lookup
from models.db.session import Database, Session, new_id
from models.inventory import EFFECTS, Effect, EffectInput, InventoryState
from models.order import Identifiers, Order, OrderEvent, OrderRef


@dataclass(frozen=True, kw_only=True)
class InventoryCall:
    """Do it for these items; write `entries` in the same transaction."""

    ref: OrderRef
    at: datetime
    item_ids: tuple[str, ...]
    entries: tuple[OrderEvent, ...] = ()


class InventoryActivities:
    """Activities on the inventory; a second delivery finds the effect done and changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def reserve(self, call: InventoryCall) -> None:
        """Create what is pending: lines, devices, reservations."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, call.ref)
            terms = await _terms(session, order)
            for item in await _locked(session, call):
                await _reserve(session, item, terms, call.at)
            await append_events(session, order, call.entries)

    @activity.defn
    async def apply(self, call: InventoryCall) -> None:
        """Make the inventory what the order promised, with what the carrier reported; free the lines."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, call.ref)
            await append_events(session, order, call.entries)
            terms = await _terms(session, order)
            for item in await _locked(session, call):
                done = await _apply(session, item, terms, call.at)
                if done is not None:
                    await timers.sync_suspension_timer(session, order, item, done, call.at)
                await line_locks.release(session, order, item_id=item.id)

    @activity.defn
    async def undo(self, call: InventoryCall) -> None:
        """Take back what was reserved and not applied."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, call.ref)
            for item in await _locked(session, call):
                await changes.take_back(session, item, EFFECTS[order.type.effect], call.at)
            await append_events(session, order, call.entries)


async def _locked(session: Session, call: InventoryCall) -> list[ItemRow]:
    return [await changes.lock_item(session, call.ref, item_id) for item_id in sorted(call.item_ids)]


@dataclass(frozen=True, kw_only=True)
class _Terms:
    """What all items of an order have in common: its effect, whom it is for, and which rules it follows."""

    effect: Effect
    row: OrderRow
    home_account_id: str | None
    upgrade_months: int

    def wish(self, item: ItemRow) -> EffectInput:
        """What an item is to become."""
        return EffectInput(
            line_id=new_id(),
            device_id=new_id(),
            sim_id=new_id(),
            carrier=self.row.carrier or "",
            account_id=self.row.account_id,
            person_id=self.row.beneficiary_id,
            home_account_id=self.home_account_id,
            cost_center=self.row.cost_center_recurring,
            upgrade_months=self.upgrade_months,
            answers=item.answers,
        )


async def _terms(session: Session, order: Order) -> _Terms:
    beneficiary = await lookup.by_id(session, order.tenant, order.beneficiary_id)
    return _Terms(
        effect=EFFECTS[order.type.effect],
        row=await order_values.row_of(session, order.ref),
        home_account_id=beneficiary.account_id if beneficiary else None,
        upgrade_months=(await facts.policy_of(session, order.tenant)).upgrade_months,
    )


async def _reserve(session: Session, item: ItemRow, terms: _Terms, at: datetime) -> None:
    reservation, wish = terms.effect.reservation, terms.wish(item)
    if reservation is None:
        raise ValueError(f"{terms.row.type_code} reserves, but its effect has nothing to reserve")

    def change(before: InventoryState) -> InventoryState:
        return reservation.make(before, wish)

    await changes.perform(session, item, changes.RESERVE, change, at)


async def _apply(session: Session, item: ItemRow, terms: _Terms, at: datetime) -> Performed | None:
    wish = terms.wish(item)
    found = Identifiers(mdn=item.mdn, imei=item.imei, imei2=item.imei2, iccid=item.iccid, eid=item.eid)

    def change(before: InventoryState) -> InventoryState:
        return terms.effect.apply(before, wish, found, at)

    return await changes.perform(session, item, changes.APPLY, change, at)
