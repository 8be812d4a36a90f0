"""Control of the simulator: pace, rules and the list of orders."""

import asyncio

import pytest

from tests.demo.simulator.simulator_client import Client, characteristics_of, item, phone, suspension

SIMULATOR = "http://127.0.0.1/simulator"


async def test_the_pace_can_be_slowed_and_a_running_order_sped_up(client: Client) -> None:
    slow = {"seconds": 0, "phases": {"assign": 3600}}
    answer = await client.http.post(f"{SIMULATOR}/pace", json=slow)
    assert answer.json() == slow
    assert (await client.http.get(f"{SIMULATOR}/pace")).json() == slow
    order = await client.until(await client.place(suspension()), "inProgress")
    await asyncio.sleep(0.05)
    assert (await client.read(order))["state"] == "inProgress"
    await client.http.post(f"{SIMULATOR}/pace", json={"seconds": 0})
    await client.until(order, "completed")


async def test_the_pace_does_not_shorten_a_backorder(client: Client) -> None:
    order = await client.until(await client.place(phone(simulate="backorder=3600")), "held")
    await client.http.post(f"{SIMULATOR}/pace", json={"seconds": 0})
    await asyncio.sleep(0.05)
    assert (await client.read(order))["state"] == "held"


@pytest.mark.parametrize("pace", [{"seconds": -1}, {"phases": {"lunch": 1}}, {"minutes": 1}])
async def test_an_invalid_pace_is_rejected(client: Client, pace: dict[str, object]) -> None:
    assert (await client.http.post(f"{SIMULATOR}/pace", json=pace)).status_code == 400


async def test_rules_apply_to_matching_orders_until_they_are_replaced(client: Client) -> None:
    rules = [{"areaCode": "305", "behavior": {"reject": "NO_NUMBERS"}}]
    answer = await client.http.post(f"{SIMULATOR}/behaviors", json=rules)
    assert answer.json() == rules
    await client.until_delivered(await client.place(phone(areaCode="212")))
    rejected = await client.until(await client.place(phone(areaCode="305")), "rejected")
    assert characteristics_of(rejected)["failureCode"] == "NO_NUMBERS"
    await client.http.post(f"{SIMULATOR}/behaviors", json=[])
    assert (await client.http.get(f"{SIMULATOR}/behaviors")).json() == []
    await client.until_delivered(await client.place(phone(areaCode="305")))


@pytest.mark.parametrize("rules", [{}, [{"behavior": {"explode": True}}], [{"planSku": "P"}]])
async def test_invalid_rules_are_rejected(client: Client, rules: object) -> None:
    assert (await client.http.post(f"{SIMULATOR}/behaviors", json=rules)).status_code == 400


async def test_orders_are_listed_as_json_newest_first(client: Client) -> None:
    await client.place(suspension(), externalId="E1")
    order = await client.until_delivered(await client.place(externalId="E2"))
    shown = (await client.http.get(f"{SIMULATOR}/orders")).json()
    assert [entry["externalId"] for entry in shown] == ["E2", "E1"]
    assert (shown[0]["state"], shown[0]["next"]) == ("inProgress", "activate")
    assert shown[0]["items"][0]["MDN"] == characteristics_of(order)["MDN"]


async def test_the_page_of_orders_escapes_what_clients_sent(client: Client) -> None:
    await client.place(item("modify", "<b>1</b>"), externalId="<script>")
    page = await client.http.get(f"{SIMULATOR}/orders", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert "<b>" not in page.text
