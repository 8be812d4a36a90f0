"""An order that is at the carrier, and what is recorded about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar

import pytest
from sqlmodel import SQLModel, col, func, select, update

from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierEventRow, CarrierOrderRow
from models.db.encryption import Keyring
from models.db.orders.tables import ItemRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, new_id
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate
from models.timers import TimerRef
from tests.fixtures.office import SampleOrder, open_office

CARRIER = "bell"
R = TypeVar("R", bound=SQLModel)


@dataclass
class OrderAtCarrier:
    """The office's order at its carrier, in any number of rounds."""

    database: Database
    office: SampleOrder

    async def place(
        self, *, number: int = 1, carrier_ref: str | None = None, quiet_for: timedelta = timedelta(0)
    ) -> str:
        """Place a round, as `C{number}` unless a carrier reference is given; returns our reference."""
        order = replace(self.office.order, carrier=CARRIER)
        async with self.database.transaction() as session:
            row = await carrier_orders.prepare(session, order, number)
            await carrier_orders.mark_accepted(session, row, carrier_ref or f"C{number}")
            quiet = update(CarrierOrderRow).where(col(CarrierOrderRow.client_ref) == row.client_ref)
            await session.exec(quiet.values(last_update_at=func.now() - quiet_for))
        return row.client_ref

    async def place_for_timer(self, timer: TimerRef) -> str:
        """Place the request of a line's timer; returns our reference."""
        order = self.office.order
        async with self.database.transaction() as session:
            row = await carrier_orders.prepare_for_timer(session, timer, order, CARRIER)
            await session.flush()
            await carrier_orders.mark_accepted(session, row, f"C-{row.client_ref}")
        return row.client_ref

    async def decline_for_timer(self, timer: TimerRef, client_ref: str) -> None:
        async with self.database.transaction() as session:
            await carrier_orders.close_for_timer(session, timer, client_ref)

    async def close(self) -> None:
        async with self.database.transaction() as session:
            await carrier_orders.close(session, self.office.order.ref)

    async def become_quiet(self) -> None:
        """Move the last updates a day into the past."""
        async with self.database.transaction() as session:
            await session.exec(
                update(CarrierOrderRow).values(last_update_at=col(CarrierOrderRow.last_update_at) - timedelta(days=1))
            )

    async def events(self) -> Sequence[CarrierEventRow]:
        return sorted(await self._all(CarrierEventRow), key=lambda row: row.received_at)

    async def signals(self) -> Sequence[OutboxRow]:
        return sorted(await self._all(OutboxRow), key=lambda row: row.position or 0)

    async def items(self) -> Sequence[ItemRow]:
        return await self._all(ItemRow)

    async def last_update_at(self) -> datetime:
        (row,) = await self._all(CarrierOrderRow)
        return row.last_update_at

    async def _all(self, table: type[R]) -> Sequence[R]:
        async with self.database.transaction() as session:
            return (await session.exec(select(table))).all()


def carrier_update(
    client_ref: str, state: ItemState = ItemState.BACKORDERED, *, event_id: str | None = None
) -> CarrierUpdate:
    """An update of the first item."""
    items = (ItemUpdate(item_id="1", state=state, detail="out of stock"),)
    return CarrierUpdate(event_id=event_id or new_id(), carrier=CARRIER, client_ref=client_ref, items=items)


class AnHourAhead(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # no other time of its own class
        return datetime.now(tz) + timedelta(hours=1)


@pytest.fixture
def clock_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of this process is an hour ahead of the database's."""
    monkeypatch.setattr("models.db.session.datetime", AnHourAhead)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring({"test": "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtMzI="})


@pytest.fixture
async def at_carrier(database: Database) -> OrderAtCarrier:
    return OrderAtCarrier(database=database, office=await open_office(database))
