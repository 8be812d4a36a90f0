"""A carrier continues where it stopped."""

from pathlib import Path
from typing import Any

from demo.simulator.app import create_app
from tests.demo.simulator.simulator_client import (
    Client,
    Listeners,
    characteristics_of,
    connect,
    phone,
    settings,
    suspension,
)


def restartable(path: Path, **changes: Any) -> Any:
    """A client of a carrier that stores its state in `path`."""
    return connect(create_app(settings(data_directory=path, **changes)))


async def test_a_running_order_continues_after_a_restart(tmp_path: Path) -> None:
    async with restartable(tmp_path, pace={"seconds": 0, "phases": {"ship": 3600}}) as client:
        order = await client.until(
            await client.place(phone(simType="eSIM")), lambda now: "MDN" in characteristics_of(now)
        )
        assert "trackingNumber" not in characteristics_of(order)
    async with restartable(tmp_path) as client:
        later = await client.until_delivered(order)
        assert characteristics_of(later)["MDN"] == characteristics_of(order)["MDN"]
        assert characteristics_of(later)["activationCode"] == characteristics_of(order)["activationCode"]
        await client.activate(order)
        await client.until(order, "completed")


async def test_an_order_keeps_its_behavior_after_a_restart(tmp_path: Path) -> None:
    async with restartable(tmp_path, pace={"seconds": 0, "phases": {"assign": 3600}}) as client:
        order = await client.until(await client.place(suspension(simulate="partial")), "inProgress")
    async with restartable(tmp_path) as client:
        await client.until(order, "failed")


async def test_events_not_accepted_before_a_restart_are_delivered_after_it(
    tmp_path: Path, listeners: Listeners
) -> None:
    listener = listeners.new()
    listener.answers = [503] * 1000
    async with restartable(tmp_path, rejections_until_dropped=1000) as client:
        await client.http.post("/hub", json={"callback": listener.url})
        await client.until(await client.place(suspension()), "completed")
        await listener.until(lambda listener: len(listener.calls) > 1)
    first = listener.calls[0][0]["webhook-id"]
    listener.answers = []
    async with restartable(tmp_path) as client:
        await listener.until_state("completed")
    assert listener.states == ["inProgress", "completed"]
    assert listener.events[0]["eventId"] == first


async def test_a_running_cancellation_continues_after_a_restart(tmp_path: Path) -> None:
    async with restartable(tmp_path, pace={"seconds": 0, "phases": {"assess": 3600}}) as client:
        order = await client.until(await client.place(phone(simulate="needsInfo")), "pending")
        assert (await client.cancel(order)).status_code == 201
    async with restartable(tmp_path) as client:
        await client.until(order, "cancelled")


async def test_a_deleted_order_stays_deleted(tmp_path: Path) -> None:
    async with restartable(tmp_path) as client:
        order = await client.place()
        await client.http.delete(f"/productOrder/{order['id']}")
    async with restartable(tmp_path) as client:
        assert (await client.http.get("/productOrder")).json() == []


async def test_without_a_directory_nothing_survives_a_restart() -> None:
    async with connect(create_app(settings())) as client:
        await client.place()
    async with connect(create_app(settings())) as again:
        assert isinstance(again, Client)
        assert (await again.http.get("/productOrder")).json() == []
