"""Processes as operators meet them: what they show, what they wait for, how they end."""

from pathlib import Path

import httpx2
import pytest

from demo.data_dir import DataDir
from demo.processes import _Running
from tests.docs.pages import DOCS, table
from tests.e2e.instance import House
from tests.e2e.site import PHONE, approve, until

pytestmark = pytest.mark.timeout(300)
SHOWN = {"Metrics": "web", "Metrics, worker": "worker"}


async def scraped(demo: Path, name: str) -> str:
    """What the demo shows where its welcome says so."""
    (address,) = [line.split()[-1] for line in (demo / "terminal").read_text().splitlines() if f"  {name}  " in line]
    async with httpx2.AsyncClient(trust_env=False) as scraper:
        return (await scraper.get(address)).text


@pytest.mark.parametrize("name", SHOWN)
async def test_every_process_shows_the_metrics_that_are_written_down_for_it(demo: Path, name: str) -> None:
    shown = await scraped(demo, name)
    rows = [row for row in table(DOCS / "operations.md", "metric") if SHOWN[name] in row["shown by"]]
    missing = [row["metric"] for row in rows if f"# TYPE {row['metric']} {row['type']}\n" not in shown]
    assert rows
    assert missing == []
    assert f"{DataDir(demo).running().environment['DATABASE_URL']}" not in shown


async def test_the_temporal_sdk_of_the_worker_shows_its_own(demo: Path) -> None:
    shown = await scraped(demo, "Metrics, Temporal")
    assert "# TYPE temporal_worker_task_slots_available gauge" in shown


def _process(house: House, name: str) -> _Running:
    (running,) = house._running[name]._running
    return running


async def test_a_worker_that_is_stopped_finishes_what_it_has_in_hand_and_another_goes_on(house: House) -> None:
    async with await house.site.client("Jordan") as jordan, await house.site.client("Dana") as dana:
        order = await house.site.await_approval(jordan)
        await approve(dana, order)
        stopped = _process(house, "worker")
        await house.stop("worker")
        log = stopped.log.read_text()
        assert stopped.process.returncode == 0, log
        assert [word for word in ("stopping", "stopped", "Traceback") if word in log] == ["stopping", "stopped"]
        await house.start("worker")
        await house.site.reached(jordan, order["number"], "AWAITING_ACTIVATION")


@pytest.mark.slow
async def test_a_worker_started_without_temporal_waits_for_it(house: House) -> None:
    async with await house.site.client("Jordan") as jordan:
        await house.stop("worker")

        async def started() -> bool:
            return True

        async with house.without("temporal"):
            await house.start("worker", ready=started)
            waiting = _process(house, "worker")
            await until(lambda: _says(waiting, "waiting", "Temporal"))
            number = (await jordan.post("/api/v1/orders", json=PHONE)).json()["number"]
        await house.site.reached(jordan, number, "AWAITING_APPROVAL")
        assert waiting.process.returncode is None
        assert await _says(waiting, "reached")


@pytest.mark.slow
async def test_a_worker_that_waits_can_be_stopped(house: House) -> None:
    nowhere = {**house._programs["worker"].environment, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    await house.stop("worker")
    try:

        async def started() -> bool:
            return True

        await house.start("worker", environment=nowhere, ready=started)
        waiting = _process(house, "worker")
        await until(lambda: _says(waiting, "waiting", "PostgreSQL"))
        await house.stop("worker")
        assert waiting.process.returncode == 0, waiting.log.read_text()
    finally:
        await house.start("worker")


async def test_the_web_side_ends_in_good_order(house: House) -> None:
    serving = _process(house, "api")
    await house.stop("api")
    try:
        log = serving.log.read_text()
        assert serving.process.returncode == 0, log
        assert "Application shutdown complete" in log
        assert "Traceback" not in log
    finally:
        await house.start("api")


async def _says(running: _Running, *words: str) -> bool:
    lines = running.log.read_text().splitlines()
    return any(all(word in line for word in words) for line in lines)
