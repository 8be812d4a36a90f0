"""150 orders of all types while carriers misbehave and every process is killed: nothing is lost or done twice."""

import os
from collections import Counter
from typing import Any

import httpx2
import pytest
from sqlmodel import SQLModel, select
from temporalio.client import Client, WorkflowExecutionStatus

from carriers.tmf622.mapping import STATES
from demo.postgres import Postgres
from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.events.ending import ENDS
from models.lifecycle import ItemState
from tests.e2e.instance import Instance
from tests.e2e.site import allow_many_lines, until
from tests.e2e.storm import Storm
from workflows.order_type_registry import order_types_by_code

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

ORDERS, KILLS = 150, 15
TYPES = order_types_by_code()
ENDING = {event.code for event in ENDS.values()}
SEED = int(os.environ.get("STORM_SEED", "20261129"))


async def test_a_storm_loses_nothing_and_doubles_nothing(
    instance_on_server: Instance, server: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = instance_on_server
    await allow_many_lines(instance.site.database)
    storm = Storm(instance, server, seed=SEED, count=ORDERS)
    with capsys.disabled():
        print(f"\nSTORM_SEED={SEED}")  # noqa: T201 - to repeat a storm
    await storm.run(KILLS)
    checks = StormChecks(storm)
    await until(checks.is_quiet, seconds=180)
    found: dict[str, list[str]] = {
        "lost": await checks.lost(),
        "doubled": await checks.doubled(),
        "not as at the carrier": await checks.inventory_differences(),
        "messages waiting": await checks.messages_waiting(),
        "answers 500": storm.failures,
        "in the inbox, but not sent": await checks.received_not_sent(),
        "sent, but not in the inbox": await checks.sent_not_received(),
    }
    with capsys.disabled():
        print(dict(storm.types), dict(storm.answers), dict(await checks.statuses()))  # noqa: T201 - what the storm was
    assert {name: what for name, what in found.items() if what} == {}
    assert len(storm.types) == len(TYPES), storm.types


class StormChecks:
    """What Dialtone, its carriers and its mail server know after a storm."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self._site = storm.site

    async def is_quiet(self) -> bool:
        """Whether no message and no email waits, and every workflow has ended."""
        email_waits = any(row.state == "waiting" for row in await self._emails())
        return not (email_waits or await self.messages_waiting() or await self.lost())

    async def lost(self) -> list[str]:
        """Orders that were accepted and have not ended, in the database or as workflows."""
        by_number = {row.number: row for row in await self._rows(OrderRow)}
        client = await Client.connect(self._storm.instance.temporal.address)
        lost = []
        for number in self._storm.orders.values():
            row = by_number.get(number)
            if row is None or row.closed_at is None:
                lost.append(f"{number} {row and row.status}")
                continue
            workflow = await client.get_workflow_handle(f"order:{row.tenant}:{row.id}").describe()
            if workflow.status is not WorkflowExecutionStatus.COMPLETED:
                lost.append(f"{number} workflow {workflow.status}")
        return lost

    async def doubled(self) -> list[str]:
        """References of ours that the carrier has twice, orders that nobody placed, and ends that are written twice.

        What does no harm twice, such as a suspension, may be sent again without knowing whether it has arrived.
        """
        harmless = {row.client_ref for row in await self._rows(CarrierOrderRow) if row.repeatable}
        at_carrier = Counter(
            order["externalId"]
            for order in await self._carrier_orders()
            if STATES[order["state"]] is not ItemState.CANCELED
        )
        twice = [reference for reference, count in at_carrier.items() if count > 1 and reference not in harmless]
        unknown = [row.number for row in await self._rows(OrderRow) if row.number not in self._storm.orders.values()]
        ends = Counter(row.order_id for row in await self._rows(EventRow) if row.event in ENDING)
        return [*twice, *unknown, *(order for order, count in ends.items() if count > 1)]

    async def inventory_differences(self) -> list[str]:
        """Items that the carrier has completed whose numbers the inventory does not have on one line."""
        sent = await self._rows(CarrierOrderRow)
        known_orders, harmless = {row.carrier_ref for row in sent}, {row.client_ref for row in sent if row.repeatable}
        items = {row.id: row for row in await self._rows(ItemRow)}
        lines, devices = [{row.id: row for row in await self._rows(table)} for table in (LineRow, DeviceRow)]
        different = []
        for order in await self._carrier_orders():
            if order["id"] not in known_orders and order["externalId"] not in harmless:
                different.append(f"{order['externalId']}: {order['id']} is unknown")
            for item in order["items"]:
                line = lines.get(items[item["id"]].line_id or "")
                if item["state"] != "completed" or item["action"] != "add" or line is None:
                    continue
                device = devices.get(line.device_id or "")
                known = {"MDN": line.mdn, "IMEI": device and device.imei}  # another order may have changed the SIM
                different += [
                    f"{order['externalId']} {name}: {item[name]}, here {known[name]}"
                    for name in ("MDN", "IMEI")
                    if name in item and item[name] != known[name]
                ]
        return different

    async def messages_waiting(self) -> list[str]:
        return [row.id for row in await self._rows(OutboxRow) if row.state == "waiting"]

    async def received_not_sent(self) -> list[str]:
        received = await self._received()
        states = {row.id: row.state for row in await self._emails()}
        return sorted(f"{one} {states.get(one)}" for one in received if states.get(one) not in {"sent", "unconfirmed"})

    async def sent_not_received(self) -> list[str]:
        received = await self._received()
        return sorted(row.id for row in await self._emails() if row.state == "sent" and row.id not in received)

    async def statuses(self) -> Counter[str]:
        return Counter(row.status for row in await self._rows(OrderRow))

    async def _emails(self) -> list[NotificationRow]:
        return await self._rows(NotificationRow)

    async def _received(self) -> set[str]:
        """The ids of the emails about orders in the inbox."""
        async with httpx2.AsyncClient(base_url=self._site.inbox_url, trust_env=False, timeout=60) as inbox:
            listed = (await inbox.get("/api/messages")).json()
            read = [(await inbox.get(f"/api/messages/{email['id']}")).json() for email in listed]
        return {dict(email["headers"])["Message-ID"].partition("@")[0].strip("<") for email in read}

    async def _carrier_orders(self) -> list[dict[str, Any]]:
        orders: list[dict[str, Any]] = []
        for url in self._storm.instance.carrier_urls.values():
            async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60) as carrier:
                orders += (await carrier.get("/simulator/orders")).json()
        return orders

    async def _rows(self, table: type[SQLModel]) -> list[Any]:
        async with self._site.database.transaction() as session:
            return list((await session.exec(select(table))).all())
