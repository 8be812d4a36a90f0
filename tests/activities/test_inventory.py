"""What the inventory activities read for an effect, and how they store what it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import SQLModel, col, select
from temporalio.exceptions import ApplicationError

from activities.inventory import CompletionInput, InventoryActivities, InventoryInput
from models.db.inventory.tables import DeviceRow, InventoryChangeRow, InventoryRow, LineRow, SimRow
from models.db.orders.tables import ItemRow
from models.db.session import Database, new_id
from models.effect import Effect, EffectInput, Reservation
from models.inventory import DeviceStatus, InventoryState, Sim, SimStatus
from models.order import Order
from tests import factories
from workflows.order_type_registry import order_type

AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
ICCID = "8901991111110000001"


@dataclass(frozen=True)
class Placed:
    """An order that reserves and applies its effect."""

    database: Database
    order: Order

    async def call(self, *activities: str, at: datetime = AT) -> None:
        inventory, ids = InventoryActivities(self.database), [item.id for item in self.order.items]
        for name in activities:
            if name == "apply":
                for item_id in ids:
                    await inventory.apply(CompletionInput(ref=self.order.ref, at=at, item_id=item_id))
            else:
                await getattr(inventory, name)(InventoryInput(ref=self.order.ref, at=at, item_ids=tuple(ids)))

    async def rows(self, table: type[SQLModel]) -> Sequence[Any]:
        async with self.database.transaction() as session:
            return await session.all(select(table))

    async def change(self, kind: str) -> InventoryChangeRow:
        found: dict[str, InventoryChangeRow] = {row.kind: row for row in await self.rows(InventoryChangeRow)}
        return found[kind]

    async def update_items(self, **values: Any) -> None:
        """Set the same on every item."""
        async with self.database.transaction() as session:
            await session.exec(update(ItemRow).values(**values))

    async def stock(self, *, status: str = "in_stock", carrier: str = factories.CARRIER) -> str:
        """Add a SIM with the ICCID; returns its id."""
        row = SimRow(tenant=factories.TENANT, id=new_id(), status=status, carrier=carrier, kind="pSIM", iccid=ICCID)
        async with self.database.transaction() as session:
            session.add(row)
        return row.id


async def placed(database: Database, code: str, items: int = 1) -> Placed:
    await factories.create_company(database)
    spec = factories.OrderSpec(type=order_type(code), items=items)
    order = await factories.create_order(database, spec)
    if code == "NEW_SERVICE_DEVICE":
        await factories.report_numbers(database, order)
    return Placed(database, order)


@pytest.fixture
async def new_line(database: Database) -> Placed:
    return await placed(database, "NEW_SERVICE_DEVICE")


@pytest.fixture
async def reassigned(database: Database) -> Placed:
    return await placed(database, "LINE_REASSIGN")


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 21, 5, 30, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 21, 6, 0, tzinfo=UTC), date(2026, 11, 21)),
    ],
)
async def test_a_line_is_active_since_the_day_it_is_at_the_tenant(new_line: Placed, at: datetime, day: date) -> None:
    await new_line.call("reserve", "apply", at=at)
    (line,) = await new_line.rows(LineRow)
    assert (line.activated_on, line.upgrade_on) == (day, day.replace(year=2028))


async def test_a_sim_in_stock_is_used_instead_of_a_second_one(new_line: Placed) -> None:
    sim_id = await new_line.stock(carrier="bluepeak")
    await new_line.update_items(iccid=ICCID, eid="1")
    await new_line.call("reserve", "apply")
    (line,), (sim,) = await new_line.rows(LineRow), await new_line.rows(SimRow)
    assert (line.sim_id, sim.id, sim.version) == (sim_id, sim_id, 1)
    assert (sim.status, sim.carrier, sim.iccid, sim.eid) == ("active", factories.CARRIER, ICCID, "1")


async def test_the_sim_in_stock_that_the_order_names_is_used(new_line: Placed) -> None:
    sim_id = await new_line.stock()
    await new_line.update_items(answers={"device": "PHONE-1", "plan": "PLAN-1", "iccid": ICCID})
    await new_line.call("reserve", "apply")
    (line,) = await new_line.rows(LineRow)
    assert line.sim_id == sim_id


async def test_two_lines_never_share_a_sim_in_stock(database: Database) -> None:
    order = await placed(database, "NEW_SERVICE_DEVICE", items=2)
    await order.stock()
    await order.update_items(iccid=ICCID)
    await order.call("reserve")
    with pytest.raises(ApplicationError, match=r"SIM number .* is already in use"):
        await order.call("apply")


async def test_a_retired_sim_is_not_used_again(new_line: Placed) -> None:
    retired = await new_line.stock(status="retired")
    await new_line.update_items(iccid=ICCID)
    await new_line.call("reserve", "apply")
    statuses = {sim.id == retired: sim.status for sim in await new_line.rows(SimRow)}
    assert statuses == {True: "retired", False: "active"}


async def test_what_is_released_is_stored_with_the_change(reassigned: Placed) -> None:
    await reassigned.update_items(answers={"device_moves": False})
    await reassigned.call("apply")
    (line,), (device,) = await reassigned.rows(LineRow), await reassigned.rows(DeviceRow)
    assert (line.device_id, line.version) == (None, 1)
    assert (device.status, device.person_id, device.version) == ("in_stock", None, 1)
    after = (await reassigned.change("apply")).after
    assert after["device"] is None
    assert (after["released_device"]["id"], after["released_device"]["status"]) == (device.id, "in_stock")


async def test_an_effect_that_takes_no_sim_looks_none_up(reassigned: Placed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("activities.inventory.stock.lock_sims")
    await reassigned.update_items(iccid=ICCID)
    await reassigned.call("apply")


def _reserve(state: InventoryState, params: EffectInput) -> InventoryState:
    assert state.device is not None
    new = replace(state.device, id=params.device_id, status=DeviceStatus.UNCONFIRMED, imei=None)
    return replace(state, device=new, released_device=state.device)


def _undo(state: InventoryState, _: InventoryState) -> InventoryState:
    assert state.device is not None
    return replace(state, device=replace(state.device, status=DeviceStatus.VOID))


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    assert state.device is not None
    assert state.sim is not None
    assert state.released_device is not None
    sim = Sim(id=params.sim_id, carrier=params.carrier, status=SimStatus.ACTIVE, kind="eSIM", iccid=params.iccid)
    return InventoryState(
        line=replace(state.required_line, device_id=state.device.id, sim_id=sim.id),
        device=replace(state.device, status=DeviceStatus.ACTIVE),
        sim=sim,
        released_device=replace(state.released_device, status=DeviceStatus.PENDING_RETURN),
        released_sim=replace(state.sim, status=SimStatus.RETIRED),
    )


REPLACEMENT = Effect(
    code="replacement", apply=_apply, changes=frozenset(), reservation=Reservation(make=_reserve, undo=_undo)
)


@pytest.fixture
async def replaced(reassigned: Placed, monkeypatch: pytest.MonkeyPatch) -> Placed:
    """An order that gives its line a new device and a new SIM."""
    monkeypatch.setattr("activities.inventory.find_effect", lambda _: REPLACEMENT)
    await reassigned.update_items(iccid=ICCID)
    return reassigned


def _versions(rows: Sequence[InventoryRow]) -> list[tuple[str, int]]:
    return sorted((row.status, row.version) for row in rows)


async def test_a_reserved_device_that_is_not_on_the_line_yet_is_voided_by_the_undo(replaced: Placed) -> None:
    await replaced.call("reserve", "undo")
    assert _versions(await replaced.rows(DeviceRow)) == [("active", 0), ("void", 1)]
    assert _versions(await replaced.rows(LineRow)) == [("active", 0)]


async def test_a_replacement_takes_the_new_and_releases_the_old(replaced: Placed) -> None:
    await replaced.call("reserve", "apply")
    assert _versions(await replaced.rows(DeviceRow)) == [("active", 1), ("pending_return", 1)]
    assert _versions(await replaced.rows(SimRow)) == [("active", 0), ("retired", 1)]
    (line,) = await replaced.rows(LineRow)
    async with replaced.database.transaction() as session:
        sims = await session.all(select(SimRow.iccid).where(col(SimRow.id) == line.sim_id))
    assert (line.version, sims) == (1, [ICCID])
    change = await replaced.change("apply")
    assert change.before["released_device"]["status"] == "active"
    assert change.after["released_device"]["status"] == "pending_return"
    assert change.after["released_sim"]["id"] == change.before["sim"]["id"]
