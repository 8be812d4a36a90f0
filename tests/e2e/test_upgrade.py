"""Today's code starts on what earlier versions left behind: every order is still shown, and ends right."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
import pytest
from alembic.util import CommandError
from sqlmodel import col, select
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client

from demo.company import PASSWORD, SAMPLE_PEOPLE, authenticator_secret
from demo.postgres_server import DatabaseServer
from models.db.migrations.migrate import migrate
from models.db.orders.tables import OrderRow
from models.db.session import Database, utc_now
from models.lifecycle import FINAL, Status
from tests.e2e.day import ADMIN, OWNER, Day
from tests.e2e.instance import DIALTONE, INFRASTRUCTURE, Instance
from tests.e2e.left_orders import LEFT_ORDERS
from tests.e2e.recording import Recording, recordings
from tests.e2e.site import until
from tests.fixtures.database import created

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
RECORDED = recordings()
ENDS_WITHIN = 240  # seconds: what may have arrived at a carrier is only looked for during the first 180
NO_ORDER = {Status.DRAFT}  # drafts are kept without a status
BENIGN = {WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND}  # a message arrived meanwhile


@dataclass(frozen=True, kw_only=True)
class Upgraded:
    """Today's Dialtone on the data of an earlier version."""

    recording: Recording
    instance: Instance
    day: Day
    began: datetime

    def number(self, name: str) -> str:
        """Of the order that was left under this name."""
        if name not in self.recording.orders:
            pytest.skip(f"{self.recording.version} left no such order.")
        return self.recording.orders[name]

    async def line(self, name: str) -> dict[str, Any]:
        """The line that the order was about."""
        order = await self.day.read(f"/orders/{self.number(name)}")
        return await self.day.read(f"/lines/{order['items'][0]['line_id']}")


@pytest.fixture(scope="module", params=RECORDED, ids=lambda recording: recording.version)
async def upgraded(
    request: pytest.FixtureRequest, postgres: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Upgraded]:
    """As docs/operations.md says: check, migrate, start."""
    recording: Recording = request.param
    async with created(postgres) as name, AsyncExitStack() as open_browsers:
        database = Database(postgres.database_url(name))
        open_browsers.push_async_callback(database.close)
        instance = Instance(tmp_path_factory.mktemp("upgraded"), database, recording.environment)
        open_browsers.push_async_callback(instance.close)
        recording.restore_database(database.url)
        recording.restore_files(instance)
        await instance.start(*INFRASTRUCTURE)
        began = utc_now()
        await _check(instance)
        await _migrate(recording, postgres.database_url(name))
        await instance.start(*DIALTONE)
        day = Day(instance.site, open_browsers)
        yield Upgraded(recording=recording, instance=instance, day=day, began=began)


