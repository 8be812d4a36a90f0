"""Processes from the operator's side: metrics, waiting for dependencies, and shutdown."""

from pathlib import Path

import httpx2
import pytest

from demo.data_dir import DataDir
from demo.processes import RunningProgram
from tests.docs.pages import DOCS, table
from tests.e2e.instance import Instance
from tests.e2e.site import PHONE, approve, until

pytestmark = pytest.mark.timeout(300)
PROCESSES = {"Metrics": "API", "Metrics, worker": "worker"}


async def scraped(demo: Path, name: str) -> str:
    """The response of the address that the demo prints under this name."""
    (address,) = [line.split()[-1] for line in (demo / "terminal").read_text().splitlines() if f"  {name}  " in line]
    async with httpx2.AsyncClient(trust_env=False) as scraper:
        return (await scraper.get(address)).text


@pytest.mark.parametrize("name", PROCESSES)
async def test_every_process_serves_the_documented_metrics(demo: Path, name: str) -> None:
    metrics = await scraped(demo, name)
    rows = [row for row in table(DOCS / "operations.md", "metric") if PROCESSES[name] in row["served by"]]
    missing = [row["metric"] for row in rows if f"# TYPE {row['metric']} {row['type']}\n" not in metrics]
    assert rows
    assert missing == []
    assert f"{DataDir(demo).running().environment['DATABASE_URL']}" not in metrics


async def test_the_worker_serves_the_metrics_of_the_temporal_sdk(demo: Path) -> None:
    metrics = await scraped(demo, "Metrics, Temporal")
    assert "# TYPE temporal_worker_task_slots_available gauge" in metrics


def _process(instance: Instance, name: str) -> RunningProgram:
    (running,) = instance._running[name]._running
    return running


async def test_a_stopped_worker_finishes_its_work_and_another_takes_over(instance: Instance) -> None:
    async with await instance.site.client("Jordan") as jordan, await instance.site.client("Dana") as dana:
        order = await instance.site.await_approval(jordan)
        await approve(dana, order)
        stopped = _process(instance, "worker")
        await instance.stop("worker")
        log = stopped.log.read_text()
        assert stopped.process.returncode == 0, log
        events = ("shutdown_started", "stopped", "Traceback")
        assert [event for event in events if event in log] == ["shutdown_started", "stopped"]
        await instance.start("worker")
        await instance.site.wait_for_status(jordan, order["number"], "AWAITING_ACTIVATION")


@pytest.mark.slow
async def test_a_worker_waits_for_temporal(instance: Instance) -> None:
    async with await instance.site.client("Jordan") as jordan:
        await instance.stop("worker")

        async def started() -> bool:
            return True

        async with instance.stopped("temporal"):
            await instance.start("worker", ready=started)
            waiting = _process(instance, "worker")
            await until(lambda: _logged(waiting, "dependency_waiting", "Temporal"))
            number = (await jordan.post("/api/v1/orders", json=PHONE)).json()["number"]
        await instance.site.wait_for_status(jordan, number, "AWAITING_APPROVAL")
        assert waiting.process.returncode is None
        assert await _logged(waiting, "dependency_ready")


@pytest.mark.slow
async def test_a_waiting_worker_can_be_stopped(instance: Instance) -> None:
    unreachable = {
        **instance._programs["worker"].environment,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    await instance.stop("worker")
    try:

        async def started() -> bool:
            return True

        await instance.start("worker", environment=unreachable, ready=started)
        waiting = _process(instance, "worker")
        await until(lambda: _logged(waiting, "dependency_waiting", "PostgreSQL"))
        await instance.stop("worker")
        assert waiting.process.returncode == 0, waiting.log.read_text()
    finally:
        await instance.start("worker")


async def test_the_api_process_shuts_down_cleanly(instance: Instance) -> None:
    serving = _process(instance, "api")
    await instance.stop("api")
    try:
        log = serving.log.read_text()
        assert serving.process.returncode == 0, log
        assert "Application shutdown complete" in log
        assert "Traceback" not in log
    finally:
        await instance.start("api")


async def _logged(running: RunningProgram, *words: str) -> bool:
    lines = running.log.read_text().splitlines()
    return any(all(word in line for word in words) for line in lines)
