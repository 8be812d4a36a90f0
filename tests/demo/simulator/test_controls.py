"""Steering and watching the simulator."""

import asyncio

import pytest

from tests.demo.simulator.simulator_client import Client, item, phone, plan, told

SIMULATOR = "http://127.0.0.1/simulator"


async def test_the_pace_can_be_slowed_and_an_order_under_way_be_hurried(client: Client) -> None:
    slow = {"seconds": 0, "phases": {"assign": 3600}}
    answer = await client.http.post(f"{SIMULATOR}/pace", json=slow)
    assert answer.json() == slow
    assert (await client.http.get(f"{SIMULATOR}/pace")).json() == slow
    order = await client.until(await client.place(plan()), "inProgress")
    await asyncio.sleep(0.05)
    assert (await client.read(order))["state"] == "inProgress"
    await client.http.post(f"{SIMULATOR}/pace", json={"seconds": 0})
    await client.until(order, "completed")


async def test_a_hold_keeps_its_own_time(client: Client) -> None:
    order = await client.until(await client.place(phone(simulate="backorder=3600")), "held")
    await client.http.post(f"{SIMULATOR}/pace", json={"seconds": 0})
    await asyncio.sleep(0.05)
    assert (await client.read(order))["state"] == "held"


@pytest.mark.parametrize("pace", [{"seconds": -1}, {"phases": {"lunch": 1}}, {"minutes": 1}])
async def test_a_pace_that_makes_no_sense_is_refused(client: Client, pace: dict[str, object]) -> None:
    assert (await client.http.post(f"{SIMULATOR}/pace", json=pace)).status_code == 400


async def test_rules_steer_the_orders_they_match_until_they_are_replaced(client: Client) -> None:
    rules = [{"areaCode": "305", "behavior": {"reject": "NO_NUMBERS"}}]
    answer = await client.http.post(f"{SIMULATOR}/behaviors", json=rules)
    assert answer.json() == rules
    await client.until_delivered(await client.place(phone(areaCode="212")))
    rejected = await client.until(await client.place(phone(areaCode="305")), "rejected")
    assert told(rejected)["failureCode"] == "NO_NUMBERS"
    await client.http.post(f"{SIMULATOR}/behaviors", json=[])
    assert (await client.http.get(f"{SIMULATOR}/behaviors")).json() == []
    await client.until_delivered(await client.place(phone(areaCode="305")))


@pytest.mark.parametrize("rules", [{}, [{"behavior": {"explode": True}}], [{"planSku": "P"}]])
async def test_rules_that_make_no_sense_are_refused(client: Client, rules: object) -> None:
    assert (await client.http.post(f"{SIMULATOR}/behaviors", json=rules)).status_code == 400


async def test_the_orders_are_shown_to_programs_the_newest_first(client: Client) -> None:
    await client.place(plan(), externalId="E1")
    order = await client.until_delivered(await client.place(externalId="E2"))
    shown = (await client.http.get(f"{SIMULATOR}/orders")).json()
    assert [each["externalId"] for each in shown] == ["E2", "E1"]
    assert (shown[0]["state"], shown[0]["next"]) == ("inProgress", "activate")
    assert shown[0]["items"][0]["MDN"] == told(order)["MDN"]


async def test_the_orders_are_shown_to_people_without_running_what_they_wrote(client: Client) -> None:
    await client.place(item("modify", "<b>1</b>"), externalId="<script>")
    page = await client.http.get(f"{SIMULATOR}/orders", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert "<b>" not in page.text