async def _check(instance: Instance) -> None:
    """Run `dialtone replay`, which says what today's code can't continue."""
    environment = {**os.environ, **instance.environment("worker")}
    argv, pipe = (sys.executable, "-m", "cli", "replay"), asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(
        *argv, env=environment, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await running.communicate()
    if not re.fullmatch(rb"[1-9]\d* replayed, 0 failed\n", output):
        pytest.fail(f"Today's workflows can't continue what was left:\n{output.decode()}")


async def _migrate(recording: Recording, url: str) -> None:
    try:
        await migrate(url)
    except CommandError as error:
        pytest.fail(
            f"Today's migrations don't continue from the database of {recording.version}: {error} Migrations are only "
            f"added to. Before the first release, delete {recording.folder} and run `make recording`."
        )


def test_an_order_in_every_status_is_recorded() -> None:
    recorded = {LEFT_ORDERS[name].status for recording in RECORDED for name in recording.orders}
    assert set(Status) - NO_ORDER - recorded == set(), (
        "run `make recording`: it records what this version leaves behind"
    )


@pytest.mark.parametrize("recording", RECORDED, ids=lambda recording: recording.version)
def test_it_is_known_how_each_recorded_order_ends(recording: Recording) -> None:
    assert recording.orders.keys() - LEFT_ORDERS.keys() == set(), "LEFT_ORDERS is only added to"


async def test_a_person_signs_in_with_the_password_and_the_authenticator_they_had(upgraded: Upgraded) -> None:
    person, site = SAMPLE_PEOPLE["admin"], upgraded.instance.site
    async with site.anonymous(Accept="text/html", Origin=site.api_url) as browser:
        await browser.post("/sign-in", data={"user_name": person.email, "password": PASSWORD})
        code = pyotp.TOTP(authenticator_secret(person)).now()
        answer = await browser.post("/sign-in/code", data={"code": code})
        assert answer.status_code == 303, answer.text
        assert (await browser.get("/")).status_code in {200, 303}


@pytest.mark.parametrize("name", LEFT_ORDERS)
async def test_an_order_is_still_shown(upgraded: Upgraded, name: str) -> None:
    number, admin = upgraded.number(name), await upgraded.day.browser(ADMIN)
    api = [f"/api/v1/orders/{number}{part}" for part in ("", "/timeline", "/history")]
    pages = [f"/orders/{number}", f"/admin/orders/{number}"]
    answers = [await admin.get(path) for path in api]
    answers += [await admin.get(path, headers={"Accept": "text/html"}) for path in pages]
    assert {answer.url.path: answer.status_code for answer in answers} == dict.fromkeys([*api, *pages], 200)
    assert all(number in page.text for page in answers[-len(pages) :])
    if LEFT_ORDERS[name].status.final:
        assert answers[0].json()["status"] == LEFT_ORDERS[name].status


@pytest.mark.parametrize("name", LEFT_ORDERS)
async def test_an_order_ends_right(upgraded: Upgraded, name: str) -> None:
    number, left = upgraded.number(name), LEFT_ORDERS[name]
    order = await upgraded.day.read(f"/orders/{number}")
    if order["status"] == left.status:
        await left.act(upgraded.day, number)
    assert await upgraded.day.end(number, seconds=ENDS_WITHIN) == left.ends


async def test_a_line_is_resumed_before_its_timer_ends(upgraded: Upgraded) -> None:
    """Unless the carrier's limit has passed meanwhile: then the carrier has done what its rule says."""
    day, line = upgraded.day, await upgraded.line("suspended")
    if line["status"] == "suspended":
        await _complete(day, "SERVICE_RESUME", line=line["mdn"])
    suspension = (await day.read(f"/lines/{line['id']}"))["last_suspension"]
    assert suspension["outcome"] in {"resumed_by_order", "reconnected", "disconnected"}


async def test_a_line_is_reconnected_before_its_timer_ends(upgraded: Upgraded) -> None:
    """Unless its number is lost meanwhile."""
    day, line = upgraded.day, await upgraded.line("disconnected")
    if line["status"] == "disconnected":
        await _complete(day, "SERVICE_RESUME", line=line["mdn"])
    assert (await day.read(f"/lines/{line['id']}"))["status"] in {"active", "terminated"}


async def test_a_feature_is_removed_before_its_timer_ends(upgraded: Upgraded) -> None:
    """Unless its last day has passed meanwhile."""
    day, line = upgraded.day, await upgraded.line("feature for a time")
    if features := [end["sku"] for end in line["feature_ends"]]:
        await _complete(day, "FEATURES_CHANGE", line=line["mdn"], remove_features=features)
    assert (await day.read(f"/lines/{line['id']}"))["feature_ends"] == []


async def test_nothing_that_was_left_stays_open(upgraded: Upgraded) -> None:
    client = await Client.connect(upgraded.instance.temporal.address)

    async def have_ended() -> bool:
        running = client.list_workflows("ExecutionStatus = 'Running'")
        return not [run.id async for run in running if run.start_time < upgraded.began]

    await until(have_ended)
    async with upgraded.instance.site.database.transaction() as session:
        still_open = select(OrderRow.number, OrderRow.status).where(col(OrderRow.status).not_in(FINAL))
        assert (await session.exec(still_open)).all() == []


async def test_no_workflow_task_has_failed(upgraded: Upgraded) -> None:
    client, failed = await Client.connect(upgraded.instance.temporal.address), {}
    async for run in client.list_workflows():
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        for event in history.events:
            failure = event.workflow_task_failed_event_attributes
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED and failure.cause not in BENIGN:
                failed[run.id] = failure.failure.message
    assert failed == {}


async def _complete(day: Day, kind: str, **answers: Any) -> None:
    await day.wait(await day.order(OWNER, kind, answers=answers), Status.COMPLETED)
