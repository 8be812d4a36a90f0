"""Records what this version leaves behind (`make recording`), once: a recording is never changed."""

import base64
import json
import secrets
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlmodel import select

from api.auth.passwords import Passwords
from demo.company import create_logins
from demo.postgres_server import DatabaseServer
from demo.simulator.states import Phase
from models.db.encryption import Keyring
from models.db.orders.tables import OrderRow
from models.db.session import Database
from tests.e2e.day import Day
from tests.e2e.instance import DIALTONE, INFRASTRUCTURE, Instance
from tests.e2e.left_orders import CARRIER_RULES, LEFT_ORDERS, While
from tests.e2e.recording import Recording, recordings
from tests.e2e.site import change_policy
from tests.fixtures.database import cloned
from tests.project_files import ROOT

pytestmark = pytest.mark.timeout(900)
NEVER = 1_000_000_000  # seconds
DAYS = 2000
HOURS = 24 * DAYS
KEYS = {
    "DIALTONE_PAYLOAD_KEYS": json.dumps({"recorded": base64.b64encode(secrets.token_bytes(32)).decode()}),
    "DIALTONE_LINK_KEYS": json.dumps([secrets.token_urlsafe(32)]),
}
ALWAYS_OPEN = {"opens": "00:00:00", "closes": "00:00:00", "max_lines_per_employee": 1000, "effective_days_ahead": 4000}
AT_ONCE = {"remind_after_hours": 0, "escalate_after_hours": 0, "expire_after_hours": 0}
# A later version finds the orders as they were left, however much later it is.
IN_YEARS = {
    **dict.fromkeys(("remind_after_hours", "remind_every_hours", "escalate_after_hours", "expire_after_hours"), HOURS),
    **dict.fromkeys(("info_expires_after_hours", "carrier_change_hours", "carrier_shipment_hours"), HOURS),
    **dict.fromkeys(("question_days", "decision_days", "backorder_days", "cancellation_days"), DAYS),
    **dict.fromkeys(("other_order_days", "return_days", "return_transit_days"), DAYS),
}


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


@pytest.fixture
async def instance(postgres: DatabaseServer, company_template: str, tmp_path: Path) -> AsyncIterator[Instance]:
    async with cloned(postgres, company_template) as database:
        instance = Instance(tmp_path, database, KEYS)
        await create_logins(database, Keyring(json.loads(KEYS["DIALTONE_PAYLOAD_KEYS"])), Passwords())
        try:
            await instance.start(*INFRASTRUCTURE)
            await instance.add_products()
            await instance.start(*DIALTONE)
            yield instance
        finally:
            await instance.close()


@pytest.mark.skipif(_version() in {one.version for one in recordings()}, reason="already recorded")
async def test_record(instance: Instance) -> None:
    orders: dict[str, str] = {}
    async with AsyncExitStack() as open_browsers:
        day = Day(instance.site, open_browsers)
        for amid in While:
            await _bring_about(instance, amid)
            for name, left in LEFT_ORDERS.items():
                if left.amid is amid:
                    orders[name] = await left.leave(day)
                    await day.wait(orders[name], left.status)
    await instance.close()
    statuses = await _statuses(instance.site.database)
    assert {name: statuses[number] for name, number in orders.items()} == {
        name: left.status for name, left in LEFT_ORDERS.items()
    }
    await Recording(version=_version(), orders=orders, environment=KEYS, urls=instance.urls).store(instance)


async def _bring_about(instance: Instance, amid: While) -> None:
    match amid:
        case While.SHORT_DEADLINES:
            await change_policy(instance.site.database, **ALWAYS_OPEN, **AT_ONCE)
        case While.ALL_IS_WELL:
            await change_policy(instance.site.database, **IN_YEARS)
        case While.NOTHING_ARRIVES:
            await _slow_down(instance, Phase.DELIVER)
        case While.CARRIERS_DO_NOTHING:
            await _slow_down(instance, Phase.DELIVER, Phase.ASSIGN, Phase.ASSESS)
        case While.CARRIERS_ARE_AWAY:
            for carrier, rules in CARRIER_RULES.items():
                await instance.control(carrier, "behaviors", rules)
        case While.ONE_CARRIER_HAS_NO_WORKER:
            await instance.stop("worker")
            await instance.start("worker", environment=_with_one_carrier(instance.environment("worker")))
        case While.NO_WORKER_RUNS:
            await instance.stop("worker")


async def _slow_down(instance: Instance, *phases: Phase) -> None:
    for carrier in instance.carrier_urls:
        await instance.control(carrier, "pace", {"seconds": 0, "phases": dict.fromkeys(phases, NEVER)})


def _with_one_carrier(environment: Mapping[str, str]) -> Mapping[str, str]:
    northwind, *_ = json.loads(environment["DIALTONE_CARRIERS"])
    return {**environment, "DIALTONE_CARRIERS": json.dumps([northwind])}


async def _statuses(database: Database) -> dict[str, str]:
    async with database.transaction() as session:
        return {row.number: row.status for row in (await session.exec(select(OrderRow))).all()}
