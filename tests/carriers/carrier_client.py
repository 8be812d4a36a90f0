"""Work for carriers, and a look at what the simulated one made of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from carriers.base import Carrier, CarrierOrder, CarrierOrderItem
from carriers.tmf622 import Tmf622Carrier
from models.db.session import new_id
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate
from tests.demo.simulator.simulator_client import SECRET, TOKEN, Listener
from tests.tmf622.traffic import TRAFFIC

ADDRESS = {
    "name": "Ben Ortiz",
    "line1": "1 Main St",
    "line2": "Suite 4",
    "city": "Springfield",
    "state": "IL",
    "postal_code": "62701",
    "country": "US",
}
PHONE = {"device_sku": "PHONE", "device_tac": "35209900", "plan_sku": "UNLIMITED", "sim_type": "pSIM"}


def phone(item_id: str = "1", **wanted: Any) -> CarrierOrderItem:
    """An item that ships a phone with a new line."""
    return CarrierOrderItem(item_id=item_id, action="new_line", wanted={**PHONE, "area_code": "212", **wanted})


def own_device(item_id: str = "1") -> CarrierOrderItem:
    """An item that ships nothing."""
    return CarrierOrderItem(item_id=item_id, action="new_line", wanted={"sim_type": "eSIM", "imei": "490154203237518"})


def work(*items: CarrierOrderItem, steer: str = "", **changes: Any) -> CarrierOrder:
    """An order of one phone, unless items are given; `steer` tells the simulated carrier how to misbehave."""
    usual: dict[str, Any] = {
        "client_ref": f"{new_id()}:1",
        "number": "10042",
        "items": items or (phone(),),
        "ship_to": ADDRESS,
        "expedite": False,
        "urgency": "normal",
        "account_number": "FA-7",
        "instructions": f"simulate: {steer}" if steer else None,
    }
    return CarrierOrder(**usual | changes)


def adapter(url: str, **changes: Any) -> Tmf622Carrier:
    """An adapter to a carrier at an address; what it sends is held against the definition."""
    usual = {"code": "northwind", "name": "Northwind", "url": url, "token": TOKEN, "webhook_secret": SECRET}
    http = httpx2.AsyncClient(event_hooks={"request": [TRAFFIC.request]})
    return Tmf622Carrier(**{"http": http, **usual, **changes})


@asynccontextmanager
async def reaching(url: str, **changes: Any) -> AsyncIterator[Tmf622Carrier]:
    """An adapter whose connections are given back."""
    carrier = adapter(url, **changes)
    try:
        yield carrier
    finally:
        await carrier.close()


async def until_news(carrier: Carrier, carrier_ref: str, reached: Callable[[ItemUpdate], bool]) -> CarrierUpdate:
    """Ask for the state until the first item is as described."""
    async with asyncio.timeout(20):
        while not reached((news := await carrier.status(carrier_ref)).items[0]):
            await asyncio.sleep(0.005)
    return news


async def until_state(carrier: Carrier, carrier_ref: str, state: ItemState) -> CarrierUpdate:
    """Ask for the state until the first item has it."""
    return await until_news(carrier, carrier_ref, lambda item: item.state is state)


async def until_heard(carrier: Carrier, listener: Listener, client_ref: str, state: ItemState) -> list[CarrierUpdate]:
    """Listen until the first item of an order was told to have a state; gives all that was told of the order."""
    async with asyncio.timeout(20):
        while not any(news.items[0].state is state for news in heard(carrier, listener, client_ref)):
            await asyncio.sleep(0.005)
    return heard(carrier, listener, client_ref)


def heard(carrier: Carrier, listener: Listener, client_ref: str) -> list[CarrierUpdate]:
    """What was told of an order so far."""
    told = [carrier.read_webhook(headers, body) for headers, body in listener.calls]
    return [news for news in told if news is not None and news.client_ref == client_ref]
