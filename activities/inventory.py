"""What an order does to lines, devices and SIMs: reserve, apply, undo, each exactly once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity

from activities.records import write_down
from models.db import effects, facts, locks, wire
from models.db.session import Database, new_id
from models.db.tables import ItemRow, OrderRow
from models.inventory import EFFECTS, Effect, Holding, Wish
from models.order import Entry, Identifiers, OrderRef


@dataclass(frozen=True, kw_only=True)
class InventoryCall:
    """Do it for these items; write `entries` in the same transaction."""

    ref: OrderRef
    at: datetime
    item_ids: tuple[str, ...]
    entries: tuple[Entry, ...] = ()


class Inventory:
    """Activities on the inventory; a second delivery finds the effect done and changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def reserve(self, call: InventoryCall) -> None:
        """Create what is pending: lines, devices, reservations."""
        async with self._database.transaction() as session:
            order = await wire.load(session, call.ref)
            for item in await _locked(session, call):
                await _reserve(session, item, EFFECTS[order.type.effect], call.at)
            await write_down(session, order, call.entries)

    @activity.defn
    async def apply(self, call: InventoryCall) -> None:
        """Make the inventory what the order promised, with what the carrier reported; free the lines."""
        async with self._database.transaction() as session:
            order = await wire.load(session, call.ref)
            await write_down(session, order, call.entries)
            for item in await _locked(session, call):
                await _apply(session, item, EFFECTS[order.type.effect], call.at)
                await locks.release(session, order, item_id=item.id)

    @activity.defn
    async def undo(self, call: InventoryCall) -> None:
        """Take back what was reserved and not applied."""
        async with self._database.transaction() as session:
            order = await wire.load(session, call.ref)
            for item in await _locked(session, call):
                await _undo(session, item, EFFECTS[order.type.effect], call.at)
            await write_down(session, order, call.entries)


async def _locked(session: AsyncSession, call: InventoryCall) -> list[ItemRow]:
    return [await effects.lock_item(session, call.ref, item_id) for item_id in sorted(call.item_ids)]


async def _reserve(session: AsyncSession, item: ItemRow, effect: Effect, at: datetime) -> None:
    wish = await _wish(session, item)

    def change(before: Holding) -> Holding:
        return effect.reserve(before, wish)

    await effects.perform(session, item, effects.RESERVE, change, at)


async def _apply(session: AsyncSession, item: ItemRow, effect: Effect, at: datetime) -> None:
    wish = await _wish(session, item)
    found = Identifiers(mdn=item.mdn, imei=item.imei, imei2=item.imei2, iccid=item.iccid, eid=item.eid)

    def change(before: Holding) -> Holding:
        return effect.apply(before, wish, found, at)

    await effects.perform(session, item, effects.APPLY, change, at)


async def _undo(session: AsyncSession, item: ItemRow, effect: Effect, at: datetime) -> None:
    """Also done, and noted, where nothing is reserved: a reservation that comes late must find that it is too late."""
    if not await effects.done(session, item, effects.APPLY):
        reserved = await effects.done(session, item, effects.RESERVE)
        await effects.perform(session, item, effects.UNDO, effect.undo if reserved else _nothing, at)


def _nothing(before: Holding) -> Holding:
    return before


async def _wish(session: AsyncSession, item: ItemRow) -> Wish:
    row = await session.get_one(OrderRow, (item.tenant, item.order_id))
    policy = await facts.policy_of(session, item.tenant)
    answers: Mapping[str, Any] = item.answers
    return Wish(
        line_id=new_id(),
        device_id=new_id(),
        sim_id=new_id(),
        carrier=row.carrier or "",
        account_id=row.account_id,
        person_id=row.beneficiary_id,
        device_sku=answers.get("device", ""),
        plan=answers.get("plan", ""),
        features=tuple(answers.get("features") or ()),
        sim_kind=answers.get("sim_type", "eSIM"),
        cost_centre=row.cost_centre_recurring,
        upgrade_months=policy.upgrade_months,
    )
