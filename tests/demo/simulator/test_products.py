"""The carrier knows the products that it has sold, and rejects changes of any other."""

from pathlib import Path
from typing import Any

import pytest

from demo.simulator.app import create_app
from tests.demo.simulator.simulator_client import LINE, Client, characteristics_of, connect, item, phone, settings


def on(product_id: str | None, change: dict[str, Any]) -> dict[str, Any]:
    """The change, of this product."""
    entries = change["product"]["productCharacteristic"]
    named = {"id": product_id} if product_id else {}
    return {**change, "product": {**named, "productCharacteristic": entries}}


def suspend(product_id: str | None, key: str = "1") -> dict[str, Any]:
    return on(product_id, item("modify", key, lineStatus="suspended", MDN="+12125551234"))


async def known(client: Client) -> dict[str, dict[str, Any]]:
    answer = await client.add_products()
    return {one["id"]: one for one in answer.json()}


async def until_completed(client: Client) -> tuple[dict[str, Any], str]:
    """A new line's order and the id of its product."""
    order = await client.until_delivered(await client.place(phone()))
    assert "id" not in order["productOrderItem"][0]["product"]
    await client.activate(order)
    done = await client.until(order, "completed")
    return done, done["productOrderItem"][0]["product"]["id"]


async def test_a_completed_new_line_is_a_product_that_can_be_changed(client: Client) -> None:
    done, product_id = await until_completed(client)
    assert (await known(client))[product_id]["characteristics"] == characteristics_of(done)
    changed = await client.until(await client.place(suspend(product_id)), "completed")
    assert changed["productOrderItem"][0]["product"]["id"] == product_id
    assert (await known(client))[product_id]["characteristics"]["lineStatus"] == "suspended"


@pytest.mark.parametrize("product_id", [None, "PRD-NOBODY"])
async def test_a_change_of_an_unknown_product_is_rejected_after_it_was_accepted(
    client: Client, product_id: str | None
) -> None:
    order = await client.place(suspend(LINE["id"]), suspend(product_id, "2"))
    assert order["state"] == "acknowledged"
    now = await client.until(order, "rejected")
    assert now["note"][-1]["text"] == "PRODUCT_UNKNOWN: item 2: the account has no such line or service"
    reasons = [characteristics_of(now, key)["failureReason"] for key in ("1", "2")]
    assert reasons == ["item 2: the account has no such line or service", "the account has no such line or service"]


async def test_a_terminated_product_can_no_longer_be_changed(client: Client) -> None:
    _, product_id = await until_completed(client)
    await client.until(await client.place(on(product_id, item("delete"))), "completed")
    assert (await known(client))[product_id]["active"] is False
    await client.until(await client.place(suspend(product_id)), "rejected")


async def test_a_product_that_is_added_again_is_left_as_it_is(client: Client) -> None:
    await client.until(await client.place(suspend(LINE["id"])), "completed")
    before = await known(client)
    await client.add_products(LINE, {"id": "PRD-2"})
    assert await known(client) == before | {
        "PRD-2": {"id": "PRD-2", "characteristics": {}, "active": True, "ended_on": None}
    }


@pytest.mark.parametrize("product", [{}, {"id": ""}, {"id": 7}, {"id": "PRD-3", "color": "red"}])
async def test_an_invalid_product_is_not_added(client: Client, product: dict[str, Any]) -> None:
    assert (await client.add_products({"id": "PRD-4"}, product)).status_code == 400
    assert "PRD-4" not in await known(client)


async def test_the_products_survive_a_restart(tmp_path: Path) -> None:
    async with connect(create_app(settings(data_directory=tmp_path))) as client:
        _, product_id = await until_completed(client)
    async with connect(create_app(settings(data_directory=tmp_path))) as client:
        assert {product_id, LINE["id"]} <= (await known(client)).keys()
        await client.until(await client.place(suspend(product_id)), "completed")


async def test_a_line_is_reconnected_with_its_number_or_with_another_one_unasked(client: Client) -> None:
    _, product_id = await until_completed(client)
    number = (await known(client))[product_id]["characteristics"]["MDN"]
    await client.until(await client.place(on(product_id, item("delete"))), "completed")
    usual = await client.until(await client.place(item(recoverMDN=number)), "completed")
    other = await client.until(await client.place(item(recoverMDN=number, simulate="otherNumber")), "completed")
    assert characteristics_of(usual)["MDN"] == number
    assert characteristics_of(other)["MDN"][:5] == number[:5]
    assert characteristics_of(other)["MDN"] != number
