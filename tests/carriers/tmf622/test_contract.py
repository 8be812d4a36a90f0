"""The adapter's requests follow the official definition of TMF622 v4.0.0; the `traffic` fixture checks them."""

from carriers.tmf622 import Tmf622Carrier
from models.lifecycle import ItemState
from tests.carriers.carrier_client import carrier_order, own_device, phone, until_state
from tests.tmf622.traffic import Traffic


async def test_every_request_of_the_adapter_is_valid(carrier: Tmf622Carrier, traffic: Traffic) -> None:
    await carrier.ensure_listening("http://127.0.0.1:1/events")
    carrier_ref = await carrier.submit(
        carrier_order(phone("1"), own_device("2"), simulate="needsInfo=serviceZip", expedite=True)
    )
    assert await carrier.find("01CONTRACT:1") == ()
    await until_state(carrier, carrier_ref, ItemState.INFO_REQUIRED)
    await carrier.provide(carrier_ref, ["1"], {"service_zip": "10001"}, "It is the new office.")
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    await carrier.activate(carrier_ref, "1", {"imei": "490154203237518", "iccid": "8901991000000000002"})
    held = await carrier.submit(carrier_order(simulate="backorder=3600"))
    await until_state(carrier, held, ItemState.BACKORDERED)
    await carrier.cancel(held, "changed our mind")
    assert traffic.requests == {
        "POST /hub",
        "GET /productOrder",
        "POST /productOrder",
        "GET /productOrder/{id}",
        "PATCH /productOrder/{id}",
        "POST /cancelProductOrder",
        "GET /cancelProductOrder/{id}",
    }
