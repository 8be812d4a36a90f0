"""A carrier that stops goes on where it was."""

from pathlib import Path
from typing import Any

from demo.simulator import create_app
from tests.demo.simulator.simulator_client import Client, Listeners, calling, phone, plan, settings, told


def kept(path: Path, **changes: Any) -> Any:
    """A carrier that keeps its state there."""
    return calling(create_app(settings(data_directory=path, **changes)))


async def test_a_running_order_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with kept(tmp_path, pace={"seconds": 0, "phases": {"ship": 3600}}) as client:
        order = await client.until(await client.place(phone(simType="eSIM")), lambda now: "MDN" in told(now))
        assert "trackingNumber" not in told(order)
    async with kept(tmp_path) as client:
        later = await client.until_delivered(order)
        assert told(later)["MDN"] == told(order)["MDN"]
        assert told(later)["activationCode"] == told(order)["activationCode"]
        await client.activate(order)
        await client.until(order, "completed")


async def test_an_order_keeps_its_misbehavior_over_a_restart(tmp_path: Path) -> None:
    async with kept(tmp_path, pace={"seconds": 0, "phases": {"assign": 3600}}) as client:
        order = await client.until(await client.place(plan(simulate="partial")), "inProgress")
    async with kept(tmp_path) as client:
        await client.until(order, "failed")


async def test_events_not_taken_before_a_restart_are_delivered_after_it(tmp_path: Path, listeners: Listeners) -> None:
    listener = listeners.new()
    listener.answers = [503] * 1000
    async with kept(tmp_path, refusals_until_dropped=1000) as client:
        await client.http.post("/hub", json={"callback": listener.url})
        await client.until(await client.place(plan()), "completed")
        await listener.until(lambda listener: len(listener.calls) > 1)
    first = listener.calls[0][0]["webhook-id"]
    listener.answers = []
    async with kept(tmp_path) as client:
        await listener.until_state("completed")
    assert listener.states == ["inProgress", "completed"]
    assert listener.events[0]["eventId"] == first


async def test_a_cancellation_under_way_is_carried_out_after_a_restart(tmp_path: Path) -> None:
    async with kept(tmp_path, pace={"seconds": 0, "phases": {"assess": 3600}}) as client:
        order = await client.until(await client.place(phone(simulate="needsInfo")), "pending")
        assert (await client.cancel(order)).status_code == 201
    async with kept(tmp_path) as client:
        await client.until(order, "cancelled")


async def test_a_removed_order_stays_removed(tmp_path: Path) -> None:
    async with kept(tmp_path) as client:
        order = await client.place()
        await client.http.delete(f"/productOrder/{order['id']}")
    async with kept(tmp_path) as client:
        assert (await client.http.get("/productOrder")).json() == []


async def test_without_a_directory_nothing_is_kept() -> None:
    async with calling(create_app(settings())) as client:
        await client.place()
    async with calling(create_app(settings())) as again:
        assert isinstance(again, Client)
        assert (await again.http.get("/productOrder")).json() == []
