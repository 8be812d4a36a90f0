"""Carrier orders, an adapter to the simulated carrier, and waiting for its progress."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from carriers.base import BillingAccount, Carrier, CarrierOrder, CarrierOrderItem
from carriers.tmf622 import Tmf622Carrier
from demo.data_dir import CarrierSecrets
from demo.programs import connection
from demo.simulator.personality import NORTHWIND
from models import questions
from models.db.session import new_id
from models.lifecycle import ItemState
from models.order import CarrierUpdate, Identifiers, ItemUpdate
from models.settings import CarrierSettings
from tests.demo.simulator import simulator_client
from tests.demo.simulator.simulator_client import SECRET, TOKEN, Listener
from tests.tmf622.traffic import TRAFFIC

SECRETS = CarrierSecrets(token=TOKEN, webhook_secret=SECRET)
ADDRESS = {
    "name": "Ben Ortiz",
    "line1": "1 Main St",
    "line2": "Suite 4",
    "city": "Springfield",
    "state": "IL",
    "postal_code": "62701",
    "country": "US",
}
PHONE = {"device": "PHONE", "device_tac": "35209900", "plan": "UNLIMITED", "sim_type": "pSIM"}
LINE = Identifiers(
    mdn="+12125551234",
    imei="490154203237518",
    imei2="490154203237526",
    iccid="8901991000000000002",
    eid="89049032123451234512345678901235",
    carrier_product_id=simulator_client.LINE["id"],
)


def phone(item_id: str = "1", **changes: Any) -> CarrierOrderItem:
    """A new line with a phone that is shipped."""
    return new_line(item_id, **{**PHONE, "area_code": "212", **changes})


def own_device(item_id: str = "1") -> CarrierOrderItem:
    """A new line without a shipment."""
    return new_line(item_id, sim_type="eSIM")


def new_line(item_id: str, **changes: Any) -> CarrierOrderItem:
    return CarrierOrderItem(item_id=item_id, action="new_line", subject=Identifiers(), changes=changes)


def sample_answer(code: str) -> Any:
    """An answer to the question, as it is stored."""
    question = questions.all_by_code().get(code)
    return question.parse(question.example) if question else PHONE[code]


def carrier_order(*items: CarrierOrderItem, simulate: str = "", **changes: Any) -> CarrierOrder:
    """An order of these items, or of one phone; `simulate` sets the simulated carrier's behavior."""
    defaults: dict[str, Any] = {
        "client_ref": f"{new_id()}:1",
        "number": "10042",
        "items": items or (phone(),),
        "ship_to": ADDRESS,
        "expedite": False,
        "urgency": "normal",
        "billing_account": BillingAccount(number="2873", foundation="5820", name="Tiny, Inc."),
        "instructions": f"simulate: {simulate}" if simulate else None,
    }
    return CarrierOrder(**defaults | changes)


def adapter(url: str, **changes: Any) -> Tmf622Carrier:
    """An adapter to the carrier at this URL; its requests are checked against the definition."""
    defaults = connection(changes.pop("personality", NORTHWIND), url, SECRETS)
    http = changes.pop("http", None) or httpx2.AsyncClient(event_hooks={"request": [TRAFFIC.record_request]})
    return Tmf622Carrier(CarrierSettings(**defaults | changes), http)


@asynccontextmanager
async def connected_adapter(url: str, **changes: Any) -> AsyncIterator[Tmf622Carrier]:
    carrier = adapter(url, **changes)
    try:
        yield carrier
    finally:
        await carrier.close()


def lose_next_answer(carrier: Tmf622Carrier, method: str) -> None:
    """The carrier acts on the next request with this method, and the client times out."""
    hooks = carrier._client._http.event_hooks["response"]

    async def time_out(response: httpx2.Response) -> None:
        if response.request.method == method:
            hooks.remove(time_out)
            raise httpx2.ReadTimeout("", request=response.request)

    hooks.append(time_out)


async def until_item(carrier: Carrier, carrier_ref: str, condition: Callable[[ItemUpdate], bool]) -> CarrierUpdate:
    """Poll the status until the first item meets the condition."""
    async with asyncio.timeout(20):
        while not condition((update := await carrier.status(carrier_ref)).items[0]):
            await asyncio.sleep(0.005)
    return update


async def until_state(carrier: Carrier, carrier_ref: str, state: ItemState) -> CarrierUpdate:
    """Poll the status until the first item has this state."""
    return await until_item(carrier, carrier_ref, lambda item: item.state is state)


async def until_event(carrier: Carrier, listener: Listener, client_ref: str, state: ItemState) -> list[CarrierUpdate]:
    """Wait for an event with this state of the first item; returns all updates of the order so far."""
    async with asyncio.timeout(20):
        while not any(update.items[0].state is state for update in received_updates(carrier, listener, client_ref)):
            await asyncio.sleep(0.005)
    return received_updates(carrier, listener, client_ref)


def received_updates(carrier: Carrier, listener: Listener, client_ref: str) -> list[CarrierUpdate]:
    updates = [carrier.read_webhook(headers, body) for headers, body in listener.calls]
    return [update for update in updates if update is not None and update.client_ref == client_ref]
